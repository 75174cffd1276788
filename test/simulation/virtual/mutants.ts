/** Deliberate defects, put into the product from outside: each must be found. None of this is in what is shipped. */
import { filter, map, NEVER, type Observable, type Subscriber, tap } from 'rxjs';
import type { AdvanceRequest, Fence } from '../../../bus/bus.ts';
import { Inbox } from '../../../bus/memory/inbox.ts';
import { ratingKey } from '../../../bus/memory/store.ts';
import { PROTOCOL_VERSION } from '../../../bus/messages.ts';
import type { TimeSettings } from '../../../bus/options.ts';
import type { InstantRecord, MatchRecord } from '../../../bus/records.ts';
import { EXCEEDED_LIMIT, Heartbeats, Queue, type Ticket } from '../../../matcher/index.ts';
import { Battle } from '../../../plugin/battle.ts';
import { ControllableBattleActor } from '../../../plugin/battle-actor.ts';
import type { EventBody } from '../../../plugin/events.ts';
import { MatchLog } from '../../../plugin/log.ts';
import { Wait } from '../../../plugin/wait.ts';
import { ServerClock } from './clocks.ts';
import { Leases } from './leases.ts';
import type { Realm, Tamper } from './realm.ts';

export interface Mutant {
  /** Changes what the store does. */
  readonly tamper?: Tamper;
  /** Changes what servers do; returns what undoes it. */
  readonly patch?: () => () => void;
  /** What servers go by, and should not. */
  readonly times?: TimeSettings;
}

/** Replaces a method, also a private one, until it is undone. */
function replaced(
  of: object,
  method: string,
  make: (original: (...args: never[]) => unknown) => (...args: never[]) => unknown,
): () => void {
  const methods = of as Record<string, (...args: never[]) => unknown>;
  const original = methods[method];
  if (!original) throw new Error(`there is no method ${method}`);
  // An own property of this object, as the original is.
  methods[method] = make(original);
  return () => {
    methods[method] = original;
  };
}

/** The right of whoever leads now, whoever asks. */
const anyFence = (realm: Realm, fence: Fence): Fence => {
  const holder = realm.leases.get(fence.queue)?.holder;
  return holder ? { ...fence, epoch: holder.epoch, generation: realm.store.generation } : fence;
};

const isRated = ({ step }: AdvanceRequest): boolean => step.to === 'rated';

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  /** Who led once still writes. */
  fencingOff: {
    tamper: (bus, realm) => ({
      offer: (fence, request) => bus.offer(anyFence(realm, fence), request),
      settle: (fence, request) => bus.settle(anyFence(realm, fence), request),
      advance: (fence, request) => bus.advance(anyFence(realm, fence), request),
    }),
  },
  /** Who is in an offer is offered another one. */
  lockNotChecked: {
    tamper: (bus, realm) => ({
      offer: (fence, request) => {
        for (const id of [request.head, request.candidate]) {
          const record = realm.store.tickets.get(id);
          if (record) realm.store.tickets.set(id, { ...record, state: 'waiting', offerId: null });
        }
        return bus.offer(fence, request);
      },
    }),
    patch: () => replaced(Queue.prototype, 'lock', () => () => true),
  },
  /** A successor gives what it finds its whole time again. */
  deadlineRestarted: {
    tamper: (bus, realm) => ({
      snapshot: (queue) =>
        bus.snapshot(queue).pipe(
          map(({ offers, matches, ...rest }) => {
            const again = <T extends { readonly deadline: number }>(record: T, ms: number): T => ({
              ...record,
              deadline: realm.clock.now() + ms,
            });
            const isOpening = ({ stage }: MatchRecord): boolean => stage === 'joining' || stage === 'teams';
            return {
              ...rest,
              offers: offers.map((offer) => again(offer, 20_000)),
              matches: matches.map((match) =>
                isOpening(match) ? again(match, match.stage === 'joining' ? 10_000 : 30_000) : match,
              ),
            };
          }),
        ),
    }),
  },
  /** Who goes back to the queue begins to wait anew. */
  firstTimeLost: {
    tamper: (bus, realm) => ({
      settle: (fence, request) => {
        const candidate = realm.store.offers.get(request.offerId)?.candidate ?? '';
        return bus.settle(fence, request).pipe(
          tap(() => {
            const record = realm.store.tickets.get(candidate);
            if (record) realm.store.tickets.set(candidate, { ...record, firstConsidered: realm.store.now() });
          }),
        );
      },
    }),
  },
  /** The local player's input is applied before it comes back. */
  ownInputAtOnce: {
    patch: () =>
      replaced(
        ControllableBattleActor.prototype,
        'send',
        (original) =>
          function (this: ControllableBattleActor, data: string) {
            this.receive({ turn: 5, side: this.localSide, data });
            original.call(this, data as never);
          } as (...args: never[]) => unknown,
      ),
  },
  /** A claim does not look whether the other one is still on the list. */
  claimNotAtomic: {
    tamper: (bus, realm) => {
      const seen = new Map<string, InstantRecord>();
      return {
        requestInstantMatch: (request) =>
          bus.requestInstantMatch(request).pipe(
            tap(() => {
              const record = realm.store.instants.get(request.ticket);
              if (record) seen.set(request.ticket, record);
            }),
          ),
        instantMatch: (request) => {
          const other = seen.get(request.ticket);
          if (other && !realm.store.instants.has(request.ticket))
            realm.store.instants.set(request.ticket, { ...other, expiresAt: realm.store.now() + other.lifeMs });
          return bus.instantMatch(request);
        },
      };
    },
  },
  /** Asked again, a match's Elo is applied again. */
  eloWithoutMatchId: {
    tamper: (bus, realm) => ({
      advance: (fence, request) => {
        const before = realm.store.matches.get(request.matchId);
        if (isRated(request) && before?.stage === 'rated')
          for (const { actor, elo } of before.sides)
            realm.store.ratings.set(ratingKey(before.queue, actor.id), elo + 2 * Math.sign(elo - 1));
        return bus.advance(fence, request);
      },
    }),
  },
  /** A backup is offered as it was found, whether it may be met or not. */
  backupNotChecked: {
    patch: () =>
      replaced(
        Queue.prototype,
        'find',
        (original) =>
          function (this: Queue, head: Ticket, nowMs: number, most?: number, except?: ReadonlySet<string>) {
            const any = except && [...this.tickets()].find(({ ticket }) => ticket !== head.ticket && !except.has(ticket));
            return any ? [any] : original.call(this, ...([head, nowMs, most, except] as never[]));
          } as (...args: never[]) => unknown,
      ),
  },
  /** After a reconnect a match's log is not read. */
  noCatchingUp: {
    patch: () =>
      replaced(
        MatchLog.prototype,
        'outcomeOf',
        (original) =>
          function (this: MatchLog, heard: { readonly listening: boolean }) {
            return heard.listening ? undefined : original.call(this, heard as never);
          } as (...args: never[]) => unknown,
      ),
  },
  /** A ticket that was removed can be added again by mistake. */
  tombstoneIgnored: {
    tamper: (bus, realm) => ({
      enter: (request) => {
        realm.store.tombstones.delete(request.ticket);
        return bus.enter(request);
      },
    }),
  },
  /** Who moves from one queue to another stays in both. */
  moveNotAtomic: {
    tamper: (bus, realm) => ({
      enter: (request) => {
        const { ticket, instant } = realm.store.whereIs(request.actor.id);
        return bus.enter(request).pipe(
          tap((answer) => {
            if (!request.move || 'refused' in answer) return;
            if (ticket && ticket.ticket !== request.ticket) realm.store.tickets.set(ticket.ticket, ticket);
            if (instant) realm.store.instants.set(instant.ticket, instant);
          }),
        );
      },
    }),
  },
  /** The first team is shown before the other one is in. */
  teamShownEarly: {
    tamper: (bus, realm) => ({
      team: (matchId, side, node, data) =>
        bus.team(matchId, side, node, data).pipe(
          tap((answer) => {
            const match = realm.store.matches.get(matchId);
            const fence = {
              ...realm.leases.get(match?.queue ?? '')?.holder,
              queue: match?.queue ?? '',
              generation: realm.store.generation,
            };
            if (answer !== 'done' || !match || fence.epoch === undefined) return;
            const mark = { v: PROTOCOL_VERSION, queue: fence.queue, generation: fence.generation, epoch: fence.epoch } as const;
            realm.store.publish(realm.store.rooms.challenge(match.challengeRoom), {
              ...mark,
              kind: 'TEAM',
              matchId,
              turn: match.turns + 1,
              side,
              data,
            });
          }),
        ),
    }),
  },
  /** A match without a result changes the Elo of its sides. */
  voidChangesElo: {
    tamper: (bus, realm) => ({
      advance: (fence, request) =>
        bus.advance(fence, request).pipe(
          tap((answer) => {
            if (!('match' in answer) || answer.match.stage !== 'void') return;
            for (const { actor, elo } of answer.match.sides)
              realm.store.ratings.set(ratingKey(answer.match.queue, actor.id), elo);
          }),
        ),
    }),
  },
  /** An answer counts although it is late. */
  lateAnswerCounts: {
    tamper: (bus, realm) => ({
      reply: (offerId, ticket, said) => {
        const offer = realm.store.offers.get(offerId);
        const now = realm.store.now();
        if (offer && now > offer.deadline) realm.store.offers.set(offerId, { ...offer, deadline: now });
        return bus.reply(offerId, ticket, said);
      },
    }),
  },
  /** The second result is not compared with the first. */
  resultsNotCompared: {
    tamper: (bus, realm) => ({
      over: (matchId, side, node, winner, digest) => {
        const first = realm.store.matches.get(matchId)?.sides[side === 0 ? 1 : 0].result;
        return bus.over(matchId, side, node, first?.winner ?? winner, first?.digest ?? digest);
      },
    }),
  },
  /** Who has played still counts as playing. */
  presenceKept: {
    tamper: (bus, realm) => ({
      advance: (fence, request) => {
        const match = realm.store.matches.get(request.matchId);
        return bus.advance(fence, request).pipe(
          tap((answer) => {
            if (!match || !('match' in answer) || !isRated(request)) return;
            const { queue } = match;
            for (const { actor, node, boot } of match.sides)
              if (!realm.store.whereIs(actor.id).ticket)
                realm.store.place([actor.id], { place: 'playing', of: match.matchId, queue, node, boot });
          }),
        );
      },
    }),
  },
  /** Who has waited shortest is head first. */
  orderReversed: {
    patch: () => {
      const lines = new WeakMap<Queue, Ticket[]>();
      return replaced(
        Queue.prototype,
        'nextHead',
        (original) =>
          function (this: Queue, nowMs: number) {
            const line = lines.get(this) ?? [];
            lines.set(this, line);
            if (line.length === 0)
              for (let head = original.call(this, nowMs as never); head; head = original.call(this, nowMs as never))
                line.push(head as Ticket);
            for (let last = line.pop(); last; last = line.pop()) if (this.isWaiting(last.ticket)) return last;
            return undefined;
          } as (...args: never[]) => unknown,
      );
    },
  },
  /** Who has waited longest is never head. */
  oldestSkipped: {
    patch: () => {
      const fresh = new WeakSet<Queue>();
      const undo = [
        replaced(
          Queue.prototype,
          'beginRound',
          (original) =>
            function (this: Queue, nowMs: number) {
              fresh.add(this);
              original.call(this, nowMs as never);
            } as (...args: never[]) => unknown,
        ),
        replaced(
          Queue.prototype,
          'nextHead',
          (original) =>
            function (this: Queue, nowMs: number) {
              if (fresh.delete(this)) original.call(this, nowMs as never);
              return original.call(this, nowMs as never);
            } as (...args: never[]) => unknown,
        ),
      ];
      return () => {
        for (const each of undo) each();
      };
    },
  },
  /** An input that is sent again is appended again. */
  turnAppendedTwice: {
    tamper: (bus, realm) => ({
      append: (matchId, side, node, counter, ...rest) => {
        const own = realm.store.parts.get(matchId)?.turnsBySide[side];
        if (own && own.length >= counter) own.length = counter - 1;
        return bus.append(matchId, side, node, counter, ...rest);
      },
    }),
  },
  /** A match is void, and the owner is not told. */
  incidentMissing: {
    tamper: (bus, realm) => {
      const without = (): void => {
        realm.store.incidents.add = () => undefined;
      };
      return {
        advance: (fence, request) => {
          without();
          return bus.advance(fence, request);
        },
      };
    },
  },
  /** A result that nobody acknowledges is not reported. */
  silenceUnreported: {
    patch: () =>
      replaced(
        Battle.prototype,
        'report',
        (original) =>
          function (this: Battle, ...args: never[]) {
            const events$ = original.apply(this, args) as Observable<EventBody>;
            return events$.pipe(filter((event) => event.kind !== 'incident'));
          } as (...args: never[]) => unknown,
      ),
  },
  /** More than 3 turns were missing, and nobody is told. */
  gapUnreported: { patch: () => replaced(Battle.prototype, 'exceeded', () => () => undefined) },
  /** A battle is given up where more than 3 turns were missing once. */
  gapEndsBattle: {
    patch: () =>
      replaced(
        Battle.prototype,
        'exceeded',
        (original) =>
          function (this: Battle, times: number) {
            original.call(this, (times + EXCEEDED_LIMIT - 1) as never);
          } as (...args: never[]) => unknown,
      ),
  },
  /** A server claims two who do not fit, and nobody is told. */
  unfitUnreported: {
    patch: () =>
      replaced(
        Wait.prototype,
        'begin',
        (original) =>
          function (this: { subscriber: Subscriber<EventBody> | undefined }, session: never) {
            const { subscriber } = this;
            const next = (event: EventBody): void => {
              if (event.kind !== 'incident') subscriber?.next(event);
            };
            const quiet = { next } as Subscriber<EventBody>;
            this.subscriber = subscriber && quiet;
            original.call(this as never, session);
            this.subscriber = subscriber;
          } as (...args: never[]) => unknown,
      ),
  },
  /** Who does not say whether it is there is waited for. */
  answersAwaited: { times: { answerMs: 20_000 } },
  /** A match goes on for long after its server fell silent. */
  silenceBorne: { times: { silenceMs: 600_000 } },
  /** Whoever waits on a silent server goes on waiting. */
  silentKept: {
    patch: () =>
      replaced(
        Heartbeats.prototype,
        'judge',
        (original) =>
          function (this: Heartbeats, nodes: Iterable<string>) {
            const judged = original.call(this, nodes as never) as ReturnType<Heartbeats['judge']>;
            return judged && { ...judged, silent: [] };
          } as (...args: never[]) => unknown,
      ),
  },
  /** A match is kept though both have taken its Elo. */
  takenKept: {
    tamper: (bus) => ({ advance: (fence, request) => (request.step.to === 'closed' ? NEVER : bus.advance(fence, request)) }),
  },
  /** Who renews its request takes the others from the wait list. */
  listedSwept: {
    tamper: (bus, realm) => ({
      renewInstantMatch: (ticket, node, boot) => {
        for (const other of realm.store.instantsDue.keys()) if (other !== ticket) realm.store.instantsDue.set(other, 0);
        return bus.renewInstantMatch(ticket, node, boot);
      },
    }),
  },
  /** A request lives for longer than it may. */
  listedLong: {
    tamper: (bus, realm) => ({
      renewInstantMatch: (ticket, node, boot) => {
        const record = realm.store.instants.get(ticket);
        return bus.renewInstantMatch(ticket, node, boot).pipe(
          tap(() => {
            const now = realm.store.instants.get(ticket);
            if (record && now) realm.store.instants.set(ticket, { ...now, expiresAt: now.expiresAt + 5000 });
          }),
        );
      },
    }),
  },
  /** Nobody is ever found. */
  nobodyFound: { patch: () => replaced(Queue.prototype, 'find', () => () => []) },
  /** A leader learns a time that is over. */
  clockWrong: {
    patch: () =>
      replaced(
        Leases.prototype,
        'renew',
        (original) =>
          function (this: Leases, ...args: never[]) {
            const answer$ = original.apply(this, args) as Observable<readonly string[]>;
            return answer$.pipe(map(([answer, now]) => [answer, String(Number(now) - 7000)]));
          } as (...args: never[]) => unknown,
      ),
  },
  /** A server goes by what its machine shows, which is set at times. */
  machineTime: {
    patch: () =>
      replaced(
        ServerClock.prototype,
        'now',
        (original) =>
          function (this: ServerClock) {
            return (original.call(this) as number) + this.setBy;
          } as (...args: never[]) => unknown,
      ),
  },
  /** A server that is drained still takes players in. */
  drainIgnored: {
    tamper: (bus, realm) => ({
      enter: (request) => {
        const closed = [...realm.store.closed];
        realm.store.closed.clear();
        return bus.enter(request).pipe(
          tap(() => {
            for (const [key, value] of closed) realm.store.closed.set(key, value);
          }),
        );
      },
    }),
  },
  /** Who waits on a server that is drained goes on waiting. */
  drainedWait: {
    tamper: (bus) => ({ closed: () => bus.closed().pipe(map(() => [])) }),
  },
  /** A player who is barred is taken in. */
  barIgnored: {
    tamper: (bus, realm) => ({
      enter: (request) => {
        realm.store.bars.delete(request.actor.id);
        return bus.enter(request);
      },
    }),
  },
  /** Whoever leads takes every server for silent, and the store does not look whether it is. */
  livingWiped: {
    tamper: (bus) => ({ wipe: (fence, node) => bus.wipe(fence, node, Number.POSITIVE_INFINITY) }),
    patch: () =>
      replaced(
        Heartbeats.prototype,
        'judge',
        (original) =>
          function (this: Heartbeats, nodes: Iterable<string>) {
            const all = [...nodes];
            const judged = original.call(this, all as never) as ReturnType<Heartbeats['judge']>;
            return judged && { ...judged, silent: all };
          } as (...args: never[]) => unknown,
      ),
  },
  /** A command that is asked again is executed again. */
  commandTwice: {
    patch: () => replaced(Inbox.prototype, 'answer', () => () => undefined),
  },
};
