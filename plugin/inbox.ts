/**
 * The owner's commands, executed by the leader under its fence. It looks into the inbox when it takes the lease, when it hears that something
 * came in, and every 2 s: nothing depends on what is heard. Each command is one script that is executed once, so what was not answered is
 * asked again, by this leader or the next one.
 */
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  from,
  ignoreElements,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  race,
  repeat,
  Subject,
  take,
  tap,
  timer,
} from 'rxjs';
import type { CommandRecord } from '../bus/admin.ts';
import type { Fence } from '../bus/bus.ts';
import { MOST_REASON } from '../bus/messages.ts';
import type { Queue, Ticket } from '../matcher/index.ts';
import type { LeaderEvent, NodeEvent } from './events.ts';
import { errorText } from './guard.ts';
import { FaultNews } from './lasting.ts';
import type { Ledger } from './ledger.ts';
import type { Runtime } from './runtime.ts';

/** How often the inbox is looked into, whatever is heard. */
const LOOK_MS = 2000;
/** How many commands are taken from it at once, and how many tickets of drained nodes are removed before it is looked into again. */
const MOST_AT_ONCE = 20;
const MOST_TURNED_OUT = 500;
const TURNED_OUT_AT_ONCE = 16;

export interface InboxContext {
  readonly runtime: Runtime;
  readonly fence: Fence;
  readonly queue: Queue;
  readonly ledger: Ledger;
  persist<T>(verb: Observable<T>): Observable<T>;
}

/** Executes commands until unsubscribed; never errors. */
export function executeCommands(context: InboxContext): Observable<LeaderEvent | NodeEvent> {
  const { bus, scheduler } = context.runtime;
  return defer(() => {
    const wake$ = new Subject<void>();
    let hasNews = false;
    const news = new FaultNews(scheduler);
    const heard$ = bus.hearInbox().pipe(
      tap(() => {
        hasNews = true;
        wake$.next();
      }),
      ignoreElements(),
    );
    const again = (): Observable<unknown> =>
      hasNews ? timer(0, scheduler) : race(wake$, timer(LOOK_MS, scheduler)).pipe(take(1));
    const look$ = defer(() => {
      hasNews = false;
      return concat(
        execute(context),
        turnOut(context, () => {
          hasNews = true;
        }),
      );
    }).pipe(
      catchError((error: unknown) =>
        news.happened(error) ? of<NodeEvent>({ kind: 'fault', where: 'the inbox', error: errorText(error) }) : EMPTY,
      ),
      repeat({ delay: again }),
    );
    return merge(heard$, look$);
  });
}

/** Executes what waits in the inbox for this leader. */
export function execute(context: Omit<InboxContext, 'queue' | 'ledger'> & Partial<InboxContext>): Observable<LeaderEvent> {
  const { runtime, fence, persist } = context;
  return persist(runtime.bus.pending(fence.queue, MOST_AT_ONCE)).pipe(
    concatMap((records) => from(records)),
    concatMap((record) =>
      persist(runtime.bus.execute(fence, record)).pipe(
        concatMap((answer): Observable<LeaderEvent> => {
          // A successor leads: this work ends with the lease, and nothing comes of it until then.
          if ('refused' in answer) return NEVER;
          const { outcome, says } = answer;
          const { id, who, command } = record;
          const event: LeaderEvent = { kind: 'command', queue: fence.queue, id, who, command: command.kind, outcome, says };
          return concat(refresh(context, record), of(event));
        }),
      ),
    ),
  );
}

/** What only the bus knows of yet: the arena of a match that was made void. */
function refresh(
  { runtime, ledger, persist }: Pick<InboxContext, 'runtime' | 'persist'> & Partial<InboxContext>,
  { command }: CommandRecord,
): Observable<never> {
  if (command.kind !== 'void' || !ledger?.knows(command.matchId)) return EMPTY;
  return persist(runtime.bus.match(command.matchId)).pipe(
    tap((match) => {
      if (match && ledger.knows(match.matchId)) ledger.putMatch(match);
    }),
    ignoreElements(),
  );
}

/** Who waits on a node that is drained or blocked leaves the queue. */
function turnOut({ runtime, fence, queue, persist }: InboxContext, hasMore: () => void): Observable<never> {
  const { bus } = runtime;
  const remove = (ticket: Ticket, reason: string): Observable<never> =>
    persist(bus.drop(fence, ticket.ticket, reason)).pipe(
      // One that was offered a match meanwhile stays: it is looked at again later.
      concatMap(() => persist(bus.ticket(ticket.ticket))),
      tap((record) => {
        if (!record) queue.leave(ticket.ticket);
      }),
      ignoreElements(),
    );
  // Most of the time nobody waits who could be turned out.
  if (queue.waiting === 0) return EMPTY;
  return persist(bus.closed()).pipe(
    concatMap((closed) => {
      const whys = new Map(closed.map(({ node, how, reason }) => [node, `the server is ${how}: ${reason}`]));
      if (whys.size === 0) return EMPTY;
      const out = [...queue.tickets()].filter(({ ticket, node }) => whys.has(node) && queue.isWaiting(ticket));
      if (out.length > MOST_TURNED_OUT) hasMore();
      return from(out.slice(0, MOST_TURNED_OUT)).pipe(
        mergeMap((ticket) => remove(ticket, (whys.get(ticket.node) as string).slice(0, MOST_REASON)), TURNED_OUT_AT_ONCE),
      );
    }),
  );
}
