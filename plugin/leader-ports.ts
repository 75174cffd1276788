/** What the factory and the arena ask of the world, answered by the bus: under the leader's fence, and kept in the ledger. */
import { defer, Observable, type Subscriber, share, switchMap, take, tap } from 'rxjs';
import type { Fence, Fenced, OfferRequest } from '../bus/bus.ts';
import type { VoidRules } from '../bus/conduct.ts';
import { PROTOCOL_VERSION } from '../bus/messages.ts';
import type { MatchRecord } from '../bus/records.ts';
import type { Answer, ArenaPort, FactoryPort, Queue, Step, Ticket } from '../matcher/index.ts';
import type { QueueConfig } from './config.ts';
import type { Counts } from './counts.ts';
import { MADE_WITHIN_MS } from './late-offers.ts';
import { type Ledger, ticketOf } from './ledger.ts';
import { mayBeLost, type Runtime } from './runtime.ts';
import { hearEach } from './works.ts';

export interface PortsContext {
  readonly runtime: Runtime;
  readonly config: QueueConfig;
  readonly fence: Fence;
  /** The leader's queue. */
  readonly waiting: Queue;
  readonly ledger: Ledger;
  readonly counts: Counts;
  /** Bus time now, in ms. */
  busNow(): number;
  persist<T>(verb: Observable<T>): Observable<T>;
  /** An offer was refused that may be made all the same. */
  mayBeLate(request: OfferRequest): void;
  /** A node may have given a sign of life that the leader does not know of. */
  lookForSigns(): void;
}

export class LeaderPorts {
  private readonly context: PortsContext;
  private readonly asks = new Map<string, Subscriber<Answer>>();
  /** The questions that are not answered yet, by the ticket that they are for. */
  private readonly asking = new Map<string, Observable<Answer>>();

  constructor(context: PortsContext) {
    this.context = context;
  }

  /** A node has answered an ARE_YOU_THERE. */
  answered(ask: string, answer: Answer): void {
    const asked = this.asks.get(ask);
    // Too late, the second one to the same question, or to nobody's question.
    if (asked) asked.next(answer);
    else this.context.counts.add(answer.kind, 'unasked');
  }

  private readonly leaderPart = () => ({ v: PROTOCOL_VERSION, ...this.context.fence }) as const;

  /** A write under a lease that is no more: the work ends with the lease, until then nothing comes of it. */
  private readonly unfenced = <T, R>(verb: Observable<T | Fenced>, read: (answer: T) => R): Observable<R> =>
    new Observable((subscriber) => {
      let fenced = false;
      const take_ = (answer: T | Fenced): void => {
        fenced = isFenced(answer);
        if (!fenced) subscriber.next(read(answer as T));
      };
      hearEach(subscriber, this.context.persist(verb), take_, () => fenced || subscriber.complete());
    });

  private readonly question = (ticket: string): Observable<Answer> =>
    new Observable<Answer>((subscriber) => {
      const { bus, newId } = this.context.runtime;
      const ask = newId();
      this.asks.set(ask, subscriber);
      subscriber.add(() => {
        this.asks.delete(ask);
        this.asking.delete(ticket);
      });
      const question = { ...this.leaderPart(), kind: 'ARE_YOU_THERE', ticket, ask } as const;
      // An ask that cannot be said is one that is not answered.
      subscriber.add(mayBeLost(bus.say(bus.rooms.waiting(ticket), question)).subscribe());
    });

  /** What the factory asks of the world. */
  readonly factory: FactoryPort = {
    ask: ({ ticket }) =>
      // Two that found each other in one step ask the same rooms: one question answers both.
      defer(() => {
        const asking = this.asking.get(ticket) ?? this.question(ticket).pipe(share());
        this.asking.set(ticket, asking);
        return asking;
      }),
    offer: (head, candidate) =>
      defer(() => {
        const { bus, newId } = this.context.runtime;
        const request = {
          offerId: newId(),
          head: head.ticket,
          candidate: candidate.ticket,
          windowMs: this.context.config.times.offerMs,
          until: Math.floor(this.context.busNow()) + MADE_WITHIN_MS,
        };
        let unanswered = 0;
        const asked$ = bus.offer(this.context.fence, request).pipe(tap({ error: () => unanswered++ }));
        return this.unfenced(asked$, (answer) => {
          if ('refused' in answer) {
            // The bus was out of reach for so long: whoever still waits is found anew.
            if (answer.refused === 'late') return 'headTaken';
            if (unanswered > 0) this.context.mayBeLate(request);
            return answer.refused;
          }
          this.context.ledger.putOffer(answer.offer);
          return answer.offer;
        });
      }),
    offer$: (offerId) => this.context.ledger.offer$(offerId),
    settle: (offerId, outcome) =>
      defer(() => {
        const { config, runtime } = this.context;
        const request = {
          offerId,
          outcome,
          matchId: runtime.newId(),
          challengeRoom: runtime.newId(),
          joinMs: config.times.joinMs,
          ratedSameNode: config.ratedSameNode,
          declines: config.declines,
        };
        return this.unfenced(runtime.bus.settle(this.context.fence, request), (answer) => {
          if ('refused' in answer) {
            if ('offer' in answer && answer.offer) this.context.ledger.putOffer(answer.offer);
            return 'refused';
          }
          this.context.ledger.dropOffer(offerId);
          if (!answer.settled) return 'settled';
          this.context.ledger.putMatch(answer.settled);
          return answer.settled;
        });
      }),
    release: (head) => this.unfenced(this.context.runtime.bus.release(this.context.fence, head.ticket), () => undefined),
    drop: (ticket) =>
      this.unfenced(
        this.context.runtime.bus.drop(this.context.fence, ticket.ticket, 'its server does not know it any more'),
        () => undefined,
      ),
    taken: (ticket) => {
      const { bus } = this.context.runtime;
      const { ticket: id } = ticket;
      return mayBeLost(bus.say(bus.rooms.waiting(id), { ...this.leaderPart(), kind: 'TAKEN', ticket: id }));
    },
  };

  /** What the arena asks of the world. */
  readonly arena: ArenaPort = {
    match$: (matchId) => this.context.ledger.match$(matchId),
    advance: (state, step) =>
      defer(() => {
        const { config, runtime } = this.context;
        const { matchId, revision } = state;
        if (step.to === 'cancelled') this.avoid(state as MatchRecord, config.times.pairRestMs);
        const request = {
          matchId,
          revision,
          step,
          windowMs: this.windowOf(step),
          seed: runtime.newId(),
          floor: config.elo.floor,
          voids: voidRules(config.voids),
          keptResults: config.elo.keptResults,
          ladder: config.ratings === 'ladder' ? { initialElo: config.elo.initial, partyElo: config.party.elo } : null,
        };
        return this.unfenced(runtime.bus.advance(this.context.fence, request), (answer) => {
          if ('refused' in answer) {
            if (step.to === 'void' && step.silent) this.context.lookForSigns();
            // Where nothing has changed it was too early by the bus's clock, and the arena tries again.
            const now = 'now' in answer && answer.now;
            if (now && (now.revision !== revision || now.lastEntryAt !== state.lastEntryAt)) this.context.ledger.putMatch(now);
            return 'refused';
          }
          for (const ticket of answer.back.map(ticketOf))
            if (!this.context.waiting.get(ticket.ticket)) this.context.waiting.enterAgain(ticket);
          this.context.ledger.putMatch(answer.match);
          if (step.to === 'rated' || step.to === 'void') this.avoid(answer.match, this.context.config.times.avoidRecentMs);
          return 'moved';
        });
      }),
    acknowledge: (matchId, side) =>
      this.context.ledger.match$(matchId).pipe(
        take(1),
        switchMap(({ challengeRoom }) => {
          const { bus } = this.context.runtime;
          const ok = { ...this.leaderPart(), kind: 'OVER_OK', matchId, side } as const;
          return mayBeLost(bus.say(bus.rooms.challenge(challengeRoom), ok));
        }),
      ),
  };

  /** How long the stage that this step begins may take. */
  private windowOf(step: Step): number {
    const { times } = this.context.config;
    switch (step.to) {
      case 'teams':
      case 'validating':
        return times.teamMs;
      case 'battle':
        return times.battleMs;
      case 'rated':
        return times.eloKeptMs;
      default:
        return 0;
    }
  }

  /** A pair that has met, or did not both join, is not tried again for a while. The latter is known before the bus is asked, whose answer may be late. */
  private avoid(match: MatchRecord, forMs: number): void {
    const now = this.context.busNow();
    const [a, b] = match.sides.map((side) => ticketOf(side)) as [Ticket, Ticket];
    this.context.waiting.avoid(a, b, now + forMs, now);
  }
}

const voidRules = ({ hours, ...rules }: QueueConfig['voids']): VoidRules => ({
  ...rules,
  windowMs: Math.round(hours * 3_600_000),
});

const isFenced = (answer: unknown): answer is Fenced =>
  typeof answer === 'object' && answer !== null && 'refused' in answer && answer.refused === 'fenced';
