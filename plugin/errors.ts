/** Errors that a host or a server owner sees. Each has a stable `code`, and lists everything that is wrong at once. */
import { type Problem, show } from '../bus/codec.ts';

export type { Problem };

/** One problem as a line: where, what was expected, what was found. */
const lineOf = ({ path, expected, found }: Problem): string =>
  `  ${path || '(the whole)'}: expected ${expected}, found ${found}`;

class Problems extends Error {
  readonly problems: readonly Problem[];

  constructor(summary: string, problems: readonly Problem[]) {
    super([summary, ...problems.map(lineOf)].join('\n'));
    this.problems = problems;
  }
}

/** The configuration or the host given to `jaeger()` is wrong. */
export class ConfigError extends Problems {
  readonly code = 'ConfigError';
  override readonly name = 'ConfigError';
}

/** An actor cannot be added; nothing of it was. */
export class AddError extends Problems {
  readonly code = 'AddError';
  override readonly name = 'AddError';
}

/** Asked at the wrong time, such as `add` before `start`. */
export class StateError extends Error {
  readonly code = 'StateError';
  override readonly name = 'StateError';
}

export const problem = (path: string, expected: string, found: unknown): Problem => ({ path, expected, found: show(found) });

/** A command of the owner came to nothing, or nobody knows whether it did; `why` says which. */
export class AdminError extends Problems {
  readonly code = 'AdminError';
  override readonly name = 'AdminError';
  /** `unknown`: it may have been executed, or may still be. With any other it was not, and will not be. */
  readonly why: 'invalid' | 'full' | 'refused' | 'expired' | 'unknown';

  constructor(summary: string, why: AdminError['why'], problems: readonly Problem[] = []) {
    super(summary, problems);
    this.why = why;
  }
}
