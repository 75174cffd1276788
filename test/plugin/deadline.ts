/** A time of the configuration, as it is tested: nothing before it, what it is for after it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestWorld } from './world.ts';

export interface Running {
  readonly world: TestWorld;
  /** When the time began to run. */
  readonly from: number;
  readonly happened: () => boolean;
  /** Done every 5 min meanwhile. */
  readonly keep?: () => void;
}

export interface Deadline<T> {
  /** As the protocol has it. */
  readonly byDefault: number;
  /** Where the default is no time at all, or too long to wait for. */
  readonly given?: number;
  /** How much later than the time it may be seen. 1: what is due is judged 1 ms past it. */
  readonly within?: number;
  readonly starts: readonly ((given: T) => Running)[];
}

const KEEP_MS = 300_000;

/** Runs until something has happened; when that was. */
export function until(world: TestWorld, happened: () => boolean): number {
  while (!happened()) {
    assert.ok(world.time.step(), 'it never happened');
    assert.ok(world.time.now() < 10_000_000, 'it never happened');
  }
  return world.time.now();
}

/** One test for each of these times, and each way in which it begins to run. */
export function keepsTimes<T>(deadlines: { readonly [time: string]: Deadline<T> }): void {
  for (const [time, { byDefault, given, within = 1, starts }] of Object.entries(deadlines))
    starts.forEach((start, index) => {
      const ms = given ?? byDefault;
      test(`${time}${starts.length > 1 ? ` (${index + 1})` : ''}: not at ${ms - 1} ms, by ${ms + within} ms`, () => {
        const { world, from, happened, keep } = start((given === undefined ? {} : { [time]: given }) as T);
        const end = from + ms;
        for (let at = from + KEEP_MS; keep && at < end; at += KEEP_MS) {
          world.time.runUntil(at);
          keep();
        }
        world.time.runUntil(end - 1);
        assert.not(happened(), 'too early');
        world.time.runUntil(end + within);
        assert.ok(happened() || (within > 1 && world.run(within) && happened()), 'too late');
      });
    });
}
