/**
 * A new leader, while 10,000 wait on two servers that do not lead: how soon there is one, when its predecessor is killed and when it stops, and
 * how soon it ticks. Its first tick is seen by the opponent who comes for the one who waits longest while nobody leads: that one is the first head.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { LEASE_TIMES } from '../../../bus/redis/lease.ts';
import { rawClient, rawRead } from '../raw.ts';
import type { Report } from '../report.ts';
import { median } from '../statistics.ts';
import type { Task } from '../task.ts';
import { Fleet, type Member, now } from './fleet.ts';
import type { LeaderNews } from './node.ts';

const WAITING = 10_000;
const ELO_APART = 64;
const REPETITIONS = 5;
const REALM = 'bench';
/** Far from everybody else, and from each other. */
const eloOfOldest = (number: number): number => -100_000 - 1000 * number;

interface Succession {
  /** From the end of the predecessor, in ms. */
  readonly leadingMs: number;
  /** From there to the first tick. */
  readonly tickMs: number;
}

/** The first of this kind that the successor tells of. */
async function newsOf(successor: Member, kind: LeaderNews['kind']): Promise<number> {
  for (;;) {
    const news = await successor.leaderNews(kind);
    if (news !== null) return news;
    await sleep(20);
  }
}

export async function recovery(report: Report, { url }: Task): Promise<void> {
  report.section(`A new leader while ${WAITING.toLocaleString('en')} wait on 2 processes (medians of ${REPETITIONS} each)`);
  const fleet = new Fleet();
  const raw = rawClient(url);
  try {
    // However long they wait, nobody but those two is in anybody's reach.
    const common = { url, realm: REALM, queue: { pool: { curve: 'none' } } } as const;
    const servers = [
      await fleet.node({ ...common, nodeId: 'A', leads: false }),
      await fleet.node({ ...common, nodeId: 'B', leads: false }),
    ] as const;
    const half = WAITING / 2;
    const oldest = Array.from({ length: 2 * REPETITIONS + 3 }, (_, number) => ({
      id: `oldest${number}`,
      elo: eloOfOldest(number),
    }));
    await servers[0].add(oldest);
    for (const [number, server] of servers.entries()) {
      const players = Array.from({ length: half }, (_, index) => ({
        id: `${'ab'[number]}${index}`,
        elo: (number * half + index) * ELO_APART,
      }));
      for (let at = 0; at < half; at += 500) await server.add(players.slice(at, at + 500));
    }
    let leaders = 0;
    const leader = (): Promise<Member> => fleet.node({ ...common, nodeId: `L${++leaders}`, leads: true });
    let present = await leader();
    await newsOf(present, 'leading');
    /** Ends the leader, and watches how it is succeeded. */
    const succeed = async (how: (leader: Member) => Promise<number>): Promise<Succession> => {
      const next = await leader();
      // It stands in line, and has its scripts.
      await sleep(1500);
      const ended = how(present);
      await ended;
      await servers[1].add([{ id: `newcomer${leaders}`, elo: eloOfOldest(leaders) }]);
      const endedAt = await ended;
      const leadingAt = await newsOf(next, 'leading');
      const tickAt = await newsOf(next, 'found');
      await present.end();
      present = next;
      // The pair plays its match.
      await sleep(500);
      return { leadingMs: leadingAt - endedAt, tickMs: tickAt - leadingAt };
    };
    const graceful: Succession[] = [];
    const killed: Succession[] = [];
    // The first is for warming up.
    await succeed((one) => one.stop());
    for (let repetition = 0; repetition < REPETITIONS; repetition++) graceful.push(await succeed((one) => one.stop()));
    for (let repetition = 0; repetition < REPETITIONS; repetition++) killed.push(await succeed((one) => one.kill()));
    const of = (all: readonly Succession[], value: (one: Succession) => number): number => median(all.map(value));
    const { leaseMs } = LEASE_TIMES;
    const load = [...graceful, ...killed];
    report.figure(
      'killed with -9, to the successor: median',
      of(killed, ({ leadingMs }) => leadingMs),
      'ms',
    );
    const longest = Math.max(...killed.map(({ leadingMs }) => leadingMs));
    report.figure(`killed with -9, to the successor: longest (a lease is ${leaseMs} ms)`, longest, 'ms', {
      atMost: leaseMs + 500,
    });
    report.figure(
      'stopped, to the successor: median',
      of(graceful, ({ leadingMs }) => leadingMs),
      'ms',
      { atMost: 200 },
    );
    report.figure('stopped, to the successor: longest', Math.max(...graceful.map(({ leadingMs }) => leadingMs)), 'ms');
    report.figure(
      'from the lease to the first tick',
      of(load, ({ tickMs }) => tickMs),
      'ms',
      { atMost: 1000 },
    );
    report.figure(
      'killed with -9, to the first tick',
      of(killed, ({ leadingMs, tickMs }) => leadingMs + tickMs),
      'ms',
    );
    report.figure(
      'stopped, to the first tick',
      of(graceful, ({ leadingMs, tickMs }) => leadingMs + tickMs),
      'ms',
    );
    report.figure('raw: the same records by HSCAN and JSON.parse alone', await allRead(raw), 'ms');
    report.figure('raw: a key set with NX once it was deleted and that was published', await rawHandover(raw, url), 'ms');
  } finally {
    fleet.end();
    raw.disconnect();
  }
}

/** How long it takes to read all tickets with ioredis alone, in ms. */
async function allRead(raw: Redis): Promise<number> {
  const took: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const { count, ms } = await rawRead(raw, REALM);
    if (count < WAITING) throw new Error(`only ${count} tickets of ${WAITING} are there`);
    took.push(ms);
  }
  return median(took);
}

/** How long it takes to hear that a key is free and to take it, with ioredis alone, in ms. */
async function rawHandover(raw: Redis, url: string): Promise<number> {
  const ear = rawClient(url);
  await ear.subscribe('raw:released');
  const took: number[] = [];
  for (let repetition = 0; repetition < 20 * REPETITIONS; repetition++) {
    await raw.set('raw:lease', 'held');
    const heard = new Promise<void>((resolve) => ear.once('message', () => resolve()));
    const startedAt = now();
    await Promise.all([raw.del('raw:lease'), raw.publish('raw:released', ''), heard]);
    await raw.set('raw:lease', 'mine', 'PX', 3000, 'NX');
    took.push(now() - startedAt);
  }
  ear.disconnect();
  return median(took);
}
