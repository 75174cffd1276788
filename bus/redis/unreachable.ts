/** Which errors of a connection mean that Redis is out of reach for now, so that the same may be asked again. */
import { BusUnreachable } from '../bus.ts';

/** Replies by which Redis says that it cannot do this now: starting, failing over, out of memory, a script too slow. */
const FOR_NOW = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'ASK',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNBLOCKED',
]);

export const isReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

export const codeOf = (error: Error): string => error.message.slice(0, Math.max(0, error.message.indexOf(' ')));

/** A refusal that stays is the error itself: a mistake in a script, a right that is missing. Everything else may pass. */
export function unreachable(error: unknown): Error {
  if (isReply(error) && !FOR_NOW.has(codeOf(error))) return error;
  return new BusUnreachable(error instanceof Error ? error.message : String(error), { cause: error });
}
