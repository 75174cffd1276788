import { suite } from 'uvu';
import { memoryBus } from '../../bus/memory.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { conformance } from './conformance.ts';

/** Not a round second, and not the epoch: no test may depend on either. */
const START_MS = 1_700_000_000_123;

const test = suite('the memory bus');
conformance(test, async () => {
  const time = new VirtualTime(START_MS);
  return {
    bus: memoryBus({ scheduler: time }),
    settle: async () => time.runUntil(time.now()),
    advance: async (ms) => time.runUntil(time.now() + ms),
    close: async () => undefined,
  };
});
test.run();
