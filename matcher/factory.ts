/**
 * The factory: a head and its candidates → a confirmed match. One run per head, one observable per run. The first candidate comes from
 * the tick; each backup is the best that is left when it is needed, for most runs need none.
 *
 *   asking ── both HERE ──► offering ── locked ──► deciding ── decided ──► settling ── both confirmed ──► over: matched
 *     ▲ │                      │                      ▲                     │  │
 *     │ ├ candidate not there  ├ candidate taken      └────── refused ──────┘  ├ candidate failed: withdrawn, its head stays locked
 *     │ └──────────────────────┴───────────────────────┬───────────────────────┘
 *     └────────────────── the next one ────────────────┘
 *   over, too: nobody is left, or the offers are used up (discarded; back in the queue where the head was locked), the head is not there, or taken
 *   by another run (discarded), the head failed (withdrawn, the candidate back in the queue)
 */
import {
  combineLatest,
  concat,
  concatMap,
  defaultIfEmpty,
  defer,
  EMPTY,
  filter,
  finalize,
  forkJoin,
  ignoreElements,
  map,
  type Observable,
  of,
  type SchedulerLike,
  startWith,
  take,
  tap,
  timeout,
  timer,
} from 'rxjs';
import type { Ticket } from './actor.ts';
import { MOST_CANDIDATES } from './candidates.ts';
import type { FactoryPort, MatchState, OfferState, Outcome } from './ports.ts';
import type { Queue } from './queue.ts';
import { type AnswerOrSilence, type Discard, LEADS_TO, type RunEvent, type RunState } from './run.ts';
import type { Found } from './tick.ts';

export interface FactoryLimits {
  /** How long an ARE_YOU_THERE may go without an answer. */
  readonly answerMs: number;
  /** How long who was busy or silent is neither head nor candidate. */
  readonly restMs: number;
  /** How many offers a run makes before its head goes back. */
  readonly offersPerRun: number;
}

export interface FactoryContext {
  readonly queue: Queue;
  readonly port: FactoryPort;
  readonly limits: FactoryLimits;
  readonly scheduler: SchedulerLike;
  /** Bus time now, in ms. */
  busNow(): number;
}

/** How long after a refused settlement the offer is looked at again, and how far past a deadline it is judged. */
const AGAIN_MS = 50;
const PAST_MS = 1;

/** One run: completes when it is over, never errors of itself. Emits `matched` at most once, as its last event. */
export function factoryRun(found: Found, context: FactoryContext): Observable<RunEvent> {
  return defer(() => new Run(found.head, context).start(found.candidate));
}

/** An offer that a predecessor made: its run goes on with the time that is left. */
export function resumeOffer(offer: OfferState, context: FactoryContext): Observable<RunEvent> {
  return defer(() => {
    const head = context.queue.get(offer.head);
    const candidate = context.queue.get(offer.candidate);
    const gone = (ticket: string): Ticket => ({
      ticket,
      actor: { id: ticket, name: ticket, members: [], elo: 0, blocks: [] },
      node: '',
      ruleset: '',
      firstConsidered: 0,
    });
    return new Run(head ?? gone(offer.head), context).resume(offer, candidate ?? gone(offer.candidate));
  });
}

class Run {
  private state: RunState = 'asking';
  private headAnswer: AnswerOrSilence | undefined;
  private locked = false;
  private offers = 0;
  /** Tickets of the candidates that were asked. */
  private readonly asked = new Set<string>();
  private readonly head: Ticket;
  private readonly context: FactoryContext;

  constructor(head: Ticket, context: FactoryContext) {
    this.head = head;
    this.context = context;
  }

  start(candidate: Ticket): Observable<RunEvent> {
    const { queue } = this.context;
    queue.startRun(this.head.ticket);
    return this.attempt(candidate).pipe(finalize(() => queue.endRun(this.head.ticket)));
  }

  resume(offer: OfferState, candidate: Ticket): Observable<RunEvent> {
    const { queue } = this.context;
    this.state = 'offering';
    this.locked = true;
    this.offers = 1;
    this.asked.add(offer.candidate);
    queue.startRun(this.head.ticket);
    return this.decide(offer, candidate).pipe(finalize(() => queue.endRun(this.head.ticket)));
  }

  private to(next: RunState): void {
    if (!LEADS_TO[this.state].includes(next)) throw new Error(`matcher: no run goes from ${this.state} to ${next}`);
    this.state = next;
  }

  /** Asks and offers this candidate if it may still be met, else the best that is left. */
  private attempt(first?: Ticket): Observable<RunEvent> {
    return defer(() => {
      const { queue, limits, busNow } = this.context;
      if (!this.locked && !queue.isWaiting(this.head.ticket)) return this.end('headTaken');
      if (this.offers >= limits.offersPerRun) return this.end('offersUsed');
      const candidate = first && queue.mayMeet(this.head, first, busNow()) ? first : this.backup();
      if (!candidate) return this.end('nobodyLeft');
      this.to('asking');
      this.asked.add(candidate.ticket);
      queue.ask(this.head.ticket, candidate.ticket);
      const answers = forkJoin([this.askHead(), this.ask(candidate)]).pipe(
        concatMap(([head, other]) => {
          const absent = other.kind === 'HERE' ? EMPTY : this.notThere(candidate, other);
          if (head.kind !== 'HERE') return concat(this.notThere(this.head, head), absent, this.end('headNotThere'));
          if (other.kind !== 'HERE') return concat(absent, this.attempt());
          return this.offer(candidate);
        }),
      );
      return concat(of<RunEvent>({ kind: 'asked', candidate }), answers);
    });
  }

  /** The best candidate that this run has not asked yet. */
  private backup(): Ticket | undefined {
    const { queue, busNow } = this.context;
    if (this.asked.size >= MOST_CANDIDATES) return undefined;
    return queue.find(this.head, busNow(), 1, this.asked)[0];
  }

  private ask(ticket: Ticket): Observable<AnswerOrSilence> {
    const { port, limits, scheduler } = this.context;
    const silent: AnswerOrSilence = { kind: 'SILENT' };
    return port
      .ask(ticket)
      .pipe(
        take(1),
        timeout({ first: limits.answerMs, with: () => of(silent), scheduler }),
        defaultIfEmpty<AnswerOrSilence, AnswerOrSilence>(silent),
      );
  }

  /** The head is asked once per run. */
  private askHead(): Observable<AnswerOrSilence> {
    return this.headAnswer ? of(this.headAnswer) : this.ask(this.head).pipe(tap((answer) => (this.headAnswer = answer)));
  }

  private notThere(ticket: Ticket, answer: AnswerOrSilence): Observable<RunEvent> {
    const { queue, port, limits, busNow } = this.context;
    return defer(() => {
      const event = of<RunEvent>({ kind: 'notThere', ticket, answer });
      if (answer.kind !== 'GONE') {
        queue.rest(ticket.ticket, busNow() + limits.restMs);
        return event;
      }
      queue.leave(ticket.ticket);
      return concat(event, port.drop(ticket).pipe(ignoreElements()));
    });
  }

  private offer(candidate: Ticket): Observable<RunEvent> {
    const { queue, port } = this.context;
    this.to('offering');
    return port.offer(this.head, candidate).pipe(
      concatMap((answer) => {
        if (answer === 'candidateTaken') return this.attempt();
        if (answer === 'headTaken') return concat(port.taken(candidate), this.end('headTaken'));
        queue.lock(this.head.ticket);
        queue.lock(candidate.ticket);
        this.locked = true;
        this.offers++;
        const offered: RunEvent = {
          kind: 'offered',
          offer: answer,
          head: this.head,
          candidate,
          asked: this.asked.size,
        };
        return concat(of(offered), this.decide(answer, candidate));
      }),
    );
  }

  /** Waits until the offer is decided, by its replies or by its deadline, and settles it. */
  private decide(offer: OfferState, candidate: Ticket): Observable<RunEvent> {
    const { port, scheduler, busNow } = this.context;
    return defer(() => {
      this.to('deciding');
      const leftMs = offer.deadline - busNow();
      const late$ = timer(Math.max(0, leftMs) + PAST_MS, scheduler).pipe(
        map(() => true),
        // Who declined in time may be settled past the deadline, when who has not answered has failed too.
        startWith(leftMs < 0),
      );
      return combineLatest([port.offer$(offer.offerId), late$]).pipe(
        map(([state, late]) => ({ state, outcome: outcomeOf(state, late) })),
        filter((decided): decided is { state: OfferState; outcome: Outcome } => decided.outcome !== undefined),
        take(1),
        concatMap(({ state, outcome }) => {
          this.to('settling');
          return port.settle(offer.offerId, outcome).pipe(
            concatMap((settled) => {
              if (settled === 'refused') return timer(AGAIN_MS, scheduler).pipe(concatMap(() => this.decide(offer, candidate)));
              return this.settled(state, outcome, candidate, settled);
            }),
          );
        }),
      );
    });
  }

  private settled(
    offer: OfferState,
    outcome: Outcome,
    candidate: Ticket,
    settled: MatchState | 'settled',
  ): Observable<RunEvent> {
    const { queue } = this.context;
    if (outcome === 'headFailed') queue.comeBack(candidate.ticket);
    else queue.leave(candidate.ticket);
    if (outcome !== 'candidateFailed') queue.leave(this.head.ticket);
    const event = of<RunEvent>({ kind: 'settled', outcome, offer, head: this.head, candidate });
    if (outcome !== 'candidateFailed') this.to('over');
    if (settled !== 'settled') return concat(event, of<RunEvent>({ kind: 'matched', match: settled }));
    if (outcome !== 'candidateFailed') return event;
    return concat(event, this.attempt());
  }

  /** The run is over without a match. A discarded run costs no ranks; a locked head goes back with its old time. */
  private end(why: Discard): Observable<RunEvent> {
    const { queue, port } = this.context;
    const head = this.head;
    this.to('over');
    if (!this.locked) return of({ kind: 'discarded', head, why });
    const back = defer(() => (queue.comeBack(head.ticket) ? of<RunEvent>({ kind: 'back', head, why }) : EMPTY));
    return concat(port.release(head).pipe(ignoreElements()), back);
  }
}

/** What these replies come to, or undefined while the offer is open. */
export function outcomeOf(offer: OfferState, late: boolean): Outcome | undefined {
  const fails = (reply: OfferState['headReply']): boolean =>
    reply === 'declined' || reply === 'removed' || (late && reply === 'pending');
  const head = fails(offer.headReply);
  const candidate = fails(offer.candidateReply);
  if (head && candidate) return 'bothFailed';
  if (head) return 'headFailed';
  if (candidate) return 'candidateFailed';
  return offer.headReply === 'confirmed' && offer.candidateReply === 'confirmed' ? 'match' : undefined;
}
