/**
 * What the bus holds of this boot in a queue, held against what this node does, when their numbers or hashes differ.
 *
 *   differ ── list, page by page ──► same | doubtful ── a moment later, another list ──► same | what both lists say
 *
 * A ticket that changes here while a list is read is proved nothing by it. What the bus holds and this node has nothing to do with is
 * removed. Where only this node thinks that a ticket is in the queue, or only the bus does, the ticket's own record tells; and where the bus
 * has never heard of it, and has lost nothing, the stay is over.
 */
import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  filter,
  finalize,
  from,
  map,
  mergeMap,
  type Observable,
  of,
  reduce,
  timer,
} from 'rxjs';
import { type Bus, BusUnreachable } from '../bus/bus.ts';
import type { NodeEvent } from './events.ts';
import { persist, type Runtime } from './runtime.ts';

/** How many tickets the bus looks at in one go. */
const PAGE = 100;
/** How soon the second list is taken. */
const AGAIN_MS = 1000;
/** How many are asked for at once. */
const AT_ONCE = 16;

/** What this node has to do with the tickets of a queue. */
export interface Known {
  /** All that are not over and done with, whatever is going on with them. */
  readonly all: ReadonlySet<string>;
  /** Of these, the ones that are in the queue, as far as is known here, with nothing asked that is not answered. */
  readonly kept: ReadonlySet<string>;
}

export interface HealingContext {
  readonly runtime: Runtime;
  readonly nodeId: string;
  readonly boot: string;
  readonly queue: string;
  known(): Known;
  /** The stay of this ticket looks where its ticket stands. `sound$`: has the bus lost nothing since the lists were taken? */
  look(ticket: string, sound$: Observable<boolean>): void;
}

interface Doubts {
  /** In the bus, and unknown here. */
  readonly strays: ReadonlySet<string>;
  /** In the queue here and not in the bus, or the other way round. */
  readonly odd: ReadonlySet<string>;
}

export class Healing {
  private readonly context: HealingContext;
  /** Tickets that changed since the list that is being read was begun. */
  private changes: Set<string> | undefined;

  constructor(context: HealingContext) {
    this.context = context;
  }

  /** A ticket comes, goes, or something is asked or answered about it. */
  changed(ticket: string): void {
    this.changes?.add(ticket);
  }

  /** Number or hash differ under a generation. Emits what was removed. */
  heal(generation: number): Observable<NodeEvent> {
    const again = (first: Doubts): Observable<Doubts> =>
      timer(AGAIN_MS, this.context.runtime.scheduler).pipe(
        concatMap(() => this.doubts(generation)),
        map(({ strays, odd }) => ({ strays: common(first.strays, strays), odd: common(first.odd, odd) })),
      );
    return this.doubts(generation).pipe(
      concatMap((first) => (first.strays.size + first.odd.size === 0 ? EMPTY : again(first))),
      concatMap((doubts) => this.settle(doubts, generation)),
      // The next sign of life finds out again.
      catchError((error: unknown) => {
        if (error instanceof BusUnreachable) return EMPTY;
        throw error;
      }),
    );
  }

  /** What a list makes doubtful; nothing where the bus may have lost what should be in it. */
  private doubts(generation: number): Observable<Doubts> {
    return defer(() => {
      const { all, kept } = this.context.known();
      const changes = new Set<string>();
      this.changes = changes;
      return this.list(generation).pipe(
        map((listed) => {
          const strays = [...listed].filter((ticket) => !all.has(ticket) && !changes.has(ticket));
          const here = [...all].filter((ticket) => kept.has(ticket) !== listed.has(ticket));
          return { strays: new Set(strays), odd: new Set(here.filter((ticket) => !changes.has(ticket))) };
        }),
        finalize(() => {
          if (this.changes === changes) this.changes = undefined;
        }),
      );
    });
  }

  private list(generation: number): Observable<ReadonlySet<string>> {
    const listed = new Set<string>();
    const read = (after: string): Observable<ReadonlySet<string>> =>
      this.page(after, PAGE).pipe(
        concatMap((page) => {
          if ('refused' in page || page.generation !== generation) return EMPTY;
          for (const ticket of page.tickets) listed.add(ticket);
          return page.next === null ? of(listed) : read(page.next);
        }),
      );
    return read('');
  }

  private page(after: string, most: number): ReturnType<Bus['holdings']> {
    const { runtime, nodeId, boot, queue } = this.context;
    return runtime.bus.holdings({ node: nodeId, boot, queue, after, most });
  }

  private settle({ strays, odd }: Doubts, generation: number): Observable<NodeEvent> {
    const { runtime, nodeId, queue, look } = this.context;
    const sound$ = defer(() => persist(runtime.scheduler)(this.page('', 1))).pipe(
      map((page) => 'tickets' in page && page.generation === generation),
    );
    for (const ticket of odd) look(ticket, sound$);
    return from(strays).pipe(
      mergeMap((ticket) => runtime.bus.leave(nodeId, ticket), AT_ONCE),
      filter((removed) => removed !== 'nothing'),
      reduce((count) => count + 1, 0),
      filter((removed) => removed > 0),
      map((removed): NodeEvent => ({ kind: 'healed', queue, removed })),
    );
  }
}

const common = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...a].filter((each) => b.has(each)));
