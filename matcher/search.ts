/** A search: whom a head reaches at this moment, and whom it may meet. What the walk over the order of Elo asks. */
import { stepOf } from './actor.ts';
import type { Avoided } from './avoided.ts';
import type { Walk } from './candidates.ts';
import { forbidden, type PairRules } from './forbidden.ts';
import { NONE } from './places.ts';
import type { Pool } from './pool.ts';
import { MANY_NODES, MARK, mayBeOfOneActor, NODE, nodeIn, type Roster } from './roster.ts';
import { PLAIN, RESTING, type States } from './states.ts';

export interface SearchContext {
  readonly roster: Roster;
  readonly states: States;
  readonly pool: Pool;
  readonly avoided: Avoided;
  readonly rules: PairRules;
}

export class Search implements Walk {
  head = NONE;
  readonly isAtHome = true;
  farthest = 0;
  notOfNode = NONE;
  mark = 0;
  unasked = NONE;
  private readonly context: SearchContext;
  private readonly pool: Pool;
  private readonly cap: number;
  private nowMs = 0;
  private nowStep = 0;
  private waited = 0;
  /** The head's own pool, in 1/64. */
  private own = 0;
  /** Only who is not plain, rests or is the head itself has to be looked at closely. */
  private isPlain = false;
  private except: ReadonlySet<string> | undefined;

  constructor(context: SearchContext) {
    this.context = context;
    this.pool = context.pool;
    // The hard cap is inclusive, and differences are multiples of 1/64.
    this.cap = Math.floor(context.rules.maxDifference * 64) + 1;
  }

  /**
   * @param oldest the slot that has waited longest
   * @param except tickets that are not looked for
   */
  begin(head: number, oldest: number, nowMs: number, except: ReadonlySet<string> | undefined): void {
    const { roster, states, avoided, rules } = this.context;
    this.head = head;
    this.nowMs = nowMs;
    this.nowStep = stepOf(nowMs);
    this.waited = this.nowStep - roster.step(head);
    this.own = this.pool.in64(this.waited);
    this.farthest = Math.min(this.reach(roster.step(oldest)), this.cap);
    this.notOfNode = rules.sameNode ? NONE : roster.int(head, NODE);
    this.except = except;
    this.mark = roster.int(head, MARK);
    this.isPlain = states.is(head, PLAIN) && !except && (avoided.isEmpty || !avoided.of(roster.ticket(head).actor.id));
    // Nearly everybody, where every server may meet itself.
    this.unasked = this.isPlain && rules.sameNode ? PLAIN : NONE;
  }

  reach(step: number): number {
    const waited = this.nowStep - step;
    return this.pool.isMean ? this.pool.reach64(this.waited, waited) : this.own + this.pool.in64(waited);
  }

  reachLow(step: number): number {
    const waited = (this.nowStep - step) | 0;
    return this.pool.isMean ? this.pool.reach64(this.waited, waited) : this.own + this.pool.in64(waited);
  }

  accepts(slot: number, mark: number): boolean {
    const { roster, states, avoided, rules } = this.context;
    if ((mark & RESTING) !== 0 && states.isResting(slot, this.nowMs)) return false;
    if (this.isPlain && (mark & PLAIN) !== 0) {
      if (this.notOfNode !== NONE) {
        const node = nodeIn(mark);
        if ((node === MANY_NODES ? roster.int(slot, NODE) : node) === this.notOfNode) return false;
      }
      return !mayBeOfOneActor(mark, this.mark) || !roster.sameActor(this.head, slot);
    }
    const one = roster.ticket(this.head);
    const other = roster.ticket(slot);
    if (this.except?.has(other.ticket)) return false;
    return forbidden(one, other, rules) === undefined && !avoided.has(one.actor.id, other.actor.id, this.nowMs);
  }
}
