/** Twenty servers over one Redis, each with somebody who fits whoever comes: all of them claim, one wins, nobody is left and nobody is matched twice. */
import { setTimeout } from 'node:timers/promises';
import { filter, firstValueFrom, Subject } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { InstantSettings } from '../../bus/options.ts';
import {
  BusUnreachable,
  type Host,
  type InstantMatchRequest,
  type Jaeger,
  type JaegerEvent,
  jaeger,
} from '../../plugin/index.ts';
import { startRedis } from '../../scripts/redis.ts';

const NODES = 20;
const REQUESTS = 2000;
const AT_ONCE = 20;
/** Several times as long as it takes. */
const MOST_MS = 400_000;
/** A machine that has much else to do may let Redis look as if it were away: a user then asks again, as the refusal says. */
const AGAIN_MS = 500;
const INSTANT: InstantSettings = { fields: { racer: { type: 'boolean' }, guest: { type: 'boolean' } } };
const RACER = { preferences: { field: 'guest', eq: true }, data: { racer: true } };
const GUEST = { preferences: { field: 'racer', eq: true }, data: { guest: true } };

/** Nobody plays: a match that has begun is all that is wanted. */
const host: Host = {
  tell: () => undefined,
  accept: () => false,
  team: () => new Promise<string>(() => undefined),
  validate: () => null,
  battle: () => undefined,
};

test(`${NODES} servers race for each of ${REQUESTS} requests`, async () => {
  const server = await startRedis();
  const events$ = new Subject<JaegerEvent>();
  const begun = new Map<string, string[]>();
  const matches = new Map<string, Set<string>>();
  const counts = { late: 0, wrong: [] as string[] };
  const settings = (index: number) => ({
    nodeId: `n${index}`,
    redis: server.url,
    queues: { duel: { instant: INSTANT, times: { teamMs: 600_000, joinMs: 60_000 } } },
  });
  const nodes: Jaeger[] = Array.from({ length: NODES }, (_, index) => jaeger(settings(index), host));
  let racers = 0;
  const ask = async (index: number, request: InstantMatchRequest): Promise<void> => {
    for (let isAgain = false; ; isAgain = true)
      try {
        await (nodes[index] as Jaeger).instant({ ...request, move: isAgain });
        return;
      } catch (error) {
        if (!isAgain && !(error instanceof BusUnreachable)) throw error;
        await setTimeout(AGAIN_MS);
      }
  };
  const race = (index: number): Promise<void> => ask(index, { id: `racer-${index}-${racers++}`, ...RACER });
  try {
    for (const [index, node] of nodes.entries())
      node.events$.subscribe((event) => {
        if (event.kind === 'late') counts.late++;
        if (event.kind === 'fault' || event.kind === 'incident') counts.wrong.push(JSON.stringify(event));
        if (event.kind === 'matched') matches.set(event.matchId, (matches.get(event.matchId) ?? new Set()).add(event.id));
        // The next one takes the place of a racer who has found somebody.
        if (event.kind === 'matched' && event.id.startsWith('racer'))
          race(index).catch((error) => counts.wrong.push(String(error)));
        if (event.kind === 'begun') begun.set(event.id, [...(begun.get(event.id) ?? []), event.opponent]);
        events$.next(event);
      });
    await Promise.all(nodes.map((node) => node.start()));
    await Promise.all(nodes.map((_, index) => race(index)));
    let next = 0;
    const guests = async (): Promise<void> => {
      while (next < REQUESTS) {
        const id = `guest-${next++}`;
        const plays = firstValueFrom(events$.pipe(filter((event) => event.kind === 'begun' && event.id === id)));
        await ask(next % NODES, { id, ...GUEST });
        await plays;
      }
    };
    const timer = new AbortController();
    const ended = Promise.all(Array.from({ length: AT_ONCE }, guests)).finally(() => timer.abort());
    await Promise.race([ended, setTimeout(MOST_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
    assert.equal(counts.wrong, []);
    for (let index = 0; index < REQUESTS; index++) assert.is(begun.get(`guest-${index}`)?.length, 1, `guest-${index}`);
    for (const [id, opponents] of begun) assert.is(opponents.length, 1, `${id} is matched twice: ${opponents}`);
    for (const [matchId, ids] of matches) assert.ok(ids.size <= 2, `${matchId}: ${[...ids]}`);
    assert.ok(counts.late > REQUESTS, `${counts.late} claims were late: they raced`);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    await server.stop();
  }
});

test.run();
