/** What happens on a node without a leader: its users who wait for an instant match, and its players who may play once more. */
import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  ReplaySubject,
  reduce,
  take,
  takeUntil,
  throwError,
} from 'rxjs';
import type { BusUnreachable, Removed } from '../bus/bus.ts';
import type { LeaderMark, Success, TicketBody } from '../bus/messages.ts';
import type { InstantMatchRequest } from '../bus/requests.ts';
import type { Config, QueueConfig } from './config.ts';
import { AddError, problem, type Said, StateError } from './errors.ts';
import type { EventBody } from './events.ts';
import type { Host, LocalActor, Notice } from './host.ts';
import { understandInstant } from './instant-request.ts';
import { Instants } from './instants.ts';
import type { Result } from './match-context.ts';
import { Rematch, type RematchAnswer } from './rematch.ts';
import { refusal } from './request.ts';
import type { Runtime } from './runtime.ts';
import type { Undoing } from './undoing.ts';
import { Wait } from './wait.ts';

/** What `instant` resolves with. */
export interface Listed {
  readonly ticket: string;
  readonly queue: string;
  readonly elo: number;
}

export interface MeetingsContext {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly config: Config;
  boot(): string;
  /** Emits once this boot has taken its place. */
  arrived(): Observable<unknown>;
  /** Is an actor in a queue, or on its way into one? */
  isQueued(actorId: string): boolean;
  readonly stopped$: Observable<unknown>;
  /** The bus is out of reach. */
  readonly lost$: Observable<BusUnreachable>;
  readonly undoing: Undoing;
  dataLost(queue: string): Observable<number>;
  admits(message: LeaderMark): boolean;
  isStopping(): boolean;
  ended(queue: string, result: Result): void;
  /** The stay of a ticket is over. */
  departed(queue: string, ticket: string): void;
  run(work$: Observable<EventBody>, where: string): void;
  fault(where: string, error: unknown): void;
}

export class Meetings {
  private readonly context: MeetingsContext;
  private readonly instants = new Map<string, Instants>();
  /** By user: who waits, or plays what came of it; behind it what it asked for since, until that is answered or takes its place. */
  private readonly waits = new Map<string, readonly Wait[]>();
  private readonly rematches = new Map<string, Rematch>();

  constructor(context: MeetingsContext) {
    this.context = context;
  }

  instant(input: InstantMatchRequest): Observable<Listed> {
    const { context } = this;
    const { host, config } = context;
    const ruleset = (queue: string): string => (host.ruleset ? host.ruleset(queue) : '');
    const understood = understandInstant(input, config.queues, ruleset);
    const wrong = 'The user cannot wait for an instant match:';
    if ('problems' in understood) return throwError(() => new AddError(wrong, understood.problems));
    const { actor, queue, user, elo, move, ruleset: rules, instant } = understood;
    const later$ = context.undoing.after(actor.id, () => this.instant(input));
    if (later$) return later$;
    const known = this.newest(actor.id);
    if (known?.isWaiting && known.queue === queue && known.isSame(user)) return waitingOf(known);
    this.leave(actor.id);
    const { runtime } = context;
    const { nodeId } = config;
    const instants = this.ofQueue(queue, understood.config);
    const request = {
      ...{ ticket: runtime.newId(), queue, node: nodeId, boot: context.boot(), ruleset: rules, actor, elo, move },
      ...{ initialElo: understood.config.elo.initial, room: runtime.newId(), secret: runtime.newId() },
      ...{ preferences: user.wishes.text, data: user.data.text, lifeMs: instant.lifeMs, maxWaiting: instant.maxWaiting },
    };
    const { times } = understood.config;
    const { readings } = instants;
    const wait: Wait = new Wait({
      ...{ runtime, host, nodeId, times, instant, request, readings },
      user: readings.user(user.wishes.text, user.data.text) ?? user,
      listening$: instants.listening$,
      dataLost$: context.dataLost(queue),
      listed: (isListed) => instants.listed(wait, isListed),
      admits: context.admits,
      isStopping: context.isStopping,
      ended: (result) => context.ended(queue, result),
      played: (success, played) => this.played(success, played, rules),
      fault: context.fault,
    });
    this.waits.set(actor.id, [...this.of(actor.id), wait]);
    const failing$ = context.lost$.pipe(
      takeUntil(ended(wait)),
      concatMap((error) => context.undoing.begin(actor.id, wait.fail(error))),
    );
    const life$ = context.arrived().pipe(
      take(1),
      concatMap(() => wait.live()),
      catchError((error: unknown) => {
        wait.listed$.error(error);
        // Nobody looks after the request any more.
        return merge(
          wait.remove().pipe(ignoreElements()),
          throwError(() => error),
        );
      }),
      finalize(() => {
        context.departed(queue, wait.ticket);
        if (!wait.isAnswered) wait.listed$.error(new StateError('Jaeger was stopped'));
        const others = this.of(actor.id).filter((one) => one !== wait);
        if (others.length > 0) this.waits.set(actor.id, others);
        else this.waits.delete(actor.id);
      }),
    );
    return merge(
      waitingOf(wait),
      defer(() => {
        context.run(merge(life$, failing$), `user ${actor.id}`);
        return EMPTY;
      }),
    ).pipe(take(1));
  }

  /** The match of an actor is over, and may be played once more. */
  played(success: Success, actor: LocalActor, ruleset: string): void {
    const { context } = this;
    const { runtime, host, config } = context;
    const queue = config.queues.get(success.queue);
    const isElsewhere = context.isQueued(actor.id) || this.newest(actor.id)?.isWaiting;
    if (!queue || queue.rematch.most === 0 || isElsewhere) return;
    const { times, rematch } = queue;
    const next = new Rematch({
      ...{ runtime, host, nodeId: config.nodeId, boot: context.boot(), times, rematch, success, actor, ruleset },
      dataLost$: context.dataLost(success.queue),
      admits: context.admits,
      isStopping: context.isStopping,
      ended: (result) => context.ended(success.queue, result),
      played: (again, played) => this.played(again, played, ruleset),
      fault: context.fault,
    });
    this.rematches.set(actor.id, next);
    const life$ = next.live().pipe(
      finalize(() => {
        if (this.rematches.get(actor.id) === next) this.rematches.delete(actor.id);
      }),
    );
    context.run(life$, `rematch of ${actor.id}`);
  }

  rematch(actorId: string, wants: boolean): Observable<'asked' | 'matched' | 'declined'> {
    const rematch = this.rematches.get(actorId);
    if (!rematch?.isOpen) return throwError(() => noRematch('one whose match has just ended', actorId, 'refusedLate'));
    if (!wants)
      return merge(of('declined' as const), rematch.decline().pipe(ignoreElements())).pipe(takeUntil(this.context.stopped$));
    return rematch.ask().pipe(
      take(1),
      map((answer) => {
        if (typeof answer === 'string') return answer;
        throw refused(answer);
      }),
    );
  }

  /** Takes a user off the list, or an actor out of a rematch that has not begun; undefined where it is in neither. */
  remove(actorId: string): Observable<Removed> | undefined {
    const waits = this.of(actorId).filter((wait) => !wait.isOver);
    // At most one of them is listed.
    if (waits.length > 0)
      return merge(...waits.map((wait) => wait.remove())).pipe(reduce((left, one) => (left === 'nothing' ? one : left)));
    const rematch = this.rematches.get(actorId);
    return rematch && !rematch.isOver ? rematch.remove() : undefined;
  }

  /** An actor is going to be elsewhere: what it might have played once more is over. */
  leave(actorId: string): void {
    const rematch = this.rematches.get(actorId);
    if (rematch?.isOpen) this.context.run(rematch.decline().pipe(ignoreElements()), `rematch of ${actorId}`);
  }

  inform(notice: Notice): void {
    for (const wait of this.all()) wait.inform(notice);
  }

  /** Takes all users of this server off their lists. */
  retire(): Observable<unknown> {
    return defer(() =>
      merge(
        ...this.all().map((wait) => wait.retire().pipe(catchError(() => EMPTY))),
        ...[...this.rematches.values()].map((rematch) => rematch.remove().pipe(catchError(() => EMPTY))),
      ),
    );
  }

  close(): void {
    for (const wait of this.all()) wait.close();
    for (const rematch of [...this.rematches.values()]) rematch.close();
  }

  private of(actorId: string): readonly Wait[] {
    return this.waits.get(actorId) ?? [];
  }

  private newest(actorId: string): Wait | undefined {
    return this.of(actorId).at(-1);
  }

  private all(): readonly Wait[] {
    return [...this.waits.values()].flat();
  }

  private ofQueue(queue: string, config: QueueConfig): Instants {
    const { runtime, config: own, fault } = this.context;
    const known = this.instants.get(queue) ?? new Instants({ runtime, nodeId: own.nodeId, queue, config, fault });
    this.instants.set(queue, known);
    return known;
  }
}

const waitingOf = (wait: Wait): Observable<Listed> =>
  wait.listed$.pipe(
    take(1),
    map(({ ticket, actor }: TicketBody): Listed => ({ ticket, queue: wait.queue, elo: actor.elo })),
    catchError((error: unknown) => throwError(() => (isRefusal(error) ? refusal(error) : error))),
  );

type Refusal = Parameters<typeof refusal>[0];
const isRefusal = (error: unknown): error is Refusal => typeof error === 'object' && error !== null && 'refused' in error;

/** Emits once the wait has its answer, whatever it is. */
function ended(wait: Wait): Observable<unknown> {
  const ended$ = new ReplaySubject<void>(1);
  const end = (): void => ended$.next();
  wait.listed$.subscribe({ next: end, error: end });
  return ended$;
}

const WHY: Readonly<Record<string, { readonly expected: string; readonly key: Said['key'] }>> = {
  late: { expected: 'a match that has just ended', key: 'refusedLate' },
  foreign: { expected: 'a match of this server', key: 'refusedLate' },
  declined: { expected: 'two who both want to', key: 'refusedDeclined' },
  most: { expected: 'fewer rematches in a row', key: 'refusedMost' },
  left: { expected: 'an opponent who is nowhere else', key: 'refusedLeft' },
};

const noRematch = (expected: string, found: unknown, key: Said['key']): AddError =>
  new AddError('There is no rematch:', [{ ...problem('id', expected, found), says: { key, values: {} } }]);

function refused(answer: Exclude<RematchAnswer, string>): AddError {
  const why = WHY[answer.refused];
  return why ? noRematch(why.expected, answer.refused, why.key) : refusal(answer as Refusal);
}
