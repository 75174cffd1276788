/** What the tests of failures play with: a bus on a wire that can be cut, another one beside it, and a server that may be broken. */
import { catchError, firstValueFrom, type Observable, retry, throwError, timer } from 'rxjs';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { BusUnreachable, type Fence, type Heard, type Lease } from '../../../bus/bus.ts';
import type { Target } from '../../../bus/redis/connection.ts';
import { type RedisBus, redisBus } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { type RedisServer, startRedis, until } from '../../../scripts/redis.ts';
import { drawn } from '../../seed.ts';
import { Wire } from './wire.ts';

export interface Given {
  readonly server: RedisServer;
  readonly wire: Wire;
  /** A bus through a wire. */
  readonly bus: RedisBus;
  /** A bus beside it. */
  readonly other: RedisBus;
  readonly realm: string;
  /** Ends it with the test. */
  ends(end: () => unknown): void;
}

let realms = 0;
export const busAt = (target: Target, realm: string): RedisBus =>
  redisBus(target, { scheduler: realScheduler, random: drawn(realm), realm });

/** A test with a server that it shares with others, or one of its own that it may break. */
export type Chaos = (name: string, run: (given: Given) => Promise<void>, own?: { readonly args?: readonly string[] }) => void;

export function chaosOf(test: Test): Chaos {
  let shared: RedisServer;
  test.before(async () => {
    shared = await startRedis();
  });
  test.after(() => shared.stop());
  return (name, run, own) =>
    test(name, async () => {
      const ends: (() => unknown)[] = [];
      try {
        const server = own ? await startRedis(own) : shared;
        if (own) ends.push(() => server.stop());
        const wire = new Wire(server.port);
        const realm = `chaos-${++realms}`;
        const bus = busAt(`redis://127.0.0.1:${await wire.listen()}`, realm);
        const other = busAt(server.url, realm);
        ends.push(
          () => wire.close(),
          () => bus.close(),
          () => other.close(),
        );
        await run({ server, wire, bus, other, realm, ends: (end) => ends.push(end) });
      } finally {
        for (const end of ends.reverse()) await end();
      }
    });
}

/** Asks again until the bus answers, as a node does; counts how often it did not. */
export async function persist<T>(verb: Observable<T>): Promise<{ answer: T; failures: number }> {
  let failures = 0;
  const delay = (error: unknown) => {
    failures++;
    return error instanceof BusUnreachable ? timer(20) : throwError(() => error);
  };
  return { answer: await firstValueFrom(verb.pipe(retry({ delay }))), failures };
}

export const outcome = (verb: Observable<unknown>): Promise<unknown> =>
  firstValueFrom(verb.pipe(catchError((error: unknown) => [error])));

export async function isUnreachable(verb: Observable<unknown>): Promise<void> {
  const error = await outcome(verb);
  assert.instance(error, BusUnreachable);
}

/** Everything that a stream emitted, and a way to wait for what it will. */
export function record<T>({ ends }: Given, stream: Observable<T>): T[] {
  const all: T[] = [];
  const subscription = stream.subscribe((one) => all.push(one));
  ends(() => subscription.unsubscribe());
  return all;
}

export const listenings = (heard: readonly Heard[]): number => heard.filter(({ listening }) => listening).length;

export async function lead(given: Given, bus: RedisBus): Promise<Fence> {
  const leases = record(given, bus.holdLease('duel', 'leader'));
  await until('the lease', () => leases.length > 0);
  return leases[0] as Lease;
}
