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
  if (isReply(reason) && !isForNow(reason)) return reason;
  // The library's errors have the command with all that was sent in it, be it a password: none of that goes on.
  return new BusUnreachable(reasonOf(reason), hasDoneNothing(error));
}

/** A line of text. Where an address has several ways to it, the library's error says only what each of them answered. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, name } = error;
  const code = 'code' in error ? String(error.code) : name;
  if (message.startsWith('Unknown RESP type')) return 'what answers there does not speak as Redis does';
  return (message || code).split('\n')[0] as string;
}
