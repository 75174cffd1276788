/**
 * A process of its own that campaigns for a lease, and writes under the first one that it got when it is told to, whether it still holds it or not.
 * Says every lease, and what came of each write, one JSON a line.
 */
import { createInterface } from 'node:readline';
import { firstValueFrom } from 'rxjs';
import type { Fence } from '../../../bus/bus.ts';
import { linkTo, redisBusOver } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { drawn } from '../../seed.ts';
import { rewritten } from './world.ts';

const [url = '', realm = '', mutant = ''] = process.argv.slice(2);
const options = { scheduler: realScheduler, random: drawn(`${realm} holder`), realm };
const link = linkTo(url, options);
/** A bus whose leader compares nothing: what the fence is for. */
const unfenced = {
  ...link,
  run: ((script, ...rest) => link.run(rewritten(script, 'if fenced() then', 'if false then'), ...rest)) as typeof link.run,
};
const bus = redisBusOver(mutant === 'unfenced' ? unfenced : link, options);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

let first: Fence | undefined;
bus.holdLease('duel', 'holder').subscribe((lease) => {
  if (lease) first ??= lease;
  say({ lease });
});
createInterface({ input: process.stdin })
  .on('line', (ticket) => {
    firstValueFrom(bus.drop(first as Fence, ticket, 'gone')).then(
      (dropped) => say({ dropped }),
      (error: unknown) => say({ dropped: String(error) }),
    );
  })
  .on('close', () => process.exit(0));
