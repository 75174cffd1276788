/** Why messages are refused, and what was wanted instead, for whoever has to find out what is wrong in a realm. */
import { MOST_TEXT } from './messages.ts';

/** What was wanted of a refused message; a malformed one says it by itself. */
export const WANTED = {
  size: `at most ${MOST_TEXT} characters`,
  unsigned: "a signature: this node has the realm's secret, who said this has none, or is no node",
  signed: "no signature: who said this has the realm's secret, this node has none",
  forged: "a signature by the realm's secret: who said this has another one, or it was altered on its way",
  room: 'a message of this room',
  replayed: 'a message that was not said before',
  stale: 'a new sender to give the time of the bus, within a minute',
  senders: 'at most 1024 senders in a minute',
  rate: 'fewer messages a second',
} as const;

export type Reason = keyof typeof WANTED | 'malformed';

/** How many were refused since the bus was made, by reason. */
export type Refusals = Record<Reason, number>;

export const refusals = (): Refusals => ({
  ...{ malformed: 0, size: 0, unsigned: 0, signed: 0, forged: 0 },
  ...{ room: 0, replayed: 0, stale: 0, senders: 0, rate: 0 },
});
