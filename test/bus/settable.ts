/** The time of a test, under a clock that can be set back. */
import type { SchedulerLike } from 'rxjs';
import type { VirtualTime } from '../../scripts/virtual-time.ts';

export function settable(time: VirtualTime): SchedulerLike & { setBack(ms: number): void } {
  let behindMs = 0;
  return {
    now: () => time.now() - behindMs,
    schedule: (work, ms = 0, state) => time.schedule(work, ms, state),
    setBack: (ms) => {
      behindMs += ms;
    },
  };
}
