/** Deliberate defects, put into the product from outside: each must be found. None of this is in what is shipped. */
import type { Tamper } from './realm.ts';

export interface Mutant {
  readonly what: string;
  /** Changes what the store does. */
  readonly tamper?: Tamper;
  /** Changes what servers do; returns what undoes it. */
  readonly patch?: () => () => void;
}

export const MUTANTS: Readonly<Record<string, Mutant>> = {};
