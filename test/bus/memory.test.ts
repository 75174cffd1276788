import { suite } from 'uvu';
import { memoryBus } from '../../bus/memory.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { conformance } from './conformance.ts';
import { settable } from './settable.ts';

/** Not a round second, and not the epoch: no test may depend on either. */
const START_MS = 1_700_000_000_123;

const SIGNING = { secret: 'a secret that nobody can guess', node: 'A' };

for (const [name, signing, keptTimes] of [
  ['the memory bus', undefined, undefined],
  ['the memory bus, signed', SIGNING, { ticketsMs: 400_000, matchesMs: 5_000_000 }],
] as const) {
  const test = suite(name);
  conformance(test, async () => {
    const time = new VirtualTime(START_MS);
    const scheduler = settable(time);
    return {
      bus: memoryBus({ scheduler, signing, kept: keptTimes }),
      ...(keptTimes ? { keptTimes } : {}),
      settle: async () => time.runUntil(time.now()),
      advance: async (ms) => time.runUntil(time.now() + ms),
      setBack: async (ms) => scheduler.setBack(ms),
      close: async () => undefined,
    };
  });
  test.run();
}
