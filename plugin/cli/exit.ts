/** How the command line ends, and what it says when something is wrong: what, why, and what to do. Never a stack trace. */
import { BusUnreachable } from '../../bus/bus.ts';
import { AdminError, ConfigError } from '../errors.ts';
import { remedyFor } from './remedies.ts';

export const EXIT = {
  done: 0,
  /** `check` found an error, the leader refused, or what was asked for is not there. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  wrong: 2,
  /** Redis is out of reach. */
  unreachable: 3,
  /** Redis does not allow this user that. */
  forbidden: 4,
  interrupted: 130,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Something that a person can put right. */
export class CliError extends Error {
  readonly exit: Exit;
  readonly remedy: string;

  constructor(message: string, remedy: string, exit: Exit = EXIT.failed) {
    super(message);
    this.exit = exit;
    this.remedy = remedy;
  }
}

export interface Failure {
  readonly exit: Exit;
  readonly error: string;
  readonly remedy: string;
}

const OF_ADMIN: Readonly<Record<AdminError['why'], Exit>> = {
  ...{ invalid: EXIT.wrong, full: EXIT.failed, refused: EXIT.failed, expired: EXIT.failed, unknown: EXIT.unreachable },
};

const textOf = (error: unknown): string => (error instanceof Error ? (error.message.split('\n')[0] as string) : String(error));

/** Of a command that a script runs Redis 7.0 says it in words, later ones and Valkey as of any other. */
export const isForbidden = (error: unknown): boolean =>
  /^(?:NOPERM|ERR The user executing the script can't) /.test(textOf(error));

/** What is said of one of the owner's commands: by `doubt` whom it is about may be misspelt. A Redis that is out of reach has not taken it. */
export function notExecuted(error: unknown, doubt?: string): never {
  const { exit, error: says, remedy } = failureOf(error);
  if (error instanceof BusUnreachable) {
    const all = `${says.replace(/\.$/, '')}. Redis took no command: nothing was executed, and nothing will be.`;
    throw new CliError(all, remedy, exit);
  }
  if (error instanceof AdminError && error.why === 'refused' && doubt !== undefined) throw new CliError(says, doubt, exit);
  throw error;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return { exit: error.exit, error: error.message, remedy: error.remedy };
  if (error instanceof ConfigError)
    return {
      exit: EXIT.wrong,
      error: error.message,
      remedy: 'The README names every option; `jaeger init` writes a file to begin with.',
    };
  if (error instanceof AdminError)
    return {
      ...{ exit: OF_ADMIN[error.why], error: error.message },
      remedy: error.why === 'unknown' ? remedyFor(error.message) : '',
    };
  if (error instanceof BusUnreachable)
    return { exit: EXIT.unreachable, error: `Redis is out of reach: ${error.message}`, remedy: remedyFor(error.message) };
  if (isForbidden(error))
    return {
      exit: EXIT.forbidden,
      error: 'Redis does not allow this user that.',
      remedy:
        '`jaeger acl --user NAME --admin` prints what the owner has to be allowed, `--read-only` what who only looks. Give that user with JAEGER_REDIS_USERNAME and JAEGER_REDIS_PASSWORD.',
    };
  return { exit: EXIT.failed, error: textOf(error), remedy: '' };
}
