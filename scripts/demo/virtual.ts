/** The demo in one process: nodes on the memory bus, in virtual time paced to the wall clock. */
import type { Printer } from './print.ts';
import type { World } from './world.ts';

/** How often the ranges of the waiting are shown, in ms of the story. */
export const RANGES_MS = 5000;
/** How long virtual time may run before the event loop gets its turn, in real ms. */
const SLICE_MS = 20;

export interface Pace {
  /** Seconds of virtual time a second; 0: as fast as it goes. */
  readonly speed: number;
  isInterrupted(): boolean;
  /** Shows ranges; undefined where they are not shown. */
  readonly ranges: ((lines: readonly string[]) => void) | undefined;
}

/** Lets virtual time pass until the world is over, stuck, or somebody interrupts. */
export async function pass(world: World, printer: Printer, { speed, isInterrupted, ranges }: Pace): Promise<void> {
  const { time, story } = world;
  const started = performance.now();
  let sliceFrom = started;
  let rangesAt = RANGES_MS;
  while (!story.over && !world.stuck && !isInterrupted()) {
    const next = time.nextAt;
    if (next === undefined) return;
    if (ranges && next >= rangesAt) {
      time.runUntil(rangesAt);
      rangesAt += RANGES_MS;
      ranges(printer.ranges());
      continue;
    }
    const early = speed === 0 ? 0 : next / speed - (performance.now() - started);
    if (early > 1 || performance.now() - sliceFrom > SLICE_MS) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(early, 100))));
      sliceFrom = performance.now();
      if (early > 1) continue;
    }
    time.step();
  }
}
