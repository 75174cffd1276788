/**
 * The users of this node who wait for an instant match. Whoever is made known on a wait list is compared with them, both ways; a match is
 * claimed with the one of those who fit that waits longest, and with the next one where that claim comes to nothing.
 */
import { defer, filter, finalize, map, type Observable, type Subscription, shareReplay, tap } from 'rxjs';
import type { InstantMatchWaitlist } from '../bus/messages.ts';
import { type User, WaitList } from '../matcher/index.ts';
import type { QueueConfig } from './config.ts';
import { fieldsOf } from './instant-config.ts';
import { Readings } from './readings.ts';
import { persist, type Runtime } from './runtime.ts';
import type { Wait } from './wait.ts';

/** How many of those who fit a newcomer are tried, and how many newcomers wait for a user whose claim is on its way. */
const MOST_TRIED = 8;
const MOST_KEPT = 16;

export interface InstantsContext {
  readonly runtime: Runtime;
  readonly nodeId: string;
  readonly queue: string;
  readonly config: QueueConfig;
  fault(where: string, error: unknown): void;
}

interface Newcomer extends User {
  readonly ticket: string;
}

/** Of one queue. */
export class Instants {
  readonly readings: Readings;
  /** Heard while anybody waits; emits whenever it is heard anew. */
  readonly listening$: Observable<unknown>;
  private readonly context: InstantsContext;
  private readonly list = new WaitList<Wait>();
  private readonly kept = new Map<Wait, Newcomer[]>();
  private readonly claims = new Set<Subscription>();

  constructor(context: InstantsContext) {
    this.context = context;
    this.readings = new Readings(fieldsOf(context.config.instant?.fields ?? {}));
    const { bus } = context.runtime;
    this.listening$ = defer(() => bus.hear(bus.rooms.instantWaitlist(context.queue))).pipe(
      tap((heard) => {
        if (!heard.listening && heard.message.kind === 'INSTANT_MATCH_WAITLIST') this.hear(heard.message);
      }),
      filter((heard) => heard.listening),
      map(() => undefined),
      finalize(() => {
        for (const claim of this.claims) claim.unsubscribe();
      }),
      shareReplay({ bufferSize: 1, refCount: true }),
    );
  }

  /** May a user be matched from now on, or not any more? */
  listed(wait: Wait, isListed: boolean): void {
    if (isListed) {
      this.list.add(wait.ticket, wait.user, wait);
      return;
    }
    this.list.remove(wait.ticket);
    const kept = this.kept.get(wait) ?? [];
    this.kept.delete(wait);
    for (const newcomer of kept) this.consider(newcomer);
  }

  private hear({ ticket, preferences, data }: InstantMatchWaitlist): void {
    const user = this.readings.user(preferences, data);
    if (user) this.consider({ ticket, ...user });
  }

  private consider(newcomer: Newcomer): void {
    const fitting = this.list.fitting(newcomer).filter((wait) => wait.isWaiting && wait.ticket !== newcomer.ticket);
    const free = fitting.filter((wait) => !wait.isClaiming).slice(0, MOST_TRIED);
    const [first] = fitting;
    if (free.length > 0) this.claim(newcomer, free);
    else if (first) this.keep(first, newcomer);
  }

  private keep(wait: Wait, newcomer: Newcomer): void {
    const kept = this.kept.get(wait) ?? [];
    // Those that are too many are made known again later.
    if (kept.length < MOST_KEPT) this.kept.set(wait, [...kept, newcomer]);
  }

  private claim(newcomer: Newcomer, [wait, ...rest]: readonly Wait[]): void {
    if (!wait) return;
    if (!wait.isWaiting || wait.isClaiming) {
      this.claim(newcomer, rest);
      return;
    }
    const { runtime, nodeId, config, fault } = this.context;
    const { joinMs, pairRestMs } = config.times;
    const request = {
      ...{ ticket: newcomer.ticket, matchedTicket: wait.ticket, node: nodeId },
      ...{ matchId: runtime.newId(), challengeRoom: runtime.newId(), joinMs, pairRestMs },
      ...{ rated: config.instant?.rated ?? false, sameNode: config.sameNode },
    };
    wait.claims = request.matchId;
    // Its answer may have begun the next claim.
    const answered = (): void => {
      if (wait.claims === request.matchId) wait.claims = undefined;
    };
    const claimed$ = persist(runtime.scheduler)(runtime.bus.instantMatch(request)).pipe(finalize(answered));
    const claim = claimed$.subscribe({
      next: (answer) => {
        answered();
        if ('session' in answer) wait.meet(answer.session);
        else if (answer.refused === 'taken') wait.wasLate();
        else this.claim(newcomer, rest);
        this.next(wait);
      },
      error: (error: unknown) => fault('an instant match', error),
    });
    if (claim.closed) return;
    this.claims.add(claim);
    claim.add(() => this.claims.delete(claim));
  }

  /** Whoever was made known while a claim for this user was on its way. */
  private next(wait: Wait): void {
    const [first, ...rest] = this.kept.get(wait) ?? [];
    if (!first || !wait.isWaiting) return;
    if (rest.length > 0) this.kept.set(wait, rest);
    else this.kept.delete(wait);
    this.consider(first);
    if (!wait.isClaiming) this.next(wait);
  }
}
