/**
 * Who may lead a queue: a node whose configuration of it is the realm's. The first node writes its own, and so does the next one when no
 * node that has it is there any more; the owner may adopt another one, which stands. A node that has a different one does not
 * campaign, and says what differs. So it is with the `secret`, of which a mark is compared that does not tell it.
 */

import {
  concat,
  concatMap,
  distinctUntilChanged,
  EMPTY,
  exhaustMap,
  filter,
  merge,
  type Observable,
  of,
  switchMap,
  takeUntil,
  takeWhile,
  timer,
} from 'rxjs';
import type { AgreedConfig } from '../bus/admin.ts';
import { type Problem, show } from '../bus/codec.ts';
import { crypto } from '../bus/pieces.ts';
import type { QueueConfig } from './config.ts';
import type { LeaderEvent, NodeEvent } from './events.ts';
import { execute } from './inbox.ts';
import { lasting } from './lasting.ts';
import { persist, type Runtime } from './runtime.ts';

/** How often a node looks whether its configuration is still the realm's, whatever it hears. */
const LOOK_MS = 5000;
/** When no node that has the realm's configuration has looked for so long, there is none any more. */
const UNSEEN_MS = 2.5 * LOOK_MS;
/** How long a node that may not lead holds, or waits for, a lease to adopt another configuration. */
const CARETAKING_MS = 10_000;

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** As JSON, keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** What the nodes of a queue have to agree on: all but how long one step may hold up the game server, which is each machine's own. */
export function agreementOf({ budgetMs: _, ...rest }: QueueConfig): { readonly config: string; readonly hash: string } {
  const config = canonical(rest);
  return { config, hash: crypto().createHash('sha256').update(config).digest('hex').slice(0, 32) };
}

/** Where two configurations differ: `expected` is the realm's, `found` the own one. */
export function differences(realms: unknown, own: unknown, path = ''): Problem[] {
  if (isTable(realms) && isTable(own)) {
    const keys = [...new Set([...Object.keys(realms), ...Object.keys(own)])].sort();
    return keys.flatMap((key) => differences(realms[key], own[key], path === '' ? key : `${path}.${key}`));
  }
  return canonical(realms ?? null) === canonical(own ?? null) ? [] : [{ path, expected: show(realms), found: show(own) }];
}

const secretText = (mark: string): string => (mark === '' ? 'none' : `the one of mark ${mark}`);

/** That a server signs with another secret than those who lead, or one of both does not sign. */
export const secretProblems = ({ secret }: AgreedConfig, own: string): Problem[] =>
  secret === undefined || secret === own ? [] : [{ path: 'secret', expected: secretText(secret), found: secretText(own) }];

const isTable = (value: unknown): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface AgreementContext {
  readonly runtime: Runtime;
  readonly nodeId: string;
  readonly queue: string;
  readonly config: QueueConfig;
  fault(where: string, error: unknown): void;
}

type Event = LeaderEvent | NodeEvent;

/** Leads by `lead` while the own configuration is the realm's. Never errors. */
export function whileAgreed(context: AgreementContext, lead: Observable<Event>): Observable<Event> {
  const { runtime, nodeId, queue, config } = context;
  const { bus, scheduler } = runtime;
  const own = agreementOf(config);
  const secret = bus.secretMark;
  const ask = persist(scheduler);
  const look$ = merge(bus.hearInbox(), timer(0, LOOK_MS, scheduler)).pipe(
    exhaustMap(() => ask(bus.agree({ queue, ...own, secret, node: nodeId, unseenMs: UNSEEN_MS }))),
  );
  const differs = (agreed: AgreedConfig): LeaderEvent => ({
    ...{ kind: 'configDiffers', queue, by: agreed.by },
    problems: [...secretProblems(agreed, secret), ...differences(parsed(agreed.config), parsed(own.config))],
  });
  const work$ = look$.pipe(
    distinctUntilChanged((a, b) => a.hash === b.hash && a.secret === b.secret),
    switchMap((agreed) => {
      const isOfSecret = secretProblems(agreed, secret).length === 0;
      if (agreed.hash === own.hash && isOfSecret) return lead;
      // What a server of another secret says is refused.
      return concat(of(differs(agreed)), isOfSecret ? caretake(context) : EMPTY);
    }),
  );
  return lasting(work$, { scheduler, fault: (error) => context.fault(`the configuration of ${queue}`, error) });
}

/** A queue that nobody may lead could never adopt another configuration: for that command alone its lease is taken, and given back. */
function caretake({ runtime, nodeId, queue }: AgreementContext): Observable<Event> {
  const { bus, scheduler } = runtime;
  const ask = persist(scheduler);
  return merge(bus.hearInbox(), timer(0, LOOK_MS, scheduler)).pipe(
    exhaustMap(() =>
      ask(bus.pending(queue, 1000)).pipe(
        filter((records) => records.some(({ command }) => command.kind === 'config')),
        concatMap(() =>
          bus.holdLease(queue, nodeId).pipe(
            // Held until all is executed: `null` ends the last round.
            switchMap((fence) => (fence ? concat(execute({ runtime, fence, persist: ask }), of(null)) : EMPTY)),
            takeWhile((event) => event !== null),
            takeUntil(timer(CARETAKING_MS, scheduler)),
          ),
        ),
      ),
    ),
  );
}
