/** Errors that a host or a server owner sees. Each has a stable `code`, and lists everything that is wrong at once. */
import { type Problem, show } from '../bus/codec.ts';
import type { TextSettings } from '../bus/texts.ts';

export type { Problem };

/** A refusal as players read it: one of the texts of the configuration, and what is put in. */
export interface Said {
  readonly key: Exclude<keyof TextSettings, 'reasons'>;
  readonly values: Readonly<Record<string, string | number>>;
}

/** Why an actor cannot be added. */
export interface AddProblem extends Problem {
  /** Left out: something that only who wrote the adapter can be told. */
  readonly says?: Said;
}

/** Something wrong with a configuration, and where it stands, as far as that is known. */
export interface ConfigProblem extends Problem {
  /** In the file, from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The environment variable that says it. */
  readonly variable?: string;
  /** For an option that does not exist: the one that was probably meant. */
  readonly meant?: string;
}

/** What stands where a key is that there should not be. */
export const NO_SUCH_KEY = 'no such key';

/** One problem as a line: where, what was expected, what was found. */
function lineOf({ path, expected, found, line, column, variable, meant }: ConfigProblem): string {
  const place = variable ?? (line === undefined ? '' : `line ${line}, column ${column}`);
  const where = [place, path || (place ? '' : '(the whole)')].filter((part) => part !== '').join(': ');
  const did = meant === undefined ? '' : ` Did you mean ${meant}?`;
  if (expected === NO_SUCH_KEY && (place !== '' || did)) return `  ${where}: there is no such option.${did}`;
  return `  ${where}: expected ${expected}, found ${found}${did && `.${did}`}`;
}

class Problems extends Error {
  readonly problems: readonly Problem[];

  constructor(summary: string, problems: readonly ConfigProblem[]) {
    super([summary, ...problems.map(lineOf)].join('\n'));
    this.problems = problems;
  }
}

/** The configuration or the host given to `jaeger()` is wrong. */
export class ConfigError extends Problems {
  readonly code = 'ConfigError';
  override readonly name = 'ConfigError';
  declare readonly problems: readonly ConfigProblem[];
}

/** An actor cannot be added; nothing of it was. */
export class AddError extends Problems {
  readonly code = 'AddError';
  override readonly name = 'AddError';
  declare readonly problems: readonly AddProblem[];

  constructor(summary: string, problems: readonly AddProblem[]) {
    super(summary, problems);
  }
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
