/**
 * What each verb costs: matches go through their whole life side by side, one verb at a time, once one by one and once as many at once as
 * a busy leader has under way. Beside it a script of Redis that does nothing, asked for by ioredis alone in the same ways.
 */
import { defer, from, lastValueFrom, mergeMap, type Observable } from 'rxjs';
import type { Bus, Fence } from '../../../bus/bus.ts';
import type { MatchRecord, Step } from '../../../bus/records.ts';
import { redisBus } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { rawClient, redisCpuMs } from '../raw.ts';
import type { Report } from '../report.ts';
import { median } from '../statistics.ts';
import type { Task } from '../task.ts';

const REPETITIONS = 5;
/** One by one, and side by side. */
const SINGLES = 100;
const MANY = 1000;
const AT_ONCE = 100;

type SideNumber = 0 | 1;
const SIDES: readonly SideNumber[] = [0, 1];

interface Match {
  readonly id: string;
  readonly tickets: readonly [string, string];
  record: MatchRecord | undefined;
}

/** One verb of one match; those of a side are asked for both. */
interface Verb {
  readonly name: string;
  ask(match: Match, side: SideNumber): Observable<unknown>;
  readonly ofSides: boolean;
}

const node = (side: SideNumber): string => `node${side}`;

function verbsOf(bus: Bus, fence: Fence): Verb[] {
  const { queue } = fence;
  const options = { queue, boot: 'boot', ruleset: '', initialElo: 1000, partyElo: 'mean', maxWaiting: 100_000 } as const;
  const ofSide = (name: string, ask: Verb['ask']): Verb => ({ name, ask, ofSides: true });
  const ofMatch = (name: string, ask: Verb['ask']): Verb => ({ name, ask, ofSides: false });
  const expected = (want: string, answer$: Observable<unknown>): Observable<unknown> =>
    answer$.pipe(
      mergeMap(async (answer) => {
        if (answer !== want) throw new Error(`${JSON.stringify(answer)} where ${want} was expected`);
      }),
    );
  const advance = (step: Step): Verb =>
    ofMatch(`advance to ${step.to}`, (match) => {
      const { matchId, revision } = match.record as MatchRecord;
      return bus.advance(fence, { matchId, revision, step, windowMs: 60_000, seed: 'seed', floor: 0 }).pipe(
        mergeMap(async (advanced) => {
          if ('refused' in advanced) throw new Error(`${step.to}: ${advanced.refused}`);
          match.record = advanced.match;
        }),
      );
    });
  /** The sides' own verbs move the record's revision, as the leader hears from their messages. */
  const moves = (verb: Verb): Verb => ({
    ...verb,
    ask: (match, side) => {
      const record = match.record as MatchRecord;
      match.record = { ...record, revision: record.revision + 1 };
      return verb.ask(match, side);
    },
  });
  return [
    ofSide('enter', ({ tickets }, side) => {
      const ticket = tickets[side];
      const actor = { id: ticket, name: ticket, members: [ticket], blocks: [] };
      return bus.enter({ ...options, ticket, node: node(side), actor, elo: null });
    }),
    ofMatch('offer', ({ id, tickets: [head, candidate] }) =>
      bus.offer(fence, { offerId: id, head, candidate, windowMs: 60_000 }),
    ),
    ofSide('reply', ({ id, tickets }, side) => expected('done', bus.reply(id, tickets[side], 'confirmed'))),
    ofMatch('settle', (match) => {
      const { id } = match;
      const request = {
        offerId: id,
        outcome: 'match',
        matchId: id,
        challengeRoom: id,
        joinMs: 60_000,
        ratedSameNode: true,
      } as const;
      return bus.settle(fence, request).pipe(
        mergeMap(async (settled) => {
          if (!('settled' in settled) || !settled.settled) throw new Error('not settled');
          match.record = settled.settled;
        }),
      );
    }),
    moves(ofSide('joined', ({ id }, side) => expected('done', bus.joined(id, side, node(side))))),
    advance({ to: 'teams' }),
    moves(ofSide('team', ({ id }, side) => expected('done', bus.team(id, side, node(side), 'x'.repeat(200))))),
    advance({ to: 'validating' }),
    moves(ofSide('judge', ({ id }, side) => expected('done', bus.judge(id, side, node(side), null)))),
    advance({ to: 'battle' }),
    ofSide('append', ({ id }, side) => bus.append(id, side, node(side), 1, 'a move', '')),
    moves(ofSide('over', ({ id }, side) => expected('done', bus.over(id, side, node(side), 0, 'digest')))),
    advance({ to: 'rated', score: 1, delta: 16 }),
    moves(ofSide('takeElo', ({ id }, side) => expected('done', bus.takeElo(id, side, node(side))))),
    advance({ to: 'closed' }),
    ofMatch('say', ({ id }) =>
      bus.say(bus.rooms.waiting(id), { v: 1, kind: 'TAKEN', ...fence, ticket: id }).pipe(mergeMap(() => [])),
    ),
  ];
}

/** How long one of these takes, in µs, with at most so many at once. */
async function each(jobs: readonly Observable<unknown>[], atOnce: number): Promise<number> {
  const startedMs = performance.now();
  await lastValueFrom(from(jobs).pipe(mergeMap((job) => job, atOnce)), { defaultValue: undefined });
  return ((performance.now() - startedMs) / jobs.length) * 1000;
}

interface Cost {
  readonly single: number[];
  readonly many: number[];
  /** Of Redis itself. */
  readonly redis: number[];
}

export async function verbs(report: Report, { url }: Task): Promise<void> {
  report.section(
    `What each verb costs (medians of ${REPETITIONS} times ${SINGLES} one by one, and ${MANY} with ${AT_ONCE} at once)`,
  );
  const raw = rawClient(url);
  const bus = redisBus(url, { scheduler: realScheduler, random: Math.random, realm: 'bench' });
  const lease$ = bus.holdLease('ranked', 'bench');
  const fence = await new Promise<Fence>((resolve) => lease$.subscribe((lease) => lease && resolve(lease)));
  const sha = (await raw.script('LOAD', "#!lua\nreturn 'done'")) as string;
  const trivial: Verb = {
    name: 'raw: a script that does nothing',
    ofSides: false,
    ask: ({ id }) => defer(() => raw.evalsha(sha, 1, '{jg:bench}:seq', id, 'one', 'two')),
  };
  const all = [trivial, ...verbsOf(bus, fence)];
  const costs = new Map(all.map(({ name }) => [name, { single: [], many: [], redis: [] } as Cost]));
  for (let repetition = 0; repetition <= REPETITIONS; repetition++) {
    const matches = (from_: number, count: number): Match[] =>
      Array.from({ length: count }, (_, index) => {
        const id = `${repetition}-${from_ + index}`;
        return { id, tickets: [`${id}-a`, `${id}-b`], record: undefined };
      });
    const [singles, many] = [matches(0, SINGLES), matches(SINGLES, MANY)];
    for (const verb of all) {
      const jobs = (crowd: readonly Match[]): Observable<unknown>[] =>
        crowd.flatMap((match) => (verb.ofSides ? SIDES : ([0] as const)).map((side) => verb.ask(match, side)));
      const single = await each(jobs(singles), 1);
      const before = await redisCpuMs(raw);
      const asked = jobs(many);
      const manyUs = await each(asked, AT_ONCE);
      const redis = (((await redisCpuMs(raw)) - before) / asked.length) * 1000;
      // The first is for warming up.
      if (repetition === 0) continue;
      const cost = costs.get(verb.name) as Cost;
      cost.single.push(single);
      cost.many.push(manyUs);
      cost.redis.push(redis);
    }
  }
  for (const [name, { single, many, redis }] of costs) {
    report.figure(`${name}, one by one`, median(single), 'µs');
    report.figure(`${name}, ${AT_ONCE} at once`, median(many), 'µs');
    report.figure(`${name}, of Redis`, median(redis), 'µs');
  }
  bus.close();
  raw.disconnect();
}
