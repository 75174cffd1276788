/** Nothing breaks: no fault on any server, no message that is refused, no error that nobody handles. */
import type { MakeChecker } from '../checker.ts';

export const errors: MakeChecker = (_, fail) => ({
  event: (event) => {
    if (event.kind === 'fault') fail(`${event.node} has a fault in ${event.where}: ${event.error}`);
    if (event.kind === 'refused') fail(`${event.node} refused ${event.message} in ${event.room}: ${event.reason}`);
  },
});
