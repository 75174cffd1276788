/** One part of the bench of real game servers: Pokémon Showdown, with the bundle and without. */
import { lag } from './showdown/lag.ts';
import { memory } from './showdown/memory.ts';
import { runPart } from './task.ts';

runPart({ lag, memory }).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
