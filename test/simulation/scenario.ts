/** Scenarios: each its own world, several at a time, for most of a scenario is waiting. */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { SEED } from '../seed.ts';
import { sideBySide } from '../side-by-side.ts';
import { World, type WorldOptions } from './world.ts';

export interface Scenario extends Omit<WorldOptions, 'seed'> {
  readonly name: string;
  /** What must hold besides what the sampler and `settle` look at. */
  readonly invariant: string;
  /** Breaks something and heals it. */
  readonly chaos: (world: World) => Promise<void>;
  /** What is expected to be found wrong; left out: nothing. */
  readonly finds?: readonly RegExp[];
}

async function run({ name, invariant, chaos, finds, ...options }: Scenario): Promise<void> {
  const world = new World({ ...options, seed: `${SEED} ${name}` });
  try {
    process.stdout.write(`\n${name}: ${invariant} (JAEGER_SEED=${SEED})\n`);
    await world.start();
    const before = world.sampler.samples;
    await chaos(world);
    // Where something is to be found, what happens is short, and the settling is looked at too.
    if (!finds) assert.ok(world.sampler.samples - before > 10, 'it was looked at while it happened');
    const problems = await world.settle();
    assert.ok(world.sampler.samples > 10, 'it was looked at');
    for (const each of finds ?? [])
      assert.ok(
        problems.some((problem) => each.test(problem)),
        `${each} was not found: ${problems.join('\n')}`,
      );
    if (!finds) assert.equal(problems, []);
  } catch (error) {
    process.stderr.write(`JAEGER_SEED=${SEED}, ${name}: ${invariant}\n`);
    // What is stuck cannot be looked at later: the records as they were at last, and what the servers did before.
    process.stderr.write(`${JSON.stringify(world.sampler?.latest)}\n`);
    for (const { events } of world.alive)
      for (const event of events.slice(-15)) process.stderr.write(`${JSON.stringify(event).slice(0, 300)}\n`);
    throw error;
  } finally {
    await world.close();
  }
}

/** Makes a test of each, and runs so many of them at once. */
export const scenarios = (test: Test, atOnce: number, list: readonly Scenario[]): void =>
  sideBySide(
    test,
    atOnce,
    list.map((scenario) => ({ name: `${scenario.name}: ${scenario.invariant}`, run: () => run(scenario) })),
  );
