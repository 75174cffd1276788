/** Why an actor still waits, where another node leads its queue: asked in the Jaeger room, answered in the ticket's waiting room. */
import { catchError, EMPTY, filter, map, mergeMap, Observable, of, switchMap, timer } from 'rxjs';
import type { Fence } from '../bus/bus.ts';
import { type Explain, type ExplanationBody, type LeaderMark, MOST_AMOUNT, PROTOCOL_VERSION } from '../bus/messages.ts';
import { Bucket } from '../bus/senders.ts';
import type { Explanation, Forbidden, Other } from '../matcher/index.ts';
import { mayBeLost, type Runtime } from './runtime.ts';
import { hearEach } from './works.ts';

/** How long who asks waits for an answer. */
const ANSWER_MS = 1500;
/** How many questions a leader answers a second: each looks at the whole queue. The others hear nothing. */
const ANSWERS_PER_SECOND = 10;

/** JSON knows no infinity, and a range grows to it. */
const within = (value: number): number => Math.max(-MOST_AMOUNT, Math.min(MOST_AMOUNT, value));

function bodyOf({ nearest, estimate, ...rest }: Explanation): ExplanationBody {
  const [pool, lowest, highest, growth] = [rest.pool, rest.lowest, rest.highest, rest.growth].map(within) as [
    number,
    number,
    number,
    number,
  ];
  return {
    ...{ ...rest, pool, lowest, highest, growth },
    estimate: { ...estimate },
    nearest: nearest.map((other) => ({
      ...{ id: other.id, name: other.name, elo: other.elo, difference: other.difference, why: other.why },
      ...{ by: null, inSeconds: null, rule: null },
      ...(other.why === 'outOfReach' ? { by: other.by, inSeconds: other.inSeconds } : {}),
      ...(other.why === 'forbidden' ? { rule: other.rule } : {}),
    })),
  };
}

function explanationOf({ nearest, ...rest }: ExplanationBody): Explanation {
  return {
    ...rest,
    nearest: nearest.map(({ id, name, elo, difference, why, by, inSeconds, rule }): Other => {
      const other = { id, name, elo, difference };
      if (why === 'outOfReach') return { ...other, why, by: by ?? 0, inSeconds };
      // One that only a newer node knows is shown as it is.
      return why === 'forbidden' ? { ...other, why, rule: rule as Forbidden } : { ...other, why };
    }),
  };
}

/** Nobody who leads the queue has answered. */
export interface Unanswered {
  readonly id: string;
  readonly queue: string;
  readonly state: 'unanswered';
  /** The server that leads the queue. `null`: none does, and nobody is matched until one does. Left out where this node may not look. */
  readonly leader?: string | null;
}

export interface Asking {
  readonly runtime: Runtime;
  readonly id: string;
  readonly queue: string;
  readonly ticket: string;
  admits(message: LeaderMark): boolean;
}

/** Emits once. Where nobody who leads knows the ticket, or answers in time, it is looked whether anybody leads. */
export const askLeader = ({ runtime, id, queue, ticket, admits }: Asking): Observable<Explanation | Unanswered> =>
  new Observable((subscriber) => {
    const { bus, newId, scheduler } = runtime;
    const ask = newId();
    const answer = (explanation: Explanation | Unanswered): void => {
      subscriber.next(explanation);
      subscriber.complete();
    };
    hearEach(subscriber, bus.hear(bus.rooms.waiting(ticket)), (heard) => {
      if (heard.listening) {
        const question = { v: PROTOCOL_VERSION, kind: 'EXPLAIN', ask, ticket } as const;
        subscriber.add(mayBeLost(bus.say(bus.rooms.jaeger(queue), question)).subscribe());
        return;
      }
      const { message } = heard;
      if (message.kind === 'EXPLAINED' && message.ask === ask && admits(message)) answer(explanationOf(message.explanation));
    });
    const unanswered$ = timer(ANSWER_MS, scheduler).pipe(
      switchMap(() => bus.leader(queue)),
      map((leads): Pick<Unanswered, 'leader'> => ({ leader: leads?.node ?? null })),
      catchError(() => of({})),
    );
    hearEach(subscriber, unanswered$, (leads) => answer({ id, queue, state: 'unanswered', ...leads }));
  });

export interface Answering {
  readonly runtime: Runtime;
  readonly fence: Fence;
  explain(ticket: string): Explanation | undefined;
}

/** The leader's answers. */
export function answerAll(asked$: Observable<Explain>, { runtime, fence, explain }: Answering): Observable<never> {
  const { bus, scheduler } = runtime;
  const bucket = new Bucket(ANSWERS_PER_SECOND, scheduler.now());
  return asked$.pipe(
    filter(() => bucket.take(scheduler.now())),
    mergeMap(({ ticket, ask }) => {
      const found = explain(ticket);
      if (!found) return EMPTY;
      const answer = { v: PROTOCOL_VERSION, ...fence, kind: 'EXPLAINED', ticket, ask, explanation: bodyOf(found) } as const;
      return mayBeLost(bus.say(bus.rooms.waiting(ticket), answer));
    }),
  );
}
