/**
 * The same failure with less: first each kind of fault is left out, in the order in which they happened, and stays out where it still fails; then
 * the number of the first ones is halved again and again. So with one fault fewer it does not fail. It may with much fewer: without a fault
 * everything after it is another run, and who fails with ten faults may not with eleven.
 */
import type { Named } from './options.ts';
import { simulate } from './run.ts';
import type { World, WorldOptions } from './world.ts';

export interface Shrunk {
  readonly options: WorldOptions;
  /** Of the smallest one that fails, with its trace. */
  readonly world: World;
  readonly tries: number;
}

/** `fails`: is it the same failure? */
export async function shrink(options: WorldOptions, fails: (world: World) => boolean): Promise<Shrunk> {
  let tries = 0;
  const attempt = async (given: WorldOptions): Promise<World | undefined> => {
    tries++;
    const world = await simulate(given);
    return fails(world) ? world : undefined;
  };
  let smallest = options;
  let failed = await attempt(options);
  if (!failed) throw new Error(`the run with seed ${options.seed} does not fail again`);
  for (const kind of new Set(failed.faults.happened.map(({ what }) => what))) {
    const without: Named[] = [...(smallest.without ?? []), kind];
    const world = await attempt({ ...smallest, without });
    if (world) [smallest, failed] = [{ ...smallest, without }, world];
  }
  let [fewest, most] = [0, failed.faults.count];
  while (fewest < most) {
    const mostFaults = Math.floor((fewest + most) / 2);
    if (await attempt({ ...smallest, mostFaults })) most = mostFaults;
    else fewest = mostFaults + 1;
  }
  const final = { ...smallest, mostFaults: most, trace: true };
  const world = await attempt(final);
  if (!world) throw new Error(`the run with seed ${options.seed} does not fail with its trace`);
  return { options: final, world, tries };
}
