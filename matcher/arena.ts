/**
 * The arena: a confirmed match → Elo. What comes next is decided from the match's record alone, so that a successor goes on
 * from any stage.
 *
 *   joining ── both joined, BEGIN ──► teams ── both in, TEAMs shown ──► validating ── both valid, START ──► battle
 *      │                                │                                   │                                │
 *      └ late, or left ──► cancelled    └ late ──► void                     └ late, or refused ──► void      │
 *                                                                                                            │
 *   closed ◄── both took it ── rated ◄── results agree, or the one received concedes ────────────────────────┤
 *                                               refused, results differ, idle, too long, silent ──► void ◄───┘
 */
import { Observable, type SchedulerLike, Subscription } from 'rxjs';
import { type EloOptions, eloDelta, type KOptions, kOfMatch, type Score } from './elo.ts';
import type { ArenaPort, MatchState, Refusal, SideNumber, SideState, Stage, Step, VoidReason, Winner } from './ports.ts';

export interface ArenaLimits {
  /** A battle without a log entry for so long is over. */
  readonly idleMs: number;
  /** How long the second BATTLE_OVER may come after the first. */
  readonly secondResultMs: number;
  /** How long after a server's last sign of life its battles are over. */
  readonly silenceMs: number;
  readonly elo: EloOptions & KOptions;
}

export interface ArenaContext {
  readonly port: ArenaPort;
  readonly limits: ArenaLimits;
  readonly scheduler: SchedulerLike;
  /** Bus time now, in ms. */
  busNow(): number;
  /** Bus time at which a side's server is given up; undefined while it is alive as far as is known. `match$` emits again when it changes. */
  givenUpAt(side: SideState): number | undefined;
}

/** How long after a refused transition the match is looked at again, and how far past a deadline it is judged. */
const AGAIN_MS = 50;
const PAST_MS = 1;

const FINAL: ReadonlySet<Stage> = new Set<Stage>(['closed', 'cancelled', 'void']);

/** One match: emits its record at every new stage, completes after the last. Never errors of itself. */
export function arena(matchId: string, context: ArenaContext): Observable<MatchState> {
  const { port, limits, scheduler, busNow, givenUpAt } = context;
  // A busy leader has hundreds of these under way: one subscription each, and no operators that are made anew at every change.
  return new Observable((subscriber) => {
    const error = (reason: unknown): void => subscriber.error(reason);
    let before: MatchState | undefined;
    let acting: Subscription | undefined;
    /** A step that moved the match makes `match$` emit, which ends this; one that was refused is looked at again. */
    const act = (state: MatchState, { at, step }: Due, until: Subscription): void => {
      // By then a server that was silent may be known to live.
      const again = (): void => {
        const next = nextStep(state, limits, givenUpAt);
        if (next) act(state, next, until);
      };
      const advance = (): void => {
        const complete = (): void => until.add(scheduler.schedule(again, AGAIN_MS));
        until.add(port.advance(state, step).subscribe({ error, complete }));
      };
      const waitMs = at - busNow();
      if (waitMs > 0) until.add(scheduler.schedule(advance, waitMs));
      else advance();
    };
    const follow = (state: MatchState): void => {
      acting?.unsubscribe();
      const until = new Subscription();
      acting = until;
      const acknowledged = toAcknowledge(before, state);
      const isNew = before?.stage !== state.stage;
      before = state;
      if (isNew) subscriber.next(state);
      if (FINAL.has(state.stage)) subscriber.complete();
      // Whoever was told of it may have moved it on already.
      if (subscriber.closed || acting !== until) return;
      for (const side of acknowledged) until.add(port.acknowledge(matchId, side).subscribe({ error }));
      const next = nextStep(state, limits, givenUpAt);
      if (next && acting === until) act(state, next, until);
    };
    const next = (state: MatchState): void => {
      try {
        follow(state);
      } catch (reason) {
        error(reason);
      }
    };
    subscriber.add(() => acting?.unsubscribe());
    subscriber.add(port.match$(matchId).subscribe({ next, error }));
  });
}

const SIDES: readonly SideNumber[] = [0, 1];

/**
 * The sides whose result is to be acknowledged: it is new here, or the record is seen again unchanged, for a side that says its result again did not
 * hear the last OVER_OK. After the battle nobody waits for one: the log says how the match ended.
 */
function toAcknowledge(before: MatchState | undefined, state: MatchState): SideNumber[] {
  if (state.stage !== 'battle') return [];
  return SIDES.filter((side) => state.sides[side].result && (before === state || !before?.sides[side].result));
}

interface Due {
  /** Bus time from which the step is due. */
  readonly at: number;
  readonly step: Step;
}

const now = (step: Step): Due => ({ at: Number.NEGATIVE_INFINITY, step });
const late = (deadline: number, step: Step): Due => ({ at: deadline + PAST_MS, step });
const voided = (
  reason: VoidReason,
  detail: string,
  against: SideNumber | null = null,
  idleSince: number | null = null,
): Extract<Step, { to: 'void' }> => ({
  to: 'void',
  reason,
  detail,
  against,
  idleSince,
});
const missing = (state: MatchState, has: (side: MatchState['sides'][0]) => boolean): SideNumber[] =>
  SIDES.filter((side) => !has(state.sides[side]));
/** The one side that is missing; null when both are, for then nobody alone is to blame. */
const blame = (sides: readonly SideNumber[]): SideNumber | null => (sides.length === 1 ? (sides[0] as SideNumber) : null);

/** When the match is closed because a server, or both, fell silent. */
function silenced({ sides }: MatchState, { silenceMs }: ArenaLimits, givenUpAt: ArenaContext['givenUpAt']): Due | undefined {
  const ends = SIDES.flatMap((side) => {
    const at = givenUpAt(sides[side]);
    return at === undefined ? [] : [{ side, at }];
  });
  if (ends.length === 0) return undefined;
  const at = Math.min(...ends.map((end) => end.at));
  const silent = ends.filter((end) => end.at === at).map(({ side }) => side);
  const against = ends.length === 1 ? (silent[0] as SideNumber) : null;
  const step: Step = {
    ...{ to: 'void', reason: 'NodeLost', against, idleSince: null, silent: { sides: silent, forMs: silenceMs } },
    detail: `the server of side ${silent.join(' and ')} gives no sign of life`,
  };
  return late(at, step);
}

const sooner = (one: Due, other: Due | undefined): Due => (other && other.at < one.at ? other : one);

/** The next transition of a match and when it is due; undefined when the match is over. Pure. */
export function nextStep(
  state: MatchState,
  limits: ArenaLimits,
  givenUpAt: ArenaContext['givenUpAt'] = () => undefined,
): Due | undefined {
  const { sides, deadline } = state;
  const isOpen = state.stage === 'teams' || state.stage === 'validating' || state.stage === 'battle';
  if (isOpen && sides.some((side) => side.lost))
    return now(voided('StoreLost', 'a server holds more of this match than the bus'));
  const refusing = SIDES.find((side) => sides[side].refusal !== null);
  if (refusing !== undefined && isOpen) {
    const { code, reason } = sides[refusing].refusal as Refusal;
    // It says of itself that it began anew: then there is no waiting for a sign of life of before.
    if (code === 'NodeLost') return now({ ...voided(code, reason, refusing), silent: { sides: [refusing], forMs: 0 } });
    return now(voided(code, reason));
  }
  const silence = () => silenced(state, limits, givenUpAt);
  switch (state.stage) {
    case 'joining': {
      const left = SIDES.filter((side) => sides[side].left);
      if (left.length > 0) return now({ to: 'cancelled', failed: left, late: false });
      const absent = missing(state, (side) => side.joined);
      return absent.length === 0 ? now({ to: 'teams' }) : late(deadline, { to: 'cancelled', failed: absent, late: true });
    }
    case 'teams': {
      const absent = missing(state, (side) => side.teamIn);
      return absent.length === 0
        ? now({ to: 'validating' })
        : sooner(late(deadline, voided('TimeoutError', 'no team within the time', blame(absent))), silence());
    }
    case 'validating': {
      const absent = missing(state, (side) => side.valid);
      return absent.length === 0
        ? now({ to: 'battle' })
        : sooner(late(deadline, voided('TimeoutError', 'no verdict on the teams within the time', blame(absent))), silence());
    }
    case 'battle':
      return battleStep(state, limits, silence);
    case 'rated':
      return missing(state, (side) => side.eloTaken).length === 0 ? now({ to: 'closed' }) : late(deadline, { to: 'closed' });
    case 'closed':
    case 'cancelled':
    case 'void':
      return undefined;
  }
}

function battleStep(state: MatchState, limits: ArenaLimits, silence: () => Due | undefined): Due {
  const [first, second] = [state.sides[0].result, state.sides[1].result];
  if (first && second) {
    if (first.winner === 1 && second.winner === 0 && first.digest === '' && second.digest === '')
      return now(voided('TimeoutError', 'both sides gave the battle up'));
    if (first.winner !== second.winner)
      return now(voided('ResultMismatch', `side 0 says ${first.winner}, side 1 says ${second.winner}`));
    // Who gives the game up has no final state to tell of.
    const isForfeit = first.winner !== 'draw' && (first.winner === 0 ? second : first).digest === '';
    if (first.digest !== second.digest && !isForfeit)
      return now(voided('DigestMismatch', 'the two battles ended in different states'));
    return now(rate(state, first.winner, limits));
  }
  const only = first ?? second;
  if (only && state.firstOverAt !== null) {
    const side: SideNumber = first ? 0 : 1;
    const silent: SideNumber = first ? 1 : 0;
    const until = state.firstOverAt + limits.secondResultMs;
    if (only.winner === silent) return late(until, rate(state, only.winner, limits));
    // Where somebody played on the end may have been none, and nobody alone is to blame. Whether somebody did, the bus knows.
    const [against, idleSince] = state.lastEntryAt > state.firstOverAt ? [null, null] : [silent, state.lastEntryAt];
    return late(until, voided('TimeoutError', `only side ${side} reported the end of the battle`, against, idleSince));
  }
  const idleUntil = state.lastEntryAt + limits.idleMs;
  const over =
    idleUntil < state.deadline
      ? late(idleUntil, voided('TimeoutError', 'no turn within the time', null, state.lastEntryAt))
      : late(state.deadline, voided('TimeoutError', 'the battle took too long'));
  return sooner(over, silence());
}

/** What side 0 scored. */
export const scoreOf = (winner: Winner): Score => (winner === 'draw' ? 0.5 : winner === 0 ? 1 : 0);

function rate(state: MatchState, winner: Winner, limits: ArenaLimits): Step {
  const score = scoreOf(winner);
  const [first, second] = state.sides;
  const elo = { floor: limits.elo.floor, k: kOfMatch([first, second], limits.elo) };
  const delta = state.rated ? eloDelta(first.elo, second.elo, score, elo) : 0;
  return { to: 'rated', score, delta };
}
