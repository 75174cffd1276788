/**
 * Heads are taken in order of preference: who has waited longest first, equal steps by id. In each round everybody who was free when it
 * began, and still is when it ends, is head once; whoever finds nobody stands two ranks further back.
 */
import { Queue, STEP_MS, type Ticket } from '../../../../matcher/index.ts';
import type { Fail, MakeChecker } from '../checker.ts';

const RANKS_BACK = 2;
/** Looking at the whole order takes time: it is done once after each change of who waits, and every so many rounds. */
const LOOK_ROUNDS = 500;

/** Somebody in a leader's queue, as far as its calls tell. */
interface Waiting {
  readonly ticket: Ticket;
  readonly step: number;
  isLocked: boolean;
  isRunning: boolean;
  /** Does another one's run ask it? */
  isAsked: boolean;
  /** Neither head nor candidate before this, by the leader's clock. */
  restsUntil: number;
  /** The round in which it came, or could be head again. */
  freeIn: number;
  /** Has it come back with its old time, and was it not head since? */
  hasReturned: boolean;
  headIn: number;
  penalty: number;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const inOrder = ({ step: a, ticket: one }: Waiting, { step: b, ticket: other }: Waiting): number =>
  a - b || compare(one.actor.id, other.actor.id) || compare(one.node, other.node) || compare(one.ticket, other.ticket);

/** What a leader asks of its queue, and what comes of it. */
class Rounds {
  private readonly queue: Queue;
  private readonly fail: Fail;
  private readonly all = new Map<string, Waiting>();
  /** By the head of each run: whom it asks. */
  private readonly asked = new Map<string, string>();
  private round = 0;
  private isComplete = true;
  private beganMs = 0;
  private last: Waiting | undefined;
  /** Those who found nobody in this round. */
  private readonly missed: Waiting[] = [];
  /** How often it has changed who waits; when the round began, and when the order was last looked at. */
  private changes = 0;
  private readonly at = { begin: 0, look: -1, round: 0 };

  constructor(queue: Queue, fail: Fail) {
    this.queue = queue;
    this.fail = fail;
  }

  entered(ticket: Ticket, hasReturned: boolean): void {
    const step = Math.floor(ticket.firstConsidered / STEP_MS);
    const state = { isLocked: false, isRunning: false, isAsked: false, restsUntil: Number.NEGATIVE_INFINITY };
    this.all.set(ticket.ticket, { ticket, step, ...state, freeIn: this.round, hasReturned, headIn: -1, penalty: 0 });
    this.changes++;
  }

  left(id: string): void {
    this.all.delete(id);
    this.changes++;
  }

  locked(id: string, isLocked: boolean): void {
    this.changes++;
    const one = this.all.get(id);
    if (!one) return;
    one.isLocked = isLocked;
    one.isAsked = false;
    one.freeIn = this.round;
    one.hasReturned = !isLocked;
    if (!isLocked) one.penalty = 0;
  }

  /** Nobody but one asks somebody at a time, and whoever is asked is not head. */
  asks(head: string, candidate: string | undefined): void {
    const before = this.all.get(this.asked.get(head) ?? '');
    if (before) {
      before.isAsked = false;
      before.freeIn = this.round;
    }
    this.asked.delete(head);
    const one = candidate === undefined ? undefined : this.all.get(candidate);
    if (!one) return;
    const { id } = one.ticket.actor;
    if (one.isAsked) this.fail(`${id} is asked by two`, id);
    one.isAsked = true;
    this.asked.set(head, one.ticket.ticket);
  }

  runs(id: string, isRunning: boolean): void {
    if (!isRunning) this.asks(id, undefined);
    const one = this.all.get(id);
    if (!one) return;
    one.isRunning = isRunning;
    one.freeIn = this.round;
  }

  rests(id: string, untilMs: number): void {
    const one = this.all.get(id);
    if (one) one.restsUntil = untilMs;
  }

  begins(nowMs: number): void {
    this.end();
    this.round++;
    this.isComplete = false;
    this.beganMs = nowMs;
    this.last = undefined;
    this.missed.length = 0;
    this.at.begin = this.changes;
    // A rest that is over does not begin again where the leader's clock is corrected.
    for (const one of this.all.values()) if (one.restsUntil <= nowMs) one.restsUntil = Number.NEGATIVE_INFINITY;
  }

  head(ticket: Ticket | undefined, nowMs: number): void {
    if (!ticket) {
      this.end();
      this.look(nowMs);
      return;
    }
    const one = this.all.get(ticket.ticket);
    const { id } = ticket.actor;
    if (!one || one.isLocked) {
      this.fail(`${id} is head, and does not wait`, id);
      return;
    }
    const instead = one.isRunning ? 'runs' : one.isAsked ? 'is asked' : one.restsUntil > nowMs ? 'rests' : undefined;
    if (instead) this.fail(`${id} is head while it ${instead}`, id);
    const { last } = this;
    if (one.headIn === this.round && !one.hasReturned) this.fail(`${id} is head twice in a round`, id);
    if (one.freeIn < this.round) {
      const other = last?.ticket.actor.id ?? '';
      if (last && inOrder(last, one) >= 0) this.fail(`${id} is head after ${other}, and has waited longer`, id, other);
      this.last = one;
    }
    one.headIn = this.round;
    one.hasReturned = false;
  }

  missedBy({ ticket }: Ticket): void {
    const one = this.all.get(ticket);
    if (!one || one.isLocked) return;
    one.penalty -= RANKS_BACK;
    this.missed.push(one);
  }

  /** Who was free all the time was head. */
  private end(): void {
    if (this.isComplete) return;
    this.isComplete = true;
    for (const one of this.all.values()) {
      const { ticket, isLocked, isRunning, isAsked, restsUntil, freeIn, headIn } = one;
      const isDue = !isLocked && !isRunning && !isAsked && restsUntil <= this.beganMs && freeIn < this.round;
      if (isDue && headIn !== this.round)
        this.fail(`${ticket.actor.id} waits, is free, and was not head in a whole round`, ticket.actor.id);
    }
  }

  /** The order of preference as it stands is that of waiting, and whoever found nobody was moved, one after another. */
  private look(nowMs: number): void {
    const { at, changes, round } = this;
    if (at.begin !== changes || (at.look === changes && round - at.round < LOOK_ROUNDS)) return;
    at.look = changes;
    at.round = round;
    const due = [...this.all.values()].filter(({ isLocked }) => !isLocked).sort(inOrder);
    for (const one of this.missed) {
      const from = due.indexOf(one);
      due.splice(from, 1);
      due.splice(from + RANKS_BACK, 0, one);
    }
    const stand = this.queue.order(nowMs);
    const text = (order: readonly { readonly ticket: Ticket; readonly penalty: number }[]): string =>
      order.map(({ ticket, penalty }) => `${ticket.actor.id} (${penalty})`).join(', ');
    if (text(due) !== text(stand))
      this.fail(
        `the order of preference is ${text(stand)}, and should be ${text(due)}`,
        ...due.map(({ ticket }) => ticket.actor.id),
      );
  }
}

/** A leader's queue is what it loads everybody into; whoever looks on now is told of it. */
let onQueue: ((queue: Queue) => void) | undefined;
const { watchChanges } = Queue.prototype;
Queue.prototype.watchChanges = function (this: Queue) {
  onQueue?.(this);
  return watchChanges.call(this);
};

/** Tells of every call of a queue. As its own methods, over whatever a mutant has made of those of all. */
function follow(queue: Queue, rounds: Rounds): void {
  const wrap = <K extends keyof Queue>(name: K, then: (answer: unknown, ...args: never[]) => void): void => {
    const own = (...args: never[]): unknown => {
      const answer = (Queue.prototype[name] as (...args: never[]) => unknown).apply(queue, args);
      then(answer, ...args);
      return answer;
    };
    Object.assign(queue, { [name]: own });
  };
  wrap('enter', (_, ticket: Ticket) => rounds.entered(ticket, false));
  wrap('enterAgain', (_, ticket: Ticket) => rounds.entered(ticket, true));
  wrap('leave', (left, id: string) => left && rounds.left(id));
  wrap('lock', (isDone, id: string) => isDone && rounds.locked(id, true));
  wrap('comeBack', (isDone, id: string) => isDone && rounds.locked(id, false));
  wrap('startRun', (_, id: string) => rounds.runs(id, true));
  wrap('ask', (_, head: string, candidate: string) => rounds.asks(head, candidate));
  wrap('endRun', (_, id: string) => rounds.runs(id, false));
  wrap('rest', (_, id: string, untilMs: number) => rounds.rests(id, untilMs));
  wrap('beginRound', (_, nowMs: number) => rounds.begins(nowMs));
  wrap('nextHead', (head, nowMs: number) => rounds.head(head as Ticket | undefined, nowMs));
  wrap('moveBack', (_, head: Ticket) => rounds.missedBy(head));
}

export const preference: MakeChecker = (_, fail) => {
  const known = new WeakSet<Queue>();
  onQueue = (queue) => {
    if (known.has(queue)) return;
    known.add(queue);
    follow(queue, new Rounds(queue, fail));
  };
  return {};
};
