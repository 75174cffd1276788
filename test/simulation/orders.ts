/** What a test and its node processes say to each other. */

import type { Options } from '../../bus/options.ts';
import type { Target } from '../../bus/redis/connection.ts';
import type { LeaseTimes } from '../../bus/redis/lease.ts';
import type { JaegerEvent } from '../../plugin/index.ts';
import type { Mutant } from './mutant.ts';

/** Where a player can be made to wait, for the test to strike: the host answers when it is told to. */
export type Hold = 'accept' | 'team' | 'validate' | 'battle';

export interface NodeSetup {
  readonly nodeId: string;
  readonly redis: Target;
  readonly realm: string;
  readonly seed: string;
  readonly options: Options;
  readonly lease: Partial<LeaseTimes>;
  readonly mutants: readonly Mutant[];
  /** How many of a hundred offers a player declines. */
  readonly declines: number;
}

export type Order =
  | { readonly do: 'start' | 'stop' | 'ping' }
  | { readonly do: 'add'; readonly player: string; readonly blocks: readonly string[] }
  /** Waits for an instant match with anybody. */
  | { readonly do: 'instant'; readonly player: string }
  | { readonly do: 'remove'; readonly player: string }
  /** From now on this player waits there. */
  | { readonly do: 'hold'; readonly player: string; readonly at: Hold }
  /** Nobody waits any more. */
  | { readonly do: 'letGo' }
  /** Rejects and throws where nobody handles it. */
  | { readonly do: 'err' }
  /** Nothing else runs in this process for so long. */
  | { readonly do: 'block'; readonly forMs: number };

export type Ordered = Order & { readonly number: number };

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly number: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly number: number; readonly code: string; readonly error: string }
  | { readonly kind: 'event'; readonly event: JaegerEvent }
  | { readonly kind: 'held'; readonly player: string; readonly at: Hold }
  /** An error that nobody handled. */
  | { readonly kind: 'unhandled'; readonly error: string };
