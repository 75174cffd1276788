/** How the command line ends, and what it says when something is wrong: what, why, and what to do. Never a stack trace. */
import { BusUnreachable } from '../../bus/bus.ts';
import { AdminError, ConfigError } from '../errors.ts';

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

export function remedyFor(reason: string): string {
  if (/does not open database \d+: ERR DB index/.test(reason))
    return 'That Redis has fewer databases. Give another one in `redis` (`db`, or the number after the last / of the URL), or Redis more of them (`databases` in redis.conf).';
  if (/does not open database \d+: ERR .*cluster/.test(reason))
    return 'A cluster has only database 0: name none in `redis` (`db`, or the number after the last / of the URL).';
  if (/does not open database \d+: NOPERM/.test(reason))
    return 'This user of Redis may not open it: `jaeger acl` prints what a user has to be allowed (`+select`).';
  if (/WRONGPASS|NOAUTH/.test(reason))
    return 'Look at user and password: `redis` in the configuration, or JAEGER_REDIS_USERNAME and JAEGER_REDIS_PASSWORD.';
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) return 'There is no machine of that name: look at the host in `redis`.';
  if (/READONLY/.test(reason)) return 'This is a replica: the address has to be that of its master.';
  if (/LOADING/.test(reason)) return 'It has just been started: try again in a moment.';
  if (/OOM/.test(reason)) return 'Its memory is full: give it more (maxmemory).';
  if (/certificate|TLS|SSL|handshake/i.test(reason)) return 'Look at `redis.tls` in the configuration.';
  return 'See that Redis runs, that host and port in `redis` are right, and that no firewall is between.';
}

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
