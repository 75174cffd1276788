/** The same failure with as little as it takes: first without whole kinds of faults, then with the smallest number of the first ones that still fails. */
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
