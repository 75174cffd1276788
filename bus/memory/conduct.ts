/** How players and nodes have behaved. What counts no more is let go of a little at a time. */
import type { Bar } from '../admin.ts';
import { DECLINES_TEXT, type DeclineRules } from '../conduct.ts';

interface Record_ {
  readonly voids: readonly { readonly at: number; readonly from: string }[];
  readonly barredUntil: number;
  readonly why: string;
  readonly declines: number;
  readonly declinedAt: number;
  readonly restsUntil: number;
  readonly keptUntil: number;
}

const CLEAN: Record_ = {
  ...{ voids: [], barredUntil: 0, why: '', declines: 0, declinedAt: 0, restsUntil: 0, keptUntil: 0 },
};
const MOST_SWEPT = 20;

/** Players and nodes, told apart by how their key begins. */
export const ofPlayer = (player: string): string => `p:${player}`;
export const ofNode = (node: string): string => `n:${node}`;

export interface VoidCounted {
  /** The other one, where nobody is to blame: with the same one it counts once. Empty: it counts each time. */
  readonly from: string;
  readonly most: number;
  readonly windowMs: number;
  readonly barMs: number;
  readonly why: string;
}

export class Conduct {
  private readonly records = new Map<string, Record_>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** A match is void by somebody. Returns until when it is barred now, or undefined. */
  countVoid(who: string, { from, most, windowMs, barMs, why }: VoidCounted): number | undefined {
    const at = this.now();
    const record = this.of(who);
    const voids = record.voids.filter((each) => each.at > at - windowMs);
    if (from !== '' && voids.some((each) => each.from === from)) return undefined;
    const isBarred = voids.length + 1 > most;
    const barredUntil = isBarred ? at + barMs : record.barredUntil;
    this.keep(who, {
      ...record,
      voids: isBarred ? [] : [...voids, { at, from }],
      barredUntil,
      why: isBarred ? why : record.why,
      keptUntil: Math.max(record.keptUntil, at + windowMs, barredUntil),
    });
    return isBarred ? barredUntil : undefined;
  }

  countDecline(player: string, { restMs, growth, mostMs, fadeMs }: DeclineRules): void {
    const at = this.now();
    const record = this.of(ofPlayer(player));
    const declines = Math.max(0, record.declines - Math.floor((at - record.declinedAt) / fadeMs)) + 1;
    const restsUntil = at + Math.floor(Math.min(mostMs, restMs * growth ** (declines - 1)));
    const keptUntil = Math.max(record.keptUntil, restsUntil, at + declines * fadeMs);
    this.keep(ofPlayer(player), { ...record, declines, declinedAt: at, restsUntil, keptUntil });
  }

  /** What keeps a player out now. */
  barsOf(player: string): Bar[] {
    const { barredUntil, why, restsUntil } = this.of(ofPlayer(player));
    const now = this.now();
    return [
      ...(barredUntil > now ? [{ player, until: barredUntil, reason: why }] : []),
      ...(restsUntil > now ? [{ player, until: restsUntil, reason: DECLINES_TEXT }] : []),
    ];
  }

  /** Returns whether there was something to forget. */
  forget(who: string): boolean {
    return this.records.delete(who);
  }

  private of(who: string): Record_ {
    const record = this.records.get(who);
    return record && record.keptUntil > this.now() ? record : CLEAN;
  }

  private keep(who: string, record: Record_): void {
    const now = this.now();
    let looked = 0;
    for (const [old, { keptUntil }] of this.records) {
      if (++looked > MOST_SWEPT) break;
      if (keptUntil <= now) this.records.delete(old);
    }
    // The newest are last: those that are looked at first are the oldest.
    this.records.delete(who);
    this.records.set(who, record);
  }
}
