/** A factory run of the test's own: whatever comes to it from outside comes when the test says, whether it is waited for or not. */
import { concat, defer, EMPTY, NEVER, type Observable, of, Subject, take } from 'rxjs';
import {
  ANSWERS,
  type Answer,
  type FactoryPort,
  factoryRun,
  type MatchState,
  type OfferRefusal,
  type OfferState,
  type Outcome,
  POOL_CLAMP,
  Queue,
  REPLIES,
  type Reply,
  type RunEvent,
  type RunInput,
  type Ticket,
} from '../../matcher/index.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { match } from './port.ts';
import { bob, jeff, joe, NOW } from './tickets.ts';

const LIMITS = { answerMs: 1000, restMs: 5000, offersPerRun: 3 };
const OFFER_MS = 20_000;
/** By then a refused settlement has been looked at again. */
const AGAIN_MS = 60;

/** A run of Joe over Bob and Jeff. */
export class DrivenRun implements FactoryPort {
  /** What the run asks for and tells, and what the queue says of the three. */
  private readonly told: string[] = [];
  private readonly time = new VirtualTime(NOW);
  private readonly queue = new Queue({
    pool: { base: 10, scale: 40, growth: 1.5, period: 15, curve: 'exponential', max: POOL_CLAMP },
    ...{ sameNode: true, maxDifference: POOL_CLAMP },
  });
  /** Who is asked or offered now: Bob, then Jeff. */
  private candidate = 'Bob';
  private readonly answers = new Map<string, Subject<Answer>>();
  private readonly locks: Subject<OfferState | OfferRefusal>[] = [];
  private readonly settlements: Subject<MatchState | 'settled' | 'refused'>[] = [];
  private readonly changes = new Subject<OfferState>();
  private offers = 0;
  private current: OfferState | undefined;
  private outcome: Outcome | undefined;

  constructor() {
    for (const each of [joe, bob, jeff]) this.queue.enter(each);
    const context = {
      ...{ queue: this.queue, port: this, limits: LIMITS, scheduler: this.time },
      busNow: () => this.time.now(),
    };
    factoryRun({ head: joe, candidate: bob, at: NOW }, context).subscribe({
      next: (event) => this.happened(event),
      error: (error: unknown) => this.told.push(String(error)),
      complete: () => this.told.push('over'),
    });
    this.told.splice(0);
  }

  /** What comes of it; `afterMs`: how long the time is that is over. */
  come(input: RunInput, afterMs = 0): string {
    const before = JSON.stringify(this.standings());
    this.input(input, afterMs);
    const now = this.standings();
    const told = this.told.splice(0);
    return [...told, ...(JSON.stringify(now) === before ? [] : [JSON.stringify(now).replaceAll('"', '')])].join(', ');
  }

  private happened(event: RunEvent): void {
    switch (event.kind) {
      case 'notThere':
        return void this.told.push(`${event.ticket.ticket} ${event.answer.kind}`);
      case 'discarded':
      case 'back':
        return void this.told.push(`${event.kind} ${event.why}`);
      case 'asked':
      case 'offered':
        return;
      case 'settled':
      case 'matched':
        return void this.told.push(event.kind);
    }
  }

  private standings(): Record<string, string> {
    const of = ({ ticket }: Ticket): [string, string] => [
      ticket,
      this.queue.get(ticket) ? (this.queue.isWaiting(ticket) ? 'waits' : 'locked') : 'out',
    ];
    return Object.fromEntries([joe, bob, jeff].map(of));
  }

  private input(input: RunInput, afterMs: number): void {
    const [who = '', what = ''] = input.split(' ');
    const ticket = who === 'head' ? 'Joe' : this.candidate;
    if (ANSWERS.some((answer) => answer === what)) {
      const answer = what === 'BUSY' ? { kind: what, reason: 'in a shop' } : { kind: what };
      this.answers.get(ticket)?.next(answer as Answer);
    } else if (who === 'offer') {
      for (const lock of this.locks) if (lock.observed) lock.next(what === 'locked' ? this.lock() : (what as OfferRefusal));
    } else if (REPLIES.some((reply) => reply === what)) {
      if (!this.current) return;
      this.current = { ...this.current, [`${who}Reply`]: what as Reply };
      this.changes.next(this.current);
    } else if (input === 'settled' || input === 'settlement refused') {
      const answer = input !== 'settled' ? 'refused' : this.outcome === 'match' ? match() : 'settled';
      for (const settlement of this.settlements) settlement.next(answer);
      if (answer === 'refused') this.time.runUntil(this.time.now() + AGAIN_MS);
    } else this.time.runUntil(this.time.now() + afterMs);
  }

  private lock(): OfferState {
    const replies = {
      headReply: this.current?.headReply === 'confirmed' ? 'confirmed' : 'pending',
      candidateReply: 'pending',
    } as const;
    const offer = { offerId: `o${this.offers++}`, head: 'Joe', candidate: this.candidate, ...replies };
    this.current = { ...offer, deadline: this.time.now() + OFFER_MS };
    return this.current;
  }

  ask = ({ ticket }: Ticket): Observable<Answer> =>
    defer(() => {
      this.told.push(`ask ${ticket}`);
      if (ticket !== 'Joe') this.candidate = ticket;
      const answers = this.answers.get(ticket) ?? new Subject<Answer>();
      this.answers.set(ticket, answers);
      return answers;
    });

  offer = (head: Ticket, candidate: Ticket): Observable<OfferState | OfferRefusal> =>
    defer(() => {
      this.told.push(`offer ${head.ticket} ${candidate.ticket}`);
      const lock = new Subject<OfferState | OfferRefusal>();
      this.locks.push(lock);
      return lock.pipe(take(1));
    });

  offer$ = (offerId: string): Observable<OfferState> =>
    defer(() => concat(of(this.current as OfferState), this.changes)).pipe((changes$) =>
      this.current?.offerId === offerId ? changes$ : NEVER,
    );

  settle = (_offerId: string, outcome: Outcome): Observable<MatchState | 'settled' | 'refused'> =>
    defer(() => {
      this.told.push(outcome);
      this.outcome = outcome;
      const settlement = new Subject<MatchState | 'settled' | 'refused'>();
      this.settlements.push(settlement);
      return settlement.pipe(take(1));
    });

  release = ({ ticket }: Ticket): Observable<void> => this.does(`release ${ticket}`, of(undefined));
  drop = ({ ticket }: Ticket): Observable<void> => this.does(`drop ${ticket}`, of(undefined));
  taken = ({ ticket }: Ticket): Observable<never> => this.does(`taken ${ticket}`, EMPTY);

  private does<T>(what: string, answer$: Observable<T>): Observable<T> {
    return defer(() => {
      this.told.push(what);
      return answer$;
    });
  }
}
