/** What the scripts answer, as the port has it. */
import type {
  Advanced,
  Appended,
  Arrived,
  Departed,
  Entered,
  Holdings,
  Lives,
  Offered,
  Presence,
  Settled,
  Standing,
  Wiped,
} from '../bus.ts';
import type { Counts, Logged, SeatRecord, SignRecord } from '../records.ts';
import { barOf, closedOf, type Lineup, matchOf, offerOf, ticketOf } from './stored.ts';
import type { Unreadable } from './unreadable.ts';

export type Strings = readonly string[];

const FENCED = { refused: 'fenced' } as const;
export const doneOf = (answer: string): 'done' | typeof FENCED => (answer === 'done' ? answer : FENCED);

export function enteredOf([answer, ...rest]: Strings, players: Strings): Entered {
  switch (answer) {
    case 'entered':
      return { entered: JSON.parse(rest[0] as string) };
    case 'full':
      return { refused: 'full', waiting: Number(rest[0]) };
    case 'superseded':
      return { refused: 'superseded', by: rest[0] as string };
    case 'stale':
      return { refused: 'stale' };
    case 'removed':
      return { refused: 'removed' };
    case 'closed':
      return { refused: 'closed', closed: closedOf(rest[0] as string) };
    case 'barred':
      return { refused: 'barred', bars: rest.map(barOf) };
    default: {
      const presences: Presence[] = [];
      for (let at = 0; at < rest.length; at += 2) {
        const { place, queue, node, boot } = JSON.parse(rest[at + 1] as string) as Presence;
        presences.push({ player: players[Number(rest[at])] as string, place, queue, node, boot });
      }
      return { refused: 'present', presences };
    }
  }
}

export const countsOf = (flat: Strings): Counts =>
  Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at], Number(flat[2 * at + 1])]));

export const appendedOf = ([answer, turn]: Strings): Appended =>
  answer === 'turn' ? { turn: Number(turn) } : { refused: answer as Extract<Appended, { refused: unknown }>['refused'] };

export const offeredOf = ([answer, offer]: Strings): Offered =>
  answer === 'offer'
    ? { offer: offerOf(offer as string).record }
    : { refused: answer as 'headTaken' | 'candidateTaken' | 'late' | 'fenced' };

export function settledOf([answer, record, ...rest]: Strings): Settled {
  if (answer === 'fenced') return FENCED;
  if (answer === 'changed') return { refused: 'changed', offer: record === undefined ? null : offerOf(record).record };
  return { settled: answer === 'match' ? matchOf(record as string, ...(rest as [string, string])).record : null };
}

/** `known`: the lineup, where the script was told not to bring it along. */
export function advancedOf([answer, record, entries, lineup, ...back]: Strings, known: Lineup | undefined): Advanced {
  if (answer === 'fenced') return FENCED;
  const match = record === undefined ? null : matchOf(record, entries as string, known ?? (lineup as string)).record;
  if (answer === 'changed' || match === null) return { refused: 'changed', now: match };
  return { match, back: back.map((ticket) => ticketOf(ticket).record) };
}

export function signsOf(reply: Strings, unreadable: Unreadable): SignRecord[] {
  const signs: SignRecord[] = [];
  for (let at = 0; at < reply.length; at += 2) {
    const sign = unreadable.sign(reply[at] as string, reply[at + 1] as string);
    if (sign) signs.push(sign);
  }
  return signs;
}

export function seatsOf(reply: Strings, unreadable: Unreadable): SeatRecord[] {
  const seats: SeatRecord[] = [];
  for (let at = 0; at < reply.length; at += 5) {
    const [side, ...stored] = reply.slice(at, at + 5) as [string, string, string, string, string];
    const match = unreadable.match(...stored)?.record;
    if (match) seats.push({ side: side === '0' ? 0 : 1, match });
  }
  return seats;
}

export function standingOf([answer, first = '', second = '', third]: Strings): Standing {
  switch (answer) {
    case 'queue': {
      const offer = third === undefined ? null : offerOf(third).record;
      return { at: 'queue', ticket: ticketOf(second).record, offer, now: Number(first) };
    }
    case 'match':
      return { at: 'match', match: matchOf(first, second, third as string).record };
    case 'gone':
      return { at: 'gone', reason: JSON.parse(first) as string };
    default:
      return { at: 'unknown' };
  }
}

export function loggedOf(line: string): Logged {
  const space = line.indexOf(' ');
  return { at: Number(line.slice(0, space)), entry: JSON.parse(line.slice(space + 1)) };
}

export function arrivedOf([answer, first, generation, more]: Strings): Arrived {
  if (answer === 'superseded') return { refused: 'superseded', by: first as string };
  if (answer === 'protocol') return { refused: 'protocol', spoken: Number(first) };
  return { since: Number(first), generation: Number(generation), more: more === '1' };
}

export function livesOf([answer, first, count, hash, rival]: Strings): Lives {
  if (answer === 'superseded') return { refused: 'superseded', by: first as string };
  if (answer === 'gone') return { refused: 'gone' };
  return { generation: Number(first), tally: { count: Number(count), hash: hash as string }, rival: rival ?? null };
}

export const holdingsOf = ([answer, generation, next, ...tickets]: Strings): Holdings =>
  answer === 'page'
    ? { generation: Number(generation), tickets, next: next === '' ? null : (next as string) }
    : { refused: 'unsettled' };

export const departedOf = ([more, ...tickets]: Strings): Departed => ({ tickets, more: more === '1' });

export const wipedOf = ([answer, ...departed]: Strings): Wiped =>
  answer === 'wiped' ? departedOf(departed) : { refused: answer as 'alive' | 'fenced' };
