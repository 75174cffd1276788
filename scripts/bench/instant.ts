/** One part of the bench of instant matches, in a process of its own. */
import { cost } from './instant/cost.ts';
import { growth } from './instant/growth.ts';
import { load, rate } from './instant/load.ts';
import { runPart } from './task.ts';

runPart({ cost, growth, load, rate }).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
