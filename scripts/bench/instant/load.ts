/** Whole servers with users of an instant match: the protocol's "fairly high volume", and the most that goes. */
import { filter, firstValueFrom, Subject } from 'rxjs';
import { type Host, type InstantMatchRequest, type Jaeger, type JaegerEvent, jaeger } from '../../../plugin/index.ts';
import { type Random, randomOf } from '../../random.ts';
import type { Report } from '../report.ts';
import type { Task } from '../task.ts';

const NODES = 4;
const A_MINUTE = 1000;
const LOAD_MS = 30_000;
const RATE_MS = 10_000;
/** Requests before anything is measured, on the same servers; and before that on others, stopped since, so that the compiler is done. */
const WARMING = 300;
const WARMING_BEFORE = 3000;
const AT_ONCE = 64;
const REGIONS = ['eu', 'na', 'asia'];

/** A match that has begun is all that is wanted here. */
const host: Host = {
  tell: () => undefined,
  accept: () => false,
  team: () => new Promise<string>(() => undefined),
  validate: () => null,
  battle: () => undefined,
};

interface Fleet {
  readonly nodes: readonly Jaeger[];
  readonly events$: Subject<JaegerEvent>;
  /** Faults and incidents. */
  wrong: number;
}

async function fleetOf(url: string, realm: string): Promise<Fleet> {
  const instant = { fields: { mic: { type: 'boolean' as const }, region: { type: 'text' as const, values: [...REGIONS] } } };
  // Its players never play: that all look out for a turn that does not come is no part of what is measured.
  const queue = { instant, times: { teamMs: 600_000, newestMs: 600_000 } };
  const nodes = Array.from({ length: NODES }, (_, index) =>
    jaeger({ nodeId: `n${index}`, realm, redis: url, log: 'none', queues: { duel: queue as never } }, host),
  );
  const fleet: Fleet = { nodes, events$: new Subject(), wrong: 0 };
  for (const node of nodes)
    node.events$.subscribe((event) => {
      if (event.kind === 'fault' || event.kind === 'incident') fleet.wrong++;
      fleet.events$.next(event);
    });
  await Promise.all(nodes.map((node) => node.start()));
  return fleet;
}

const stop = async ({ nodes }: Fleet): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())));

const user = (random: Random, id: string): InstantMatchRequest => {
  const one = <T>(values: readonly T[]): T => values[random.integer(0, values.length - 1)] as T;
  const region = one(REGIONS);
  const wants = [{ field: 'region', eq: region }, ...(random.fraction() < 0.5 ? [{ field: 'mic', eq: true }] : [])];
  return { id, preferences: { and: wants }, data: { region, mic: random.fraction() < 0.7 } };
};

const nodeOf = ({ nodes }: Fleet, index: number): Jaeger => nodes[index % NODES] as Jaeger;

export async function load(report: Report, { url, seed }: Task): Promise<void> {
  report.section(
    `${A_MINUTE.toLocaleString('en')} requests a minute for ${LOAD_MS / 1000} s, ${NODES} servers in one process, three regions, half want a microphone, nobody plays on`,
  );
  const random = randomOf(seed, 'load');
  // Right after its start a server is still being compiled, which goes by; what counts is what it costs from then on.
  const { processor: cold } = await minute(url, 'cold', random);
  report.figure('processor, of one core and a server, just started', cold, '%');
  const before = await fleetOf(url, 'before');
  for (let index = 0; index < WARMING_BEFORE; index++) await nodeOf(before, index).instant(user(random, `b${index}`));
  await stop(before);
  const { rate: requests, begun, processor, wrong } = await minute(url, 'load', random);
  report.figure('requests', requests, 'a minute', { atLeast: A_MINUTE * 0.95 });
  report.figure('users whose match has begun', begun, '%', { atLeast: 90 });
  report.figure('processor, of one core and a server', processor, '%', { atMost: 2 });
  report.figure('faults and incidents', wrong, '', { atMost: 0 });
}

/** Servers of their own under that load. */
async function minute(url: string, realm: string, random: Random) {
  const fleet = await fleetOf(url, realm);
  for (let index = 0; index < WARMING; index++) await nodeOf(fleet, index).instant(user(random, `w${index}`));
  let begun = 0;
  fleet.events$.subscribe((event) => {
    if (event.kind === 'begun' && event.id.startsWith('u')) begun++;
  });
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const requests = Math.round((A_MINUTE * LOAD_MS) / 60_000);
  await Promise.all(
    Array.from({ length: requests }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, (index * 60_000) / A_MINUTE));
      await nodeOf(fleet, index).instant(user(random, `u${index}`));
    }),
  );
  const { user: inUser, system } = process.cpuUsage(before);
  const tookMs = performance.now() - startedMs;
  await stop(fleet);
  return {
    rate: (requests / tookMs) * 60_000,
    begun: (100 * begun) / requests,
    processor: (inUser + system) / 10 / tookMs / NODES,
    wrong: fleet.wrong,
  };
}

export async function rate(report: Report, { url }: Task): Promise<void> {
  report.section(`As many as go, ${AT_ONCE} users at a time for ${RATE_MS / 1000} s on ${NODES} servers in one process`);
  const fleet = await fleetOf(url, 'rate');
  let requests = 0;
  const endMs = performance.now() + RATE_MS;
  const startedMs = performance.now();
  let begun = 0;
  fleet.events$.subscribe(({ kind }) => {
    if (kind === 'begun' && performance.now() < endMs) begun++;
  });
  const play = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const id = `u${requests++}`;
      const begins = firstValueFrom(fleet.events$.pipe(filter((event) => event.kind === 'begun' && event.id === id)));
      await (fleet.nodes[requests % NODES] as Jaeger).instant({
        id,
        preferences: { field: 'mic', eq: true },
        data: { mic: true },
      });
      // At the end somebody may be left alone.
      await Promise.race([
        begins,
        new Promise((resolve) => setTimeout(resolve, Math.max(0, endMs - performance.now()) + 1000).unref()),
      ]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, play));
  report.figure('requests that became matches that have begun', (begun / (endMs - startedMs)) * 1000, '/s', {
    atLeast: A_MINUTE / 60,
  });
  report.figure('faults and incidents', fleet.wrong, '', { atMost: 0 });
  await stop(fleet);
}
