/**
 * What a game must provide. An adapter is one object with these functions; everything else Jaeger does.
 *
 * Besides, the adapter calls `jaeger.add(actor)` when a player queues and `jaeger.remove(actorId)` when a player cancels or leaves
 * the server. A function that throws, rejects or errors is reported as a `fault` event and counts as a refusal: it never
 * stops the game server or Jaeger.
 */
import { from, isObservable, Observable, take } from 'rxjs';
import type { ActorBody, Opponent } from '../bus/messages.ts';
import type { SideNumber, Winner } from '../matcher/index.ts';
import type { ControllableBattleActor } from './battle-actor.ts';
import { type Problem, problem } from './errors.ts';
import { errorText, isPromise } from './guard.ts';
import type { LogLine } from './lines.ts';
import type { MatchError } from './match-errors.ts';

/** A value now, or later: a promise, or an observable of which the first value counts. */
export type Later<T> = T | PromiseLike<T> | Observable<T>;

/** An actor of this server, as it was added. */
export type LocalActor = Readonly<ActorBody>;

/** What a player should know. */
export type Notice =
  /** In the queue. */
  | { readonly kind: 'queued'; readonly queue: string; readonly elo: number }
  /** On the wait list of instant matches. */
  | { readonly kind: 'waiting'; readonly queue: string }
  /** Somebody fitted, and somebody else was quicker; still waiting. */
  | { readonly kind: 'late' }
  /** After a match: may it be played once more, or has the other one asked, or is that over? `withinMs`: how long there is to ask. */
  | { readonly kind: 'rematch'; readonly matchId: string; readonly may: 'ask' | 'agree' | 'not'; readonly withinMs: number }
  /** Both confirmed; the match is being opened. */
  | { readonly kind: 'matched'; readonly matchId: string }
  /** In the queue again, with the time already waited. */
  | { readonly kind: 'back'; readonly reason: string }
  /** Out of the queue. */
  | { readonly kind: 'withdrawn'; readonly reason: string }
  /** The bus is out of reach: nothing moves for now. Who waits keeps the place in the queue; turns of a battle come later. */
  | { readonly kind: 'unreachable' }
  /** The bus can be reached again: everything goes on. */
  | { readonly kind: 'reachable' }
  /** The match has begun; teams are next. */
  | { readonly kind: 'begun'; readonly match: MatchView }
  /** The opponent dropped out of the battle and has so long to come back, in ms; then it has forfeited. */
  | { readonly kind: 'opponentAway'; readonly matchId: string; readonly forMs: number }
  | { readonly kind: 'opponentBack'; readonly matchId: string }
  /** The match was closed without a result; nobody's Elo changed. */
  | {
      readonly kind: 'void';
      readonly matchId: string;
      readonly reason: string;
      readonly detail: string;
      /** One of the classes of match errors; `reason` is its code. */
      readonly error: MatchError;
    }
  /** The match is over. Apply `new` once per match id where the host keeps its own ratings. */
  | {
      readonly kind: 'elo';
      readonly matchId: string;
      readonly winner: Winner;
      readonly side: SideNumber;
      readonly old: number;
      readonly new: number;
      readonly delta: number;
    };

/** An offer that a player is asked to accept. */
export interface OfferView {
  readonly offerId: string;
  readonly queue: string;
  /** How long there is to answer, in ms. */
  readonly windowMs: number;
}

/** A match as one of its two servers sees it. */
export interface MatchView {
  readonly matchId: string;
  readonly queue: string;
  /** Who takes part: the same on both servers. */
  readonly sides: readonly [Opponent, Opponent];
  /** Which of them is the local one. */
  readonly side: SideNumber;
  readonly rated: boolean;
}

/** Everything that decides a battle: two servers that start with the same and apply the same turns compute the same. */
export interface BattleSetup extends MatchView {
  /** The random seed of the battle: any text; derive from it whatever the game's generator wants. */
  readonly seed: string;
  /** The teams of side 0 and side 1, as their hosts handed them over. */
  readonly teams: readonly [string, string];
}

export interface Host {
  /**
   * Hash of the rules by which this server plays a queue (version, format, bans). Called at `add`; return the same text for the same rules.
   * Actors whose rulesets differ are never paired. Left out: all servers of the realm play by the same rules.
   */
  ruleset?(queue: string): string;

  /**
   * The game server's own log: called with what an owner should see, a line an event (`log` in the configuration says how much). Left out: lines on stderr.
   * What it returns or throws is ignored.
   */
  log?(line: LogLine): unknown;

  /** Tells a player something. Called at any time, in the order in which things happened. What it returns is ignored. */
  tell(actor: LocalActor, notice: Notice): unknown;

  /**
   * Asks a player to accept a match. Called once per offer; a later one, or a `tell` of `back` or `withdrawn`, takes the place of the earlier,
   * whose answer then counts for nothing (an observable is unsubscribed). Return true to confirm, false to decline;
   * no answer within `windowMs` counts as declined.
   */
  accept(actor: LocalActor, offer: OfferView): Later<boolean>;

  /**
   * Asked at the start, for each open match of before, where this server was started anew within 60 s (`times.silenceMs`): can it be gone on with? Return true,
   * and `battle` is called as ever; its turns begin with all that were played, then `opponent.onLive` says that the local player goes on. While the
   * player is not connected yet, say `opponent.dropped()`. Left out, or false: the match is void (`NodeLost`).
   */
  rejoin?(actor: LocalActor, match: MatchView): Later<boolean>;

  /** Hands over the actor's team, as text of at most 65,536 characters that only hosts read. Called once, when the match has begun. */
  team(actor: LocalActor, match: MatchView): Later<string>;

  /**
   * Judges both teams by this server's rules; called once, after both were handed over. Return null to accept, or the reason
   * (shown to the players) to refuse, which closes the match without a result.
   */
  validate(match: MatchView, teams: readonly [string, string]): Later<string | null>;

  /**
   * Starts the battle of the local player against the stand-in. Called once, after both servers accepted. Apply every turn
   * that `opponent.onTurn` brings, of either side, in the order it comes; give every input of the local player to
   * `opponent.send` and do not apply it before it comes back; report the end with `opponent.over`. `opponent.onEnd` says
   * that the match is closed, with or without a result: tidy up then.
   */
  battle(setup: BattleSetup, opponent: ControllableBattleActor): unknown;
}

/** The functions that every host has. */
const REQUIRED = ['tell', 'accept', 'team', 'validate', 'battle'] as const satisfies readonly (keyof Host)[];

/** Every function that this host lacks, or has as something else. */
export function problemsOfHost(host: unknown): Problem[] {
  if (typeof host !== 'object' || host === null) return [problem('host', 'an object with the functions of a host', host)];
  const kindOf = (name: keyof Host): unknown => {
    try {
      return (host as { [name in keyof Host]?: unknown })[name];
    } catch (error) {
      return errorText(error);
    }
  };
  const problems = REQUIRED.filter((name) => typeof kindOf(name) !== 'function').map((name) =>
    problem(`host.${name}`, 'a function', kindOf(name)),
  );
  for (const name of ['ruleset', 'rejoin', 'log'] as const) {
    const kind = kindOf(name);
    if (kind !== undefined && typeof kind !== 'function')
      problems.push(problem(`host.${name}`, 'a function, or nothing', kind));
  }
  return problems;
}

/** What a host returns, as an observable of one value. Nothing is called before it is subscribed to. */
export const later = <T>(call: () => Later<T>): Observable<T> =>
  new Observable((subscriber) => {
    const value = call();
    if (isObservable(value)) value.pipe(take(1)).subscribe(subscriber);
    else if (isPromise(value)) from(value as PromiseLike<T>).subscribe(subscriber);
    else {
      subscriber.next(value as T);
      subscriber.complete();
    }
  });
