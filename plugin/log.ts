/**
 * The log of a match as one side hears it: every entry once, in turn order, missing ones fetched from the bus. What is heard is news, the log is
 * the truth: whatever contradicts what was applied, or ends the match, is looked up there.
 */
import { concat, concatMap, defer, EMPTY, filter, from, map, merge, mergeMap, type Observable, of, Subject, tap } from 'rxjs';
import type { Bus, Heard } from '../bus/bus.ts';
import type { LeaderMark, LogEntry, Side } from '../bus/messages.ts';
import { TurnOrder } from '../matcher/index.ts';

/** How many entries are fetched at once. */
const PAGE = 100;
/** No log has more entries than this. */
const MOST_ENTRIES = 10_100;

export interface MatchLogOptions {
  readonly bus: Bus;
  readonly matchId: string;
  /** The side that hears it. */
  readonly side: Side;
  /** A gap of more than 3 was seen, for the `times`th time. */
  onExceeded(times: number): void;
  /** What was applied as this turn is not what the log has. */
  onForged(turn: number): void;
  persist<T>(verb: Observable<T>): Observable<T>;
  /** May the leader of this (generation, epoch) still speak? */
  admits(message: LeaderMark): boolean;
  /** Everything that the log has is applied. */
  onCaughtUp(): void;
  /** Did this side send this? */
  hasSent(counter: number, data: string): boolean;
}

export class MatchLog {
  readonly order = new TurnOrder();
  /** What was applied, oldest first. */
  readonly applied: LogEntry[] = [];
  /** What was said and is not so. */
  lies = 0;
  private readonly options: MatchLogOptions;
  /** Turns of which the log has to say what they are. */
  private readonly doubts$ = new Subject<number>();

  constructor(options: MatchLogOptions) {
    this.options = options;
  }

  /** Puts what was heard in the challenge room in order. `listening` (a new subscription, a reconnect) catches up quietly. */
  entries(heard$: Observable<Heard>): Observable<LogEntry> {
    const inOrder$ = heard$.pipe(
      concatMap((heard) => (heard.listening ? this.fetch() : this.inOrder(heard.message))),
      filter((entry) => entry.turn === this.order.expected),
      tap((entry) => {
        this.order.applied(entry.turn);
        this.applied.push(entry);
      }),
    );
    return merge(this.doubts$.pipe(mergeMap((turn) => this.verify(turn))), inOrder$);
  }

  /** The bus has answered that an input of this side has this number. */
  appended(turn: number): void {
    const known = this.applied[turn - 1];
    if (known && !(known.kind === 'TURN' && known.side === this.options.side)) this.doubts$.next(turn);
  }

  private inOrder(message: Extract<Heard, { listening: false }>['message']): Observable<LogEntry> {
    const { matchId, side, admits } = this.options;
    if (!('matchId' in message) || message.matchId !== matchId) return EMPTY;
    switch (message.kind) {
      case 'BEGIN':
      case 'TEAM':
      case 'START':
      case 'VOID':
      case 'ELO':
        // An entry of an older leader that is in the log is fetched from there.
        return admits(message) ? this.arrived(message) : EMPTY;
      case 'TURN':
        return this.arrived(message);
      case 'NEWEST':
        // Somebody knows of a turn that is not here yet: it is missing, as if the one after it had come.
        if (message.side === side || message.turn < this.order.expected) return EMPTY;
        return this.gap(message.turn + 1, EMPTY);
      default:
        return EMPTY;
    }
  }

  private arrived(entry: LogEntry): Observable<LogEntry> {
    const { turn } = entry;
    const known = this.applied[turn - 1];
    if (known) {
      this.order.arrived(turn);
      if (contradicts(known, entry)) this.doubts$.next(turn);
      return EMPTY;
    }
    if (turn > this.order.expected) return this.gap(turn, of(entry));
    // Nobody else speaks for this side, and nobody ends a match but its log.
    const { side, hasSent } = this.options;
    const isForeign = entry.kind === 'TURN' && entry.side === side && !hasSent(entry.counter, entry.data);
    if (!isForeign && entry.kind !== 'VOID' && entry.kind !== 'ELO') return of(entry);
    return concat(this.fetch(), this.counting(turn));
  }

  /** Turns before `turn` are missing: they are fetched, then it is `entry`'s turn. */
  private gap(turn: number, entry: Observable<LogEntry>): Observable<LogEntry> {
    return defer(() => {
      if (turn > MOST_ENTRIES) {
        this.lies++;
        return EMPTY;
      }
      const verdict = this.order.arrived(turn);
      const judge$ = defer(() => {
        // The log does not have what was said to be missing: a lie is no gap.
        if (this.order.expected < turn) {
          this.lies++;
          if (verdict.kind === 'gap' && verdict.exceeded) this.order.retract();
          return EMPTY;
        }
        if (verdict.kind === 'gap' && verdict.exceeded) this.options.onExceeded(this.order.exceeded);
        return entry;
      });
      return concat(this.fetch(), judge$);
    });
  }

  /** Counts what was said to be this turn and is not in the log. */
  private counting(turn: number): Observable<never> {
    return defer(() => {
      if (this.order.expected <= turn) this.lies++;
      return EMPTY;
    });
  }

  private fetch(): Observable<LogEntry> {
    const { bus, matchId, persist } = this.options;
    return defer(() => persist(bus.log(matchId, this.order.expected, PAGE))).pipe(
      concatMap((page) => {
        const more$ = defer(() => {
          if (page.length === PAGE) return this.fetch();
          this.order.caughtUp();
          this.options.onCaughtUp();
          return EMPTY;
        });
        return concat(from(page.map(({ entry }) => entry)), more$);
      }),
    );
  }

  private verify(turn: number): Observable<never> {
    const { bus, matchId, persist, onForged } = this.options;
    return persist(bus.log(matchId, turn, 1)).pipe(
      map((page) => page[0]?.entry),
      mergeMap((entry) => {
        const known = this.applied[turn - 1] as LogEntry;
        // Nothing there: the bus has let go of the match, or lost it, which is told otherwise.
        if (entry && contradicts(known, entry)) onForged(turn);
        else this.lies++;
        return EMPTY;
      }),
    );
  }
}

/** Are these two entries for one turn? */
function contradicts(known: LogEntry, other: LogEntry): boolean {
  if (known === other) return false;
  if (known.kind === 'TURN' && other.kind === 'TURN')
    return known.side !== other.side || known.counter !== other.counter || known.data !== other.data;
  return JSON.stringify(known) !== JSON.stringify(other);
}
