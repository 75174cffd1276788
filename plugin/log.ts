/**
 * The log of a match as one side hears it: every entry once, in turn order, missing ones fetched from the bus. What is heard is news, the log is
 * the truth: whatever contradicts what was applied, or ends the match, is looked up there.
 */
import { concatMap, EMPTY, Observable, type Subscriber } from 'rxjs';
import type { Bus, Heard } from '../bus/bus.ts';
import type { LeaderMark, LogEntry, Side } from '../bus/messages.ts';
import type { Logged } from '../bus/records.ts';
import { TurnOrder } from '../matcher/index.ts';
import { hearEach } from './works.ts';

/** How many entries are fetched at once. */
const PAGE = 100;
/** No log has more entries than this. */
const MOST_ENTRIES = 10_100;

export interface MatchLogOptions {
  readonly bus: Bus;
  readonly matchId: string;
  /** The side that hears it. */
  readonly side: Side;
  /** May there be anything in the log when its room is heard for the first time? */
  readonly isUnderWay: boolean;
  /** A gap of more than 3 was seen, for the `times`th time. */
  onExceeded(times: number): void;
  /** What was applied as this turn is not what the log has. */
  onForged(turn: number): void;
  /** Something was said that the log does not have. */
  onLied(): void;
  persist<T>(verb: Observable<T>): Observable<T>;
  /** May the leader of this (generation, epoch) still speak? */
  admits(message: LeaderMark): boolean;
  /** Everything that the log has is applied. */
  onCaughtUp(): void;
  /** Did this side send this? */
  hasSent(counter: number, data: string): boolean;
}

/** What comes of something that was heard: nothing, an entry, or what is to be fetched first. */
type Outcome = undefined | LogEntry | Observable<LogEntry>;

export class MatchLog {
  readonly order = new TurnOrder();
  /** What was applied, oldest first. */
  readonly applied: LogEntry[] = [];
  private readonly options: MatchLogOptions;
  private hasLied = false;
  private all: Subscriber<unknown> | undefined;
  private hasListened: boolean;

  constructor(options: MatchLogOptions) {
    this.options = options;
    this.hasListened = options.isUnderWay;
  }

  /**
   * Answers what puts what is heard in the challenge room in order; `take` is told of every entry. `listening` (a reconnect) catches up quietly; what
   * comes meanwhile waits. All that ends with `all`.
   */
  follow(all: Subscriber<unknown>, take: (entry: LogEntry) => void): (heard: Heard) => void {
    this.all = all;
    const line: Heard[] = [];
    let isBusy = false;
    const apply = (entry: LogEntry): void => {
      if (entry.turn !== this.order.expected) return;
      this.order.applied(entry.turn);
      this.applied.push(entry);
      take(entry);
    };
    const goOn = (): void => {
      while (!isBusy && !all.closed) {
        const heard = line.shift();
        if (!heard) return;
        const outcome = this.outcomeOf(heard);
        isBusy = outcome !== undefined;
        if (outcome instanceof Observable)
          hearEach(all, outcome, apply, () => {
            isBusy = false;
            goOn();
          });
        else if (outcome) {
          apply(outcome);
          isBusy = false;
        }
      }
    };
    return (heard) => {
      line.push(heard);
      goOn();
    };
  }

  /** The bus has answered that an input of this side has this number. */
  appended(turn: number): void {
    const known = this.applied[turn - 1];
    if (known && !(known.kind === 'TURN' && known.side === this.options.side)) this.doubt(turn);
  }

  private outcomeOf(heard: Heard): Outcome {
    if (!heard.listening) return this.inOrder(heard.message);
    const { hasListened } = this;
    this.hasListened = true;
    // Nothing is written before this side has said that it hears the room.
    return hasListened ? this.fetch() : undefined;
  }

  private inOrder(message: Extract<Heard, { listening: false }>['message']): Outcome {
    const { matchId, side, admits } = this.options;
    if (!('matchId' in message) || message.matchId !== matchId) return undefined;
    switch (message.kind) {
      case 'BEGIN':
      case 'TEAM':
      case 'START':
      case 'VOID':
      case 'ELO':
        // An entry of an older leader that is in the log is fetched from there.
        return admits(message) ? this.arrived(message) : undefined;
      case 'TURN':
        return this.arrived(message);
      case 'NEWEST':
        // Somebody knows of a turn that is not here yet: it is missing, as if the one after it had come.
        return message.side === side || message.turn < this.order.expected ? undefined : this.gap(message.turn + 1);
      default:
        return undefined;
    }
  }

  private arrived(entry: LogEntry): Outcome {
    const { turn } = entry;
    const known = this.applied[turn - 1];
    if (known) {
      this.order.arrived(turn);
      if (contradicts(known, entry)) this.doubt(turn);
      return undefined;
    }
    if (turn > this.order.expected) return this.gap(turn, entry);
    // Nobody else speaks for this side, and nobody ends a match but its log.
    const { side, hasSent } = this.options;
    const isForeign = entry.kind === 'TURN' && entry.side === side && !hasSent(entry.counter, entry.data);
    if (!isForeign && entry.kind !== 'VOID' && entry.kind !== 'ELO') return entry;
    return this.fetch(() => {
      if (this.order.expected <= turn) this.lied();
      return undefined;
    });
  }

  /** Turns before `turn` are missing: they are fetched, then it is `entry`'s turn. */
  private gap(turn: number, entry?: LogEntry): Outcome {
    if (turn > MOST_ENTRIES) {
      this.lied();
      return undefined;
    }
    const verdict = this.order.arrived(turn);
    const isExceeded = verdict.kind === 'gap' && verdict.exceeded;
    return this.fetch(() => {
      // The log does not have what was said to be missing: a lie is no gap.
      if (this.order.expected < turn) {
        this.lied();
        if (isExceeded) this.order.retract();
        return undefined;
      }
      if (isExceeded) this.options.onExceeded(this.order.exceeded);
      return entry;
    });
  }

  /** What the log has beyond what was applied, and then what is left to be applied. */
  private fetch(then?: () => LogEntry | undefined): Observable<LogEntry> {
    const { bus, matchId, persist, onCaughtUp } = this.options;
    return new Observable((subscriber) => {
      const fetchPage = (): void => {
        let isWhole = false;
        const take = (page: readonly Logged[]): void => {
          isWhole = page.length < PAGE;
          for (const { entry } of page) subscriber.next(entry);
        };
        hearEach(subscriber, persist(bus.log(matchId, this.order.expected, PAGE)), take, () => {
          if (!isWhole) return fetchPage();
          this.order.caughtUp();
          onCaughtUp();
          const entry = then?.();
          if (entry) subscriber.next(entry);
          subscriber.complete();
        });
      };
      fetchPage();
    });
  }

  /** The bus may have lost what was written last, and have gone on without it: what was applied is held against the log. */
  compare(): void {
    const { bus, matchId, persist, onForged } = this.options;
    const from = (turn: number): void => {
      if (!this.all || turn >= this.order.expected) return;
      hearEach(this.all, persist(bus.log(matchId, turn, PAGE)), (page) => {
        const other = page.find(({ entry }) => {
          const known = this.applied[entry.turn - 1];
          return known !== undefined && contradicts(known, entry);
        });
        if (other) onForged(other.entry.turn);
        else if (page.length === PAGE) from(turn + PAGE);
      });
    };
    from(1);
  }

  /** The last entry that the bus has. */
  newest(): Observable<LogEntry> {
    const { bus, matchId, persist } = this.options;
    return persist(bus.match(matchId)).pipe(
      concatMap((match) => (match ? persist(bus.log(matchId, match.turns, 1)) : EMPTY)),
      concatMap((entries) => entries.map(({ entry }) => entry)),
    );
  }

  /** The log has to say what this turn is. */
  private doubt(turn: number): void {
    const { bus, matchId, persist, onForged } = this.options;
    if (!this.all) return;
    hearEach(this.all, persist(bus.log(matchId, turn, 1)), ([found]) => {
      const known = this.applied[turn - 1] as LogEntry;
      // Nothing there: the bus has let go of the match, or lost it, which is told otherwise.
      if (found && contradicts(known, found.entry)) onForged(turn);
      else if (found) this.lied();
    });
  }

  /** Something was said that the log does not have. Told once, and where the log has what was applied: else the bus lost it. */
  private lied(): void {
    const { bus, matchId, persist, onLied } = this.options;
    const newest = this.order.expected - 1;
    if (this.hasLied || !this.all || newest < 1) return;
    this.hasLied = true;
    hearEach(this.all, persist(bus.log(matchId, newest, 1)), ([found]) => {
      this.hasLied = found !== undefined;
      if (found) onLied();
    });
  }
}

/** Without who leads: where the bus has lost what was written last, the next leader writes the same once more. */
function contentOf(entry: LogEntry): string {
  const { generation: _, epoch: __, ...content } = { generation: 0, epoch: 0, ...entry };
  return JSON.stringify(content);
}

/** Are these two entries for one turn? */
function contradicts(known: LogEntry, other: LogEntry): boolean {
  if (known === other) return false;
  if (known.kind === 'TURN' && other.kind === 'TURN')
    return known.side !== other.side || known.counter !== other.counter || known.data !== other.data;
  return contentOf(known) !== contentOf(other);
}
