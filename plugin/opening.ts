/** The opening of a match on one side: BEGIN, its team, both teams, its verdict on them. */
import { concat, concatMap, EMPTY, map, type Observable } from 'rxjs';
import { type Begin, MOST_DATA, MOST_REASON, type Team } from '../bus/messages.ts';
import type { Stage } from '../matcher/index.ts';
import type { EventBody } from './events.ts';
import { type BattleSetup, later, type MatchView } from './host.ts';
import type { MatchContext, Seat } from './match-context.ts';
import { insist, saidAgain } from './runtime.ts';
import type { Verdict } from './verdict.ts';
import { saidFirst } from './works.ts';

/** What this side has done already, before its server began anew. */
export interface Done {
  readonly team: boolean;
  readonly verdict: boolean;
}

export interface OpeningOptions {
  readonly seat: Seat;
  readonly queue: string;
  readonly context: MatchContext;
  readonly verdict: Verdict;
  readonly done: Done;
}

export class Opening {
  private readonly options: OpeningOptions;
  private view: MatchView | undefined;
  private readonly teams: [string | undefined, string | undefined] = [undefined, undefined];

  constructor(options: OpeningOptions) {
    this.options = options;
  }

  begin({ sides, rated }: Begin): Observable<EventBody> {
    const { seat, queue, context, verdict, done } = this.options;
    const { runtime, host, actor, nodeId, tell } = context;
    const { matchId, side, again$ } = seat;
    const view: MatchView = { matchId, queue, sides, side, rated };
    this.view = view;
    const hand$ = later(() => host.team(actor, view)).pipe(
      map((data) => {
        if (typeof data !== 'string') throw new TypeError('the team is not text');
        if (data.length > MOST_DATA) throw new RangeError(`the team is longer than ${MOST_DATA} characters`);
        return data;
      }),
      concatMap((data) => saidAgain(again$, () => insist(runtime)(runtime.bus.team(matchId, side, nodeId, data)))),
      verdict.onError('team'),
    );
    const begun: EventBody = { kind: 'begun', id: actor.id, matchId, opponent: sides[side === 0 ? 1 : 0].id };
    const told$ = tell({ kind: 'begun', match: view });
    return saidFirst(begun, done.team ? told$ : concat(told$, hand$));
  }

  team({ side, data }: Team): Observable<EventBody> {
    this.teams[side] = data;
    return side === 1 && !this.options.done.verdict ? this.judge() : EMPTY;
  }

  /** Who takes part, once that is known. */
  get sides(): MatchView['sides'] | undefined {
    return this.view?.sides;
  }

  /** The stage that the match is in before its battle, as far as is known here. */
  get stage(): Stage {
    return !this.view ? 'joining' : this.teams.includes(undefined) ? 'teams' : 'validating';
  }

  setup(seed: string): BattleSetup {
    return { ...(this.view as MatchView), seed, teams: this.teams as [string, string] };
  }

  private judge(): Observable<EventBody> {
    const { verdict, context } = this.options;
    return later(() => context.host.validate(this.view as MatchView, this.teams as [string, string])).pipe(
      concatMap((refusal: unknown) => {
        if (refusal !== null && (typeof refusal !== 'string' || refusal === ''))
          throw new TypeError('validate returns null, or the reason as text');
        return verdict.say(refusal === null ? null : { code: 'ValidationError', reason: refusal.slice(0, MOST_REASON) });
      }),
      verdict.onError('validate'),
    );
  }
}
