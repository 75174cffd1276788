/** One boot of a game server: its clock, its connections, its node. */
import type { JaegerNode } from '../../../plugin/node.ts';
import type { ServerClock } from './clocks.ts';
import type { Network } from './network.ts';

export interface Server {
  readonly name: string;
  /** The how manieth of this name it is. */
  readonly number: number;
  readonly clock: ServerClock;
  readonly network: Network;
  readonly node: JaegerNode;
  /** When it began, in virtual ms. */
  readonly since: number;
  isUp: boolean;
  /** Does it stop in good order? */
  isStopping: boolean;
}
