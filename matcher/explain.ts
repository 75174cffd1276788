/** Why an actor still waits: its place and range, and the nearest others and why not yet. */
import { highest, lowest, STEP_MS, type Ticket, waitedSteps } from './actor.ts';
import type { Arrivals } from './arrivals.ts';
import { type Estimate, estimateOf, secondsUntilReach } from './estimate.ts';
import type { Forbidden } from './forbidden.ts';
import type { Partitions } from './partitions.ts';
import type { Pool } from './pool.ts';
import type { Preference } from './preference.ts';
import type { Roster } from './roster.ts';
import { ASKED, HELD, LOCKED, type States } from './states.ts';

/** Why not yet. `soon`: nothing is in the way, the next rounds will tell. */
export type WhyNot =
  | { readonly why: 'soon' }
  /** Their ranges overlap in so many seconds from now, null: not within an hour. */
  | { readonly why: 'outOfReach'; readonly by: number; readonly inSeconds: number | null }
  | { readonly why: 'forbidden'; readonly rule: Forbidden }
  /** Has an offer. */
  | { readonly why: 'locked' }
  /** Was busy or silent a moment ago. */
  | { readonly why: 'resting' };

export type Other = { readonly id: string; readonly name: string; readonly elo: number; readonly difference: number } & WhyNot;

export interface Explanation {
  readonly id: string;
  readonly state: 'waiting' | 'locked' | 'resting';
  /** 1 for who has waited longest; null while locked. */
  readonly place: number | null;
  /** How many wait, it included. */
  readonly waiting: number;
  readonly waitedSeconds: number;
  readonly elo: number;
  /** Pool difference, and the range that it makes. */
  readonly pool: number;
  readonly lowest: number;
  readonly highest: number;
  /** By how much the pool difference grows in the next second, in Elo. */
  readonly growth: number;
  /** The nearest others, best first. */
  readonly nearest: readonly Other[];
  readonly estimate: Estimate;
}

/** What is known of the queue, at this bus time (ms). */
export interface ExplainContext {
  readonly roster: Roster;
  readonly states: States;
  readonly preference: Preference;
  readonly partitions: Partitions;
  readonly arrivals: Arrivals;
  readonly pool: Pool;
  readonly nowMs: number;
  forbidden(a: Ticket, b: Ticket): Forbidden | undefined;
}

export function explain(context: ExplainContext, actorId: string, most: number): Explanation | undefined {
  const { roster, states, preference, pool: pools, arrivals, nowMs } = context;
  const slot = slotOf(roster, actorId);
  if (slot === undefined) return undefined;
  const ticket = roster.ticket(slot);
  const { elo } = ticket.actor;
  const waited = waitedSteps(ticket, nowMs);
  const pool = pools.after(waited);
  const nearest = nearestTo(slot, most, context);
  const isLocked = states.is(slot, LOCKED);
  return {
    id: actorId,
    state: isLocked ? 'locked' : states.isResting(slot, nowMs) ? 'resting' : 'waiting',
    place: isLocked ? null : preference.place(slot),
    waiting: preference.size,
    waitedSeconds: Math.max(0, nowMs - ticket.firstConsidered) / 1000,
    elo,
    pool,
    lowest: lowest(elo, pool),
    highest: highest(elo, pool),
    growth: pools.after(waited + 1000 / STEP_MS) - pool,
    nearest,
    estimate: estimateOf({ elo, waited, nowMs, latest: soonest(nearest), pool: pools, arrivals }),
  };
}

function slotOf(roster: Roster, actorId: string): number | undefined {
  for (const slot of roster.all()) if (roster.ticket(slot).actor.id === actorId) return slot;
  return undefined;
}

/** In how many seconds somebody who waits already is in reach, or null. */
function soonest(nearest: readonly Other[]): number | null {
  let least: number | null = null;
  for (const other of nearest) {
    const seconds = other.why === 'soon' ? 0 : other.why === 'outOfReach' ? other.inSeconds : null;
    if (seconds !== null && (least === null || seconds < least)) least = seconds;
  }
  return least;
}

/** The nearest to a slot, of every partition, and whoever is locked or spoken for too, best first, and why they are not paired yet. */
function nearestTo(slot: number, most: number, context: ExplainContext): Other[] {
  const { roster, states, partitions } = context;
  const { elo } = roster.ticket(slot).actor;
  const differenceOf = (each: number): number => Math.abs(roster.ticket(each).actor.elo - elo);
  const others = partitions.all().flatMap((each) => each.around(slot, most, each === partitions.of(slot)));
  for (const each of roster.all()) if (each !== slot && states.is(each, LOCKED | ASKED | HELD)) others.push(each);
  return others
    .sort((a, b) => differenceOf(a) - differenceOf(b) || roster.compareNames(b, a))
    .slice(0, most)
    .map((each) => {
      const { id, name, elo: theirs } = roster.ticket(each).actor;
      return { id, name, elo: theirs, difference: differenceOf(each), ...whyNot(slot, each, context) };
    });
}

function whyNot(slot: number, other: number, context: ExplainContext): WhyNot {
  const { roster, states, pool, nowMs } = context;
  const [one, two] = [roster.ticket(slot), roster.ticket(other)];
  const rule = context.forbidden(one, two);
  if (rule) return { why: 'forbidden', rule };
  if (states.is(other, LOCKED)) return { why: 'locked' };
  const difference = Math.abs(one.actor.elo - two.actor.elo);
  const [waited, theirs] = [waitedSteps(one, nowMs), waitedSteps(two, nowMs)];
  const by = difference - pool.reach64(waited, theirs) / 64;
  if (by >= 0) return { why: 'outOfReach', by, inSeconds: secondsUntilReach(pool, difference, waited, theirs) };
  return states.isResting(other, nowMs) ? { why: 'resting' } : { why: 'soon' };
}
