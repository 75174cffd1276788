/** One run of a world, and what it came to. */
import { config } from 'rxjs';
import { World, type WorldOptions } from './world.ts';

/** Runs a world to its end. Errors that nobody handles are told by a timer of the event loop: the run is not over before that. */
export async function simulate(options: WorldOptions): Promise<World> {
  const unhandled: unknown[] = [];
  const before = config.onUnhandledError;
  config.onUnhandledError = (error) => void unhandled.push(error);
  const rejected = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', rejected);
  try {
    const world = new World(options).run();
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const error of unhandled) world.unhandled(error);
    return world;
  } finally {
    config.onUnhandledError = before;
    process.off('unhandledRejection', rejected);
  }
}
