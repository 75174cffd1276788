/** What `npm run simulate` asks of its workers, and what they answer. */
import type { Named } from './options.ts';
import type { Problem } from './world.ts';

export interface RunOrder {
  readonly seed: string;
  readonly hours: number;
  /** Are the odds drawn from the seed? */
  readonly swarm: boolean;
  readonly mutant?: string;
  readonly mostFaults?: number;
  readonly without?: readonly Named[];
  readonly trace: boolean;
}

export type Order = (RunOrder & { readonly do: 'run' | 'shrink' }) | { readonly do: 'names' };

export interface Ran {
  readonly seed: string;
  readonly problems: readonly Problem[];
  readonly counts: { readonly matches: number; readonly rated: number; readonly voids: number; readonly adds: number };
  readonly faults: number;
  /** With a trace, its hash; else empty. */
  readonly hash: string;
  readonly lines: readonly string[];
  readonly cpuMs: number;
}

export interface Shrank {
  readonly seed: string;
  readonly problem: Problem;
  readonly mostFaults: number;
  readonly without: readonly Named[];
  readonly faults: readonly string[];
  readonly lines: readonly string[];
  readonly tries: number;
}

export type Report =
  | { readonly ran: Ran }
  | { readonly shrank: Shrank }
  | { readonly broke: string }
  | { readonly names: readonly string[] };
