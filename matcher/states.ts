/** What each slot of a queue is, as flags in its mark; and who rests until when. */
import { MARK, type Roster } from './roster.ts';

export const LOCKED = 1;
/** Head of a factory run. */
export const RUNNING = 2;
/** Perhaps resting: until when is kept beside it. */
export const RESTING = 4;
/** A player alone, without blocks: few rules can forbid it anything. */
export const PLAIN = 8;
/** A run asks it: nobody else does meanwhile. */
export const ASKED = 16;
/** Head of a run that asks its first candidate: nobody else asks it meanwhile. */
export const HELD = 32;

export class States {
  private readonly roster: Roster;
  /** By slot: bus time in ms until which it rests. */
  private readonly rests = new Map<number, number>();

  constructor(roster: Roster) {
    this.roster = roster;
  }

  /** Has it one of these flags? */
  is(slot: number, flags: number): boolean {
    return (this.roster.int(slot, MARK) & flags) !== 0;
  }

  set(slot: number, flags: number): void {
    this.roster.set(slot, MARK, this.roster.int(slot, MARK) | flags);
  }

  unset(slot: number, flags: number): void {
    this.roster.set(slot, MARK, this.roster.int(slot, MARK) & ~flags);
  }

  rest(slot: number, untilMs: number): void {
    this.set(slot, RESTING);
    this.rests.set(slot, untilMs);
  }

  isResting(slot: number, nowMs: number): boolean {
    return this.is(slot, RESTING) && (this.rests.get(slot) as number) > nowMs;
  }

  /** The slot is free: nobody rests there. */
  forget(slot: number): void {
    if (this.is(slot, RESTING)) this.rests.delete(slot);
  }

  /** Forgets the rests that are over. */
  wake(nowMs: number): void {
    for (const [slot, until] of this.rests) {
      if (until > nowMs) continue;
      this.rests.delete(slot);
      this.unset(slot, RESTING);
    }
  }
}
