/** One part of the bench of the Redis bus, as `scripts/bench.ts` runs it: bundled as a game server loads it. */
import { fanOut } from './bus/fan-out.ts';
import { roundTrip } from './bus/round-trip.ts';
import { snapshot } from './bus/snapshot.ts';
import { verbs } from './bus/verbs.ts';
import { runPart } from './task.ts';

runPart({ roundTrip, verbs, fanOut, snapshot }).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
