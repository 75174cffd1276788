/** Which errors of a connection mean that Redis is out of reach for now, so that the same may be asked again. */
import { BusUnreachable } from '../bus.ts';

/** Replies by which Redis says that it cannot do this now: starting, failing over, out of memory, a script too slow, a password that is not right yet. */
const FOR_NOW = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'ASK',
  'NOAUTH',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNBLOCKED',
  'WRONGPASS',
]);

export const isReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

export const codeOf = (error: Error): string => error.message.slice(0, Math.max(0, error.message.indexOf(' ')));

export const isForNow = (reply: Error): boolean => FOR_NOW.has(codeOf(reply));

/** What a connection says that was ended by its own library: nothing of why. */
export const isMute = ({ message }: Error): boolean => message === 'Connection is closed.';

/**
 * What leads nobody to the cause, in other words; `$1` is the first group of the expression. Whoever is asked wrongly, a Sentinel or a server
 * that is in no cluster, says an error that would stay: it is another one as soon as the right one is in its place.
 */
const IN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^All sentinels are unreachable.* Last error: (NOAUTH|WRONGPASS).*/, 'no Sentinel lets this server in ($1)'],
  [/^All sentinels are unreachable.* Last error: ERR unknown command.*/, 'what `redis.sentinels` names are no Sentinels'],
  [/^All sentinels are unreachable.* Last error: ERR No such master.*/, 'the Sentinels know no master of this name'],
  [/^All sentinels are unreachable.* Last error: Connection is closed\.$/, 'no Sentinel answers'],
  [/^All sentinels are unreachable.* Last error: (.*)/, 'no Sentinel answers: $1'],
  [/^All sentinels are unreachable.*/, 'the Sentinels know no master of this name'],
  [/^ERR unknown command ['`](?:evalsha|eval)_ro.*/, 'this is a Sentinel, or a Redis before version 7'],
  [/^ERR (?:unknown command ['`]cluster|This instance has cluster support disabled).*/i, 'this is no node of a cluster'],
  [/^(MOVED .*)/, '$1: this is one node of a cluster'],
  [/^(NOAUTH) .*/, '$1: a password is wanted'],
  [/^Failed to refresh slots cache\.$/, 'no node of the cluster answers'],
  [/^Cluster isn't ready and .*/, 'the cluster is not ready'],
  [/^Stream isn't writeable and .*/, 'there is no connection'],
  [/^Socket timeout\. .*/, 'it has not answered for 2 s'],
  [/^Connection is closed\.$/, 'the connection was closed'],
];

const wordsFor = (message: string): string | undefined => {
  const [found, words] = IN_WORDS.find(([expression]) => expression.test(message)) ?? [];
  return found && message.replace(found, words as string);
};

/** What the library says of a command that it has not sent, as there was no connection. */
const UNSENT = /enableOfflineQueue options is false$/;

/** Did a command that came to this change nothing? Scripts look first and write last: who is refused has written nothing. */
const hasDoneNothing = (error: unknown): boolean => isReply(error) || (error instanceof Error && UNSENT.test(error.message));

/**
 * What became of a command. A refusal that stays is the error itself: a mistake in a script, a right that is missing. Everything else may pass.
 * `why`: what is wrong with the connection, where the library says of the command only that there is none.
 */
export function unreachable(error: unknown, why: unknown = error): Error {
  if (error instanceof BusUnreachable) return error;
  const reason = isReply(error) ? error : why;
  if (isReply(reason) && !isForNow(reason) && !wordsFor(reason.message)) return reason;
  // The library's errors have the command with all that was sent in it, be it a password: none of that goes on.
  return new BusUnreachable(reasonOf(reason), hasDoneNothing(error));
}

/** A line of text. Where an address has several ways to it, the library's error says only what each of them answered. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, name } = error;
  const code = 'code' in error ? String(error.code) : name;
  if (message.startsWith('Unknown RESP type')) return 'what answers there does not speak as Redis does';
  const line = (message || code).split('\n')[0] as string;
  return wordsFor(line) ?? line;
}
