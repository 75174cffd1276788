/** Transitions of matches: what nodes report, and the arena's steps. Each validates first and writes last. */
import type { Refusal, Stage, Step } from '../../matcher/index.ts';
import { KEPT_RESULTS } from '../admin.ts';
import type { Advanced, AdvanceRequest, Answered, Appended, Fence } from '../bus.ts';
import {
  type EloChange,
  type LogEntry,
  MOST_DATA,
  MOST_DIGEST,
  MOST_REASON,
  type Opponent,
  PROTOCOL_VERSION,
  type Side,
  type WinnerSide,
} from '../messages.ts';
import type { CountedVerb, Logged, MatchRecord, SeatRecord, SideRecord, TicketRecord } from '../records.ts';
import { keptOut } from './entrance.ts';
import { ladderElo, recordGame } from './ladder.ts';
import { cancelSession } from './sessions.ts';
import { type DistributiveOmit, type MatchParts, playersOf, ratingKey, type Store } from './store.ts';
import { bodyOf, leaderPart, ofQueue, putBack, withSide } from './tickets.ts';
import { countVoids } from './voids.ts';

/** Most entries of one side in a second, and of a match in all. */
export const MOST_TURNS_A_SECOND = 50;
export const MOST_TURNS_A_MATCH = 10_000;
const SIDES: readonly Side[] = [0, 1];
/** Begun, and without a result. */
const OPEN: ReadonlySet<Stage> = new Set<Stage>(['teams', 'validating', 'battle']);
const ENDED: ReadonlySet<Stage> = new Set<Stage>(['closed', 'cancelled', 'void']);
/** Who misses so many challenge rooms in a row is withdrawn. */
export const MOST_MISSED_JOINS = 2;

/** The stages from which a step may start. */
const FROM: { readonly [to in Step['to']]: readonly Stage[] } = {
  teams: ['joining'],
  cancelled: ['joining'],
  validating: ['teams'],
  battle: ['validating'],
  rated: ['battle'],
  closed: ['rated'],
  void: ['teams', 'validating', 'battle'],
};

export function own(store: Store, matchId: string, side: Side, node: string): MatchRecord | undefined {
  const match = store.isBlocked(node) ? undefined : store.matches.get(matchId);
  return match?.sides[side]?.node === node ? match : undefined;
}

/** Changes one side of a match and tells the leader. */
function change(
  store: Store,
  match: MatchRecord,
  side: Side,
  with_: Partial<SideRecord>,
  kind: 'STORE_LOST' | 'JOINED' | 'TEAM_IN' | 'VALID' | 'ELO_TAKEN',
): 'done' {
  const next = withSide(match, side, with_);
  store.matches.set(match.matchId, next);
  store.announce(match.queue, { kind, matchId: match.matchId, side, change: next.revision });
  return 'done';
}

/** The same answer once more changes nothing. */
function doubled(store: Store, verb: CountedVerb): 'done' {
  store.count(verb, 'doubled');
  return 'done';
}

const past = (store: Store, match: MatchRecord): boolean => store.now() > match.deadline;

export function joined(store: Store, matchId: string, side: Side, node: string): Answered {
  const match = own(store, matchId, side, node);
  if (!match) return store.count('joined', 'foreign');
  if (match.sides[side].joined) return doubled(store, 'joined');
  if (match.stage !== 'joining' || match.sides[side].left || past(store, match)) return store.count('joined', 'late');
  return change(store, match, side, { joined: true }, 'JOINED');
}

export function seats(
  store: Store,
  node: string,
  queue: string,
  boot: string,
  of: 'open' | 'rated',
  most: number,
): SeatRecord[] {
  const sides = [...store.matches.values()]
    .filter((match) => match.queue === queue && (of === 'open' ? OPEN.has(match.stage) : match.stage === 'rated'))
    .flatMap((match) => SIDES.map((side) => ({ side, match })))
    .filter(({ side, match }) => match.sides[side].node === node && match.sides[side].boot !== boot)
    .filter(({ side, match }) => of === 'open' || !match.sides[side].eloTaken);
  // In the order in which Redis keeps them.
  const name = ({ side, match }: SeatRecord): string => `${match.matchId}:${side}`;
  return sides.sort((a, b) => (name(a) < name(b) ? -1 : 1)).slice(0, most);
}

export function rejoin(store: Store, matchId: string, side: Side, node: string, boot: string): Answered {
  const match = own(store, matchId, side, node);
  if (!match || store.signs.get(node)?.boot !== boot) return 'foreign';
  if (!OPEN.has(match.stage)) return 'late';
  if (match.sides[side].boot === boot) return 'done';
  const next = withSide(match, side, { boot });
  store.matches.set(matchId, next);
  store.announce(match.queue, { kind: 'REJOIN', matchId, side, change: next.revision, boot });
  return 'done';
}

export function vouch(store: Store, matchId: string, side: Side, node: string, turns: number): 'known' | 'lost' {
  const match = own(store, matchId, side, node);
  if (match && (match.turns >= turns || match.stage === 'rated' || match.stage === 'closed')) return 'known';
  if (match && !ENDED.has(match.stage) && !match.sides[side].lost) change(store, match, side, { lost: true }, 'STORE_LOST');
  return 'lost';
}

export function team(store: Store, matchId: string, side: Side, node: string, data: string): Answered {
  const match = own(store, matchId, side, node);
  if (!match) return store.count('team', 'foreign');
  if (data.length > MOST_DATA) return store.count('team', 'size');
  if (match.sides[side].teamIn) return doubled(store, 'team');
  if (match.stage !== 'teams' || past(store, match)) return store.count('team', 'late');
  (store.parts.get(matchId) as MatchParts).teams[side] = data;
  return change(store, match, side, { teamIn: true }, 'TEAM_IN');
}

export function judge(store: Store, matchId: string, side: Side, node: string, refusal: Refusal | null): Answered {
  const match = own(store, matchId, side, node);
  if (!match) return store.count('judge', 'foreign');
  if (refusal === null) {
    if (match.sides[side].valid) return doubled(store, 'judge');
    if (match.stage !== 'validating' || past(store, match)) return store.count('judge', 'late');
    return change(store, match, side, { valid: true }, 'VALID');
  }
  if (refusal.reason.length > MOST_REASON) return store.count('judge', 'size');
  if (match.sides[side].refusal !== null) return doubled(store, 'judge');
  if (match.stage !== 'teams' && match.stage !== 'validating' && match.stage !== 'battle') return store.count('judge', 'late');
  const next = withSide(match, side, { refusal });
  store.matches.set(matchId, next);
  store.announce(match.queue, { kind: 'VALIDATION_ERROR', matchId, side, change: next.revision, ...refusal });
  return 'done';
}

export function append(
  store: Store,
  matchId: string,
  side: Side,
  node: string,
  counter: number,
  data: string,
  digest: string,
  after = 0,
): Appended {
  const match = own(store, matchId, side, node);
  const refused = (why: 'foreign' | 'late' | 'counter' | 'size' | 'tooMany') => ({ refused: store.count('append', why) });
  if (!match) return refused('foreign');
  const { turnsBySide, rate } = store.parts.get(matchId) as MatchParts;
  const own_ = turnsBySide[side];
  const before = own_[counter - 1];
  if (before !== undefined) {
    store.count('append', 'doubled');
    return { turn: before };
  }
  if (match.stage !== 'battle') return refused('late');
  if (counter !== own_.length + 1) return refused('counter');
  if (data.length > MOST_DATA || digest.length > MOST_DIGEST) return refused('size');
  const now = store.now();
  const second = Math.floor(now / 1000);
  const count = rate[side].second === second ? rate[side].count : 0;
  if (count >= MOST_TURNS_A_SECOND || match.turns >= MOST_TURNS_A_MATCH) return refused('tooMany');
  rate[side] = { second, count: count + 1 };
  const turn = match.turns + 1;
  own_.push(turn);
  const entry: LogEntry = { v: PROTOCOL_VERSION, kind: 'TURN', matchId, turn, side, counter, data, digest, after };
  store.matches.set(matchId, write(store, match, entry));
  return { turn };
}

export function over(store: Store, matchId: string, side: Side, node: string, winner: WinnerSide, digest: string): Answered {
  const match = own(store, matchId, side, node);
  if (!match) return store.count('over', 'foreign');
  if (digest.length > MOST_DIGEST) return store.count('over', 'size');
  const before = match.sides[side].result;
  if (before && (before.winner !== winner || before.digest !== digest)) return store.count('over', 'late');
  if (!before && (match.stage !== 'battle' || past(store, match))) return store.count('over', 'late');
  if (before) store.count('over', 'doubled');
  if (match.stage !== 'battle') return 'done';
  const firstOverAt = match.firstOverAt ?? store.now();
  const next = before ? match : { ...withSide(match, side, { result: { winner, digest } }), firstOverAt };
  store.matches.set(matchId, next);
  // Said again when it is reported again: the arena's OVER_OK may have been lost.
  store.announce(match.queue, { kind: 'BATTLE_OVER', matchId, side, change: next.revision, winner, digest, firstOverAt });
  return 'done';
}

export function takeElo(store: Store, matchId: string, side: Side, node: string): Answered {
  const match = own(store, matchId, side, node);
  if (!match) return store.count('takeElo', 'foreign');
  if (match.sides[side].eloTaken) return doubled(store, 'takeElo');
  if (match.stage !== 'rated') return store.count('takeElo', 'late');
  return change(store, match, side, { eloTaken: true }, 'ELO_TAKEN');
}

/** Writes an entry to the log and publishes it; returns the record that counts it. */
function write(store: Store, match: MatchRecord, entry: LogEntry): MatchRecord {
  const at = store.now();
  (store.parts.get(match.matchId) as MatchParts).log.push({ at, entry });
  store.publish(store.rooms.challenge(match.challengeRoom), entry);
  return { ...match, turns: entry.turn, lastEntryAt: at };
}

export function advance(store: Store, fence: Fence, request: AdvanceRequest): Advanced {
  const { matchId, revision, step } = request;
  const match = ofQueue(fence, store.matches.get(matchId));
  if (
    match?.revision !== revision ||
    !FROM[step.to].includes(match.stage) ||
    premature(match, step.to) ||
    early(store, match, step)
  )
    return { refused: store.count('advance', 'changed'), now: match ?? null };
  const { match: next, back } = STEPS[step.to](store, fence, request, match);
  store.matches.set(matchId, next);
  return { match: next, back };
}

/** A step whose stage is not complete: both sides have to have done their part. */
function premature({ sides }: MatchRecord, to: Step['to']): boolean {
  const part = NEEDS[to];
  return part !== undefined && sides.some((side) => !side[part]);
}

const NEEDS: { readonly [to in Step['to']]?: 'joined' | 'teamIn' | 'valid' } = {
  teams: 'joined',
  validating: 'teamIn',
  battle: 'valid',
};

/** A step that a deadline is the reason of, by the leader's clock, and that the bus's own clock does not allow yet. */
function early(store: Store, match: MatchRecord, step: Step): boolean {
  if (step.to === 'cancelled') return step.late && !past(store, match);
  if (step.to !== 'void') return false;
  const { silent } = step;
  if (silent) return silent.sides.some((side) => !store.isSilent(match.sides[side], silent.forMs));
  if (step.idleSince !== null) return match.lastEntryAt !== step.idleSince;
  return step.reason === 'TimeoutError' && match.stage !== 'battle' && !past(store, match);
}

interface Stepped {
  readonly match: MatchRecord;
  readonly back: readonly TicketRecord[];
}

type Apply = (store: Store, fence: Fence, request: AdvanceRequest, match: MatchRecord) => Stepped;

/** An entry of the leader, without what every one has. */
type LeaderEntry = DistributiveOmit<
  Exclude<LogEntry, { kind: 'TURN' }>,
  'v' | 'queue' | 'generation' | 'epoch' | 'matchId' | 'turn'
>;

function say(store: Store, fence: Fence, match: MatchRecord, entry: LeaderEntry): MatchRecord {
  const { matchId } = match;
  return write(store, match, { ...leaderPart(fence), matchId, turn: match.turns + 1, ...entry } as LogEntry);
}

const moved = (store: Store, match: MatchRecord, stage: Stage, windowMs: number): MatchRecord => ({
  ...match,
  stage,
  revision: match.revision + 1,
  deadline: store.now() + windowMs,
});

const opponent = ({ actor: { id, name, members, elo }, node }: SideRecord): Opponent => ({ id, name, members, elo, node });

const STEPS: { readonly [to in Step['to']]: Apply } = {
  teams(store, fence, { windowMs }, match) {
    const sides: [Opponent, Opponent] = [opponent(match.sides[0]), opponent(match.sides[1])];
    const begun = say(store, fence, match, { kind: 'BEGIN', sides, rated: match.rated });
    for (const { ticket } of match.sides) store.entomb(ticket, 'in a battle');
    store.begun.count(match.queue);
    return { match: moved(store, begun, 'teams', windowMs), back: [] };
  },
  validating(store, fence, { windowMs }, match) {
    const [first, second] = (store.parts.get(match.matchId) as MatchParts).teams;
    const one = say(store, fence, match, { kind: 'TEAM', side: 0, data: first as string });
    const both = say(store, fence, one, { kind: 'TEAM', side: 1, data: second as string });
    return { match: moved(store, both, 'validating', windowMs), back: [] };
  },
  battle(store, fence, { windowMs, seed }, match) {
    return { match: moved(store, say(store, fence, match, { kind: 'START', seed }), 'battle', windowMs), back: [] };
  },
  rated(store, fence, { windowMs, step, floor, ladder = null, keptResults = KEPT_RESULTS }, match) {
    if (step.to !== 'rated') throw new Error('store: not the step of this stage');
    const change = (side: SideRecord, delta: number): EloChange => ({ old: side.elo, new: side.elo + delta, delta });
    // A season has begun meanwhile: what began before it changes nothing of it.
    const isLadders = (side: SideRecord) =>
      ladder === null || side.elo === ladderElo(store, match.queue, side.actor.members, ladder);
    const counts = match.sides.every((side) => store.ofSeason(match.queue, side) && isLadders(side));
    const delta = counts ? step.delta : 0;
    const sides: [EloChange, EloChange] = [change(match.sides[0], delta), change(match.sides[1], 0 - delta)];
    if (match.rated && counts)
      for (const side of [0, 1] as const) {
        const { actor } = match.sides[side === 0 ? 1 : 0];
        const result = step.score === 0.5 ? 'drawn' : (step.score === 1) === (side === 0) ? 'won' : 'lost';
        const game = { at: store.now(), matchId: match.matchId, opponent: actor.id, result } as const;
        for (const rated of rateMembers(store, match.queue, match.sides[side], sides[side], floor))
          recordGame(store, match.queue, rated.player, { ...game, ...rated.change }, keptResults);
      }
    const winner = step.score === 1 ? 0 : step.score === 0 ? 1 : 'draw';
    const said = say(store, fence, match, { kind: 'ELO', winner, sides });
    freePlayers(store, match);
    return { match: moved(store, said, 'rated', windowMs), back: [] };
  },
  closed(store, _fence, _request, match) {
    store.matchEnded(match.matchId);
    return { match: moved(store, match, 'closed', 0), back: [] };
  },
  void(store, fence, { step, voids }, match) {
    if (step.to !== 'void') throw new Error('store: not the step of this stage');
    const { reason, against } = step;
    const detail = step.detail.slice(0, MOST_REASON);
    if (reason !== 'StoreLost') countVoids(store, match, against, step.silent !== undefined, voids);
    store.incidents.add({ ...incidentOf(match), id: `void:${match.matchId}`, kind: reason, detail, against });
    return { match: voided(store, fence, match, reason, detail), back: [] };
  },
  cancelled(store, fence, { step }, match) {
    if (step.to !== 'cancelled') throw new Error('store: not the step of this stage');
    freePlayers(store, match);
    store.matchEnded(match.matchId);
    if (match.how) {
      cancelSession(store, fence, match, step.failed, MOST_MISSED_JOINS);
      return { match: moved(store, match, 'cancelled', 0), back: [] };
    }
    const back: TicketRecord[] = [];
    for (const number of [0, 1] as const) {
      const side = match.sides[number];
      const failed = step.failed.includes(number);
      const missedJoins = failed ? side.missedJoins + 1 : 0;
      // A server that began anew or is gone has nobody to go back.
      const sign = store.signs.get(side.node);
      const isHere = !sign || (sign.boot === side.boot && sign.gone === null);
      const out = keptOut(store, side.node, playersOf(side.actor));
      const returns = !side.left && out === undefined && missedJoins < MOST_MISSED_JOINS && isHere;
      const why = out ?? (failed ? 'did not enter the challenge room in time' : 'the opponent did not come');
      const reason = side.left ? 'removed' : why;
      if (returns) {
        const record = putBack(store, ticketOf(match.queue, side, missedJoins));
        back.push(record);
        store.announce(match.queue, { kind: 'ENTERED', entry: bodyOf(record) });
      } else store.entomb(side.ticket, reason);
      store.publish(store.rooms.waiting(side.ticket), {
        ...leaderPart(fence),
        kind: 'CANCELLED',
        ticket: side.ticket,
        matchId: match.matchId,
        back: returns,
        reason,
      });
    }
    return { match: moved(store, match, 'cancelled', 0), back };
  },
};

/** The match is closed without a result. */
export function voided(store: Store, fence: Fence, match: MatchRecord, reason: string, detail: string): MatchRecord {
  const said = say(store, fence, match, { kind: 'VOID', reason, detail });
  freePlayers(store, match);
  store.matchEnded(match.matchId);
  return moved(store, said, 'void', 0);
}

/** What an incident says of a match as it is now. */
export const incidentOf = ({ queue, matchId, stage, sides, lastEntryAt, firstOverAt }: MatchRecord) => ({
  ...{ queue, matchId, stage, lastEntryAt, firstOverAt, log: `log:${matchId}` },
  actors: sides.map(({ actor }) => actor.id),
  nodes: sides.map(({ node }) => node),
});

const ticketOf = (queue: string, side: SideRecord, missedJoins: number): TicketRecord => ({
  ticket: side.ticket,
  queue,
  node: side.node,
  boot: side.boot,
  ruleset: side.ruleset,
  actor: side.actor,
  firstConsidered: side.firstConsidered,
  games: side.games,
  state: 'waiting',
  offerId: null,
  confirmed: false,
  missedJoins,
});

/** Each member changes by the side's change, from the rating that was played with where the side is one player. */
function rateMembers(
  store: Store,
  queue: string,
  side: SideRecord,
  { delta }: EloChange,
  floor: number,
): { readonly player: string; readonly change: EloChange }[] {
  const { members } = side.actor;
  return members.map((player) => {
    const isAlone = members.length === 1;
    const old = (isAlone ? undefined : store.ratings.get(ratingKey(queue, player))) ?? side.elo;
    const rated = isAlone ? old + delta : Math.max(Math.min(old, floor), old + delta);
    store.ratings.set(ratingKey(queue, player), rated);
    return { player, change: { old, new: rated, delta: rated - old } };
  });
}

function freePlayers(store: Store, match: MatchRecord): void {
  for (const side of match.sides) store.unplace(playersOf(side.actor), match.matchId);
}

export function log(store: Store, matchId: string, from: number, most: number): Logged[] {
  return store.parts.get(matchId)?.log.slice(Math.max(0, from - 1), Math.max(0, from - 1) + most) ?? [];
}
