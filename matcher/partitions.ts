/**
 * Partitions: those who differ in ruleset, or in size where sizes have to be equal, can never meet. Each has an order of Elo of its
 * own, so that no walk has to pass the others.
 */
import type { Ticket } from './actor.ts';
import { Candidates } from './candidates.ts';
import { Numbers } from './numbers.ts';
import { PARTITION, type Roster } from './roster.ts';

export class Partitions {
  private readonly roster: Roster;
  private readonly equalSizes: boolean;
  private readonly numbers = new Numbers();
  private readonly list: (Candidates | undefined)[] = [];

  constructor(roster: Roster, equalSizes: boolean) {
    this.roster = roster;
    this.equalSizes = equalSizes;
  }

  /** The order of Elo that a slot is in, or would be in if it were neither locked nor spoken for. */
  of(slot: number): Candidates {
    return this.list[this.roster.int(slot, PARTITION)] as Candidates;
  }

  all(): Candidates[] {
    return this.list.filter((each) => each !== undefined);
  }

  /** The slot is somebody's: it belongs into a partition, and takes its place there. */
  admit(slot: number): void {
    const number = this.numbers.take(this.keyOf(this.roster.ticket(slot)));
    this.list[number] ??= new Candidates(this.roster);
    this.roster.set(slot, PARTITION, number);
    this.of(slot).enter(slot);
  }

  /** The slot is free. A partition of which nobody is any more takes no room. */
  forget(slot: number): void {
    const number = this.roster.int(slot, PARTITION);
    if (this.numbers.give(number) === 0) this.list[number] = undefined;
  }

  private keyOf({ ruleset, actor }: Ticket): string {
    return this.equalSizes && actor.members.length !== 1 ? `${ruleset}\n${actor.members.length}` : ruleset;
  }
}
