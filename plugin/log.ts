/** The log of a match as one side hears it: every entry once, in turn order, missing ones fetched from the bus. */
import { concat, concatMap, defer, EMPTY, filter, from, type Observable, of, tap } from 'rxjs';
import type { Bus, Heard } from '../bus/bus.ts';
import type { LeaderMark, LogEntry } from '../bus/messages.ts';
import { TurnOrder } from '../matcher/index.ts';

/** How many entries are fetched at once. */
const PAGE = 100;

export interface MatchLog {
  readonly order: TurnOrder;
  /** Puts what was heard in the challenge room in order. `listening` (a new subscription, a reconnect) catches up quietly. */
  entries(heard: Observable<Heard>): Observable<LogEntry>;
}

export interface MatchLogOptions {
  readonly bus: Bus;
  readonly matchId: string;
  /** A gap of more than 3 was seen, for the `times`th time. */
  onExceeded(times: number): void;
  persist<T>(verb: Observable<T>): Observable<T>;
  /** May the leader of this (generation, epoch) still speak? */
  admits(message: LeaderMark): boolean;
}

export function matchLog({ bus, matchId, onExceeded, persist, admits }: MatchLogOptions): MatchLog {
  const order = new TurnOrder();
  const fetch = (): Observable<LogEntry> =>
    defer(() => persist(bus.log(matchId, order.expected, PAGE))).pipe(
      concatMap((page) => concat(from(page.map(({ entry }) => entry)), page.length === PAGE ? fetch() : end$)),
    );
  const end$ = defer(() => {
    order.caughtUp();
    return EMPTY;
  });
  const arrived = (turn: number, after: Observable<LogEntry>): Observable<LogEntry> => {
    const verdict = order.arrived(turn);
    if (verdict.kind === 'duplicate') return EMPTY;
    if (verdict.kind === 'expected') return after;
    if (verdict.exceeded) onExceeded(order.exceeded);
    return concat(fetch(), after);
  };
  const inOrder = (heard: Heard): Observable<LogEntry> => {
    if (heard.listening) return fetch();
    const { message } = heard;
    if (!('matchId' in message) || message.matchId !== matchId) return EMPTY;
    switch (message.kind) {
      case 'BEGIN':
      case 'TEAM':
      case 'START':
      case 'TURN':
      case 'ELO':
      case 'VOID':
        // An entry of an older leader that is in the log is fetched from there.
        if ('epoch' in message && !admits(message)) return EMPTY;
        return arrived(message.turn, of(message));
      case 'NEWEST':
        // Somebody knows of a turn that is not here yet: it is missing, as if the one after it had come.
        return message.turn >= order.expected ? arrived(message.turn + 1, EMPTY) : EMPTY;
      default:
        return EMPTY;
    }
  };
  return {
    order,
    entries: (heard$) =>
      heard$.pipe(
        concatMap((heard) => inOrder(heard)),
        filter((entry) => entry.turn === order.expected),
        tap((entry) => order.applied(entry.turn)),
      ),
  };
}
