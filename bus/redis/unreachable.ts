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

/** A refusal that stays is the error itself: a mistake in a script, a right that is missing. Everything else may pass. */
export function unreachable(error: unknown): Error {
  if (error instanceof BusUnreachable) return error;
  if (isReply(error) && !isForNow(error)) return error;
  // The library's errors have the command with all that was sent in it, be it a password: none of that goes on.
  return new BusUnreachable(reasonOf(error));
}

/** A line of text. Where an address has several ways to it, the library's error says only what each of them answered. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, name } = error;
  const code = 'code' in error ? String(error.code) : name;
  return (message || code).split('\n')[0] as string;
}
