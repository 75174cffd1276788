/** The owner's hand on the embedded bus: the inbox, its commands, incidents, and what is read of a realm. */
import { defer, map, type Observable, observeOn, of, type SchedulerLike, startWith } from 'rxjs';
import { MOST_COMMAND_TEXT, MOST_REPORT, queueOf } from '../admin.ts';
import type { Bus, Fence, Fenced } from '../bus.ts';
import { agree } from './agreed.ts';
import { execute } from './execute.ts';
import { pageOf } from './incidents.ts';
import { history, ladder } from './ladder.ts';
import { incidentOf } from './matches.ts';
import type { Store } from './store.ts';

type Owner = Pick<
  Bus,
  | 'submit'
  | 'pending'
  | 'execute'
  | 'answer'
  | 'hearInbox'
  | 'report'
  | 'agree'
  | 'incidents'
  | 'agreed'
  | 'player'
  | 'closed'
  | 'ladder'
  | 'history'
  | 'seasons'
  | 'queues'
>;

export interface OwnerContext {
  /** As it is now: it is another one when the data was lost. */
  store(): Store;
  readonly scheduler: SchedulerLike;
  verb<T>(run: () => T): Observable<T>;
  fenced<T>(fence: Fence, run: () => T): Observable<T | Fenced>;
}

export function ownerVerbs({ store, scheduler, verb, fenced }: OwnerContext): Owner {
  return {
    submit: (request) => {
      const { id, who, command } = request;
      if (JSON.stringify({ id, who, command }).length - 2 > MOST_COMMAND_TEXT) return of({ refused: 'size' });
      return verb(() => store().inbox.submit(request));
    },
    pending: (queue, most) => verb(() => store().inbox.pending(queue, most)),
    execute: (fence, record) => {
      const queue = queueOf(record.command);
      if (queue !== null && queue !== fence.queue)
        throw new Error(`bus: a command for ${queue} under the fence of ${fence.queue}`);
      return fenced(fence, () => execute(store(), fence, record));
    },
    answer: (id) => verb(() => store().inbox.answer(id) ?? null),
    hearInbox: () =>
      defer(() => store().inbox.news$).pipe(
        startWith(undefined),
        observeOn(scheduler),
        map(() => undefined),
      ),
    report: ({ agoMs, ...report }) =>
      verb(() => {
        if (JSON.stringify(report).length > MOST_REPORT) return 'size' as const;
        const match = store().matches.get(report.matchId);
        const known = match && {
          ...incidentOf(match),
          stage: report.stage ?? match.stage,
          log: report.log ?? `log:${match.matchId}`,
        };
        store().reports.add({ ...report, actors: [...report.actors], nodes: [...report.nodes], ...known }, agoMs);
        return 'done' as const;
      }),
    agree: (request) => verb(() => agree(store(), request)),

    incidents: (below, most) => verb(() => pageOf([store().incidents, store().reports], below, most)),
    agreed: (queue) => verb(() => store().configs.get(queue) ?? null),
    player: (player) =>
      verb(() => ({
        presence: store().presencesOf([player])[0] ?? null,
        bar: store().bars.get(player) ?? store().conduct.barsOf(player)[0] ?? null,
      })),
    closed: () =>
      verb(() =>
        [...store().closed.values()]
          .filter(({ until }) => until === undefined || until > store().now())
          .sort((a, b) => (a.node === b.node ? (a.how < b.how ? -1 : 1) : a.node < b.node ? -1 : 1)),
      ),
    ladder: (queue, season, from, most) => verb(() => ladder(store(), queue, season, from, most)),
    history: (queue, season, player) => verb(() => history(store(), queue, season, player)),
    seasons: (queue) => verb(() => [...(store().seasons.get(queue) ?? [])]),
    queues: () =>
      verb(() =>
        [...new Set([...store().waiting.keys(), ...store().instantsWaiting.keys(), ...store().configs.keys()])]
          .sort()
          .map((queue) => ({
            queue,
            waiting: store().waiting.get(queue) ?? 0,
            instants: store().instantsWaiting.get(queue) ?? 0,
            begun: store().begun.lately(queue),
          })),
      ),
  };
}
