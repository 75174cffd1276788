/** A factory port of the test's own: it says what the test tells it to, in virtual time, and writes down what it was asked. */
import { concat, defer, delay, EMPTY, filter, NEVER, type Observable, of, type SchedulerLike, Subject } from 'rxjs';
import {
  type Answer,
  type FactoryPort,
  type MatchState,
  type OfferState,
  outcomeOf,
  type SideState,
} from '../../matcher/index.ts';

/** What an actor does: its answers, its reply to an offer and how long it takes. */
export interface Script {
  readonly presence?: Answer | 'SILENT';
  readonly answerAfterMs?: number;
  readonly reply?: 'confirmed' | 'declined' | 'removed' | 'silent';
  readonly replyAfterMs?: number;
  readonly taken?: boolean;
}

export const side = (ticket: string, more: Partial<SideState> = {}): SideState => ({
  ticket,
  elo: 1000,
  games: 0,
  node: 'A',
  boot: 'boot A',
  joined: false,
  left: false,
  teamIn: false,
  valid: false,
  refusal: null,
  result: null,
  eloTaken: false,
  ...more,
});

export const match = (more: Partial<MatchState> = {}): MatchState => ({
  matchId: 'm',
  stage: 'joining',
  revision: 1,
  deadline: 10_000,
  lastEntryAt: 0,
  firstOverAt: null,
  rated: true,
  sides: [side('Joe'), side('Bob', { node: 'B' })],
  ...more,
});

export class ScriptedPort implements FactoryPort {
  readonly said: string[] = [];
  private readonly offers = new Map<string, OfferState>();
  private readonly changes = new Subject<OfferState>();
  private readonly confirmed = new Set<string>();
  private readonly scheduler: SchedulerLike;
  private readonly scripts: Readonly<Record<string, Script>>;
  private readonly windowMs: number;
  /** How often `settle` is refused before it does what it is told. */
  refusals = 0;

  constructor(scheduler: SchedulerLike, scripts: Readonly<Record<string, Script>>, windowMs = 20_000) {
    this.scheduler = scheduler;
    this.scripts = scripts;
    this.windowMs = windowMs;
  }

  private script(ticket: string): Script {
    return this.scripts[ticket] ?? {};
  }

  ask: FactoryPort['ask'] = ({ ticket }) =>
    defer((): Observable<Answer> => {
      this.said.push(`ask ${ticket}`);
      const { presence = { kind: 'HERE' }, answerAfterMs = 1 } = this.script(ticket);
      return presence === 'SILENT' ? NEVER : of(presence).pipe(delay(answerAfterMs, this.scheduler));
    });

  offer: FactoryPort['offer'] = (head, candidate) =>
    defer(() => {
      for (const [who, refusal] of [
        [head.ticket, 'headTaken'],
        [candidate.ticket, 'candidateTaken'],
      ] as const)
        if (this.script(who).taken) return of(refusal);
      this.said.push(`offer ${head.ticket} ${candidate.ticket}`);
      const offerId = `o${this.offers.size}`;
      const offer: OfferState = {
        offerId,
        head: head.ticket,
        candidate: candidate.ticket,
        deadline: this.scheduler.now() + this.windowMs,
        headReply: this.confirmed.has(head.ticket) ? 'confirmed' : 'pending',
        candidateReply: 'pending',
      };
      this.offers.set(offerId, offer);
      if (offer.headReply === 'pending') this.replies(offerId, head.ticket, 'headReply');
      this.replies(offerId, candidate.ticket, 'candidateReply');
      return of(offer);
    });

  private replies(offerId: string, ticket: string, which: 'headReply' | 'candidateReply'): void {
    const { reply = 'confirmed', replyAfterMs = 1000 } = this.script(ticket);
    if (reply === 'silent') return;
    this.scheduler.schedule(() => {
      const offer = this.offers.get(offerId);
      if (!offer || this.scheduler.now() > offer.deadline) return;
      if (reply === 'confirmed') this.confirmed.add(ticket);
      const next = { ...offer, [which]: reply };
      this.offers.set(offerId, next);
      this.changes.next(next);
    }, replyAfterMs);
  }

  offer$: FactoryPort['offer$'] = (offerId) =>
    concat(
      defer(() => of(this.offers.get(offerId) as OfferState)),
      this.changes.pipe(filter((offer) => offer.offerId === offerId)),
    );

  settle: FactoryPort['settle'] = (offerId, outcome) =>
    defer((): Observable<MatchState | 'settled' | 'refused'> => {
      const offer = this.offers.get(offerId) as OfferState;
      if (this.refusals-- > 0 || outcomeOf(offer, this.scheduler.now() > offer.deadline) !== outcome) return of('refused');
      this.said.push(`settle ${outcome}`);
      return of(outcome === 'match' ? match() : 'settled');
    });

  release: FactoryPort['release'] = ({ ticket }) =>
    defer(() => {
      this.said.push(`release ${ticket}`);
      return of(undefined);
    });

  drop: FactoryPort['drop'] = ({ ticket }) =>
    defer(() => {
      this.said.push(`drop ${ticket}`);
      return of(undefined);
    });

  taken: FactoryPort['taken'] = ({ ticket }) =>
    defer(() => {
      this.said.push(`taken ${ticket}`);
      return EMPTY;
    });
}
