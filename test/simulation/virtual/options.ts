/** What can go wrong in a simulated world, and how players behave: one table of named odds. A swarm draws each from the seed. */
import type { Random } from '../../../scripts/random.ts';

interface Odd {
  /** In a world that is not drawn. */
  readonly usual: number;
  /** The most that a swarm draws. */
  readonly most: number;
}

/** `chance`: of each one, from 0 to 1. `rate`: so many a minute, in the whole world. `size`: what it says. */
export const TABLE = {
  // Of everything that is asked and said: chance.
  requestLost: { usual: 0.002, most: 0.04 },
  replyLost: { usual: 0.002, most: 0.04 },
  slowCommand: { usual: 0.005, most: 0.08 },
  messageLost: { usual: 0.002, most: 0.04 },
  messageDoubled: { usual: 0.002, most: 0.05 },
  slowMessage: { usual: 0.01, most: 0.1 },
  // Of what happens to servers, their connections and the store: rate.
  crash: { usual: 0.15, most: 0.6 },
  stop: { usual: 0.05, most: 0.3 },
  pause: { usual: 0.2, most: 0.8 },
  leaderPause: { usual: 0.1, most: 0.8 },
  stutter: { usual: 0.1, most: 0.5 },
  mute: { usual: 0.1, most: 0.5 },
  deaf: { usual: 0.1, most: 0.5 },
  unheard: { usual: 0.2, most: 2 },
  rogueClaims: { usual: 0.1, most: 2 },
  apart: { usual: 0.1, most: 0.5 },
  clockJump: { usual: 0.2, most: 4 },
  storeJump: { usual: 0.03, most: 0.3 },
  storeLost: { usual: 0.03, most: 0.2 },
  storeFull: { usual: 0.05, most: 0.3 },
  storeAway: { usual: 0.05, most: 0.3 },
  // How far a server's clock runs ahead or behind, at most: size, in thousandths.
  drift: { usual: 0.2, most: 5 },
  // What players do: chance.
  declines: { usual: 0.05, most: 0.3 },
  ignores: { usual: 0.03, most: 0.2 },
  dawdles: { usual: 0.02, most: 0.2 },
  leaves: { usual: 0.08, most: 1 },
  noTeam: { usual: 0.01, most: 0.1 },
  refuses: { usual: 0.01, most: 0.1 },
  drops: { usual: 0.08, most: 0.4 },
  forfeits: { usual: 0.05, most: 0.3 },
  cheats: { usual: 0.02, most: 0.15 },
  idles: { usual: 0.01, most: 0.1 },
  rejoins: { usual: 0.7, most: 1 },
  instants: { usual: 0.3, most: 1 },
  rematches: { usual: 0.3, most: 1 },
  moves: { usual: 0.1, most: 0.5 },
  blocks: { usual: 0.05, most: 0.3 },
  wanders: { usual: 0.2, most: 1 },
  // What the owner does: rate.
  ownerVoids: { usual: 0.05, most: 0.4 },
  ownerRemoves: { usual: 0.1, most: 1 },
  ownerBars: { usual: 0.05, most: 0.4 },
  ownerDrains: { usual: 0.05, most: 0.3 },
  ownerElos: { usual: 0.05, most: 0.5 },
  // The store comes back without what it wrote last: rate. Here, so that what seeds draw of the others stays what it was.
  storeBack: { usual: 0.03, most: 0.3 },
} as const satisfies Record<string, Odd>;

export type Named = keyof typeof TABLE;
export type Odds = Readonly<Record<Named, number>>;

const NAMES = Object.keys(TABLE) as Named[];

export const usualOdds = (): Odds => Object.fromEntries(NAMES.map((name) => [name, TABLE[name].usual])) as Odds;

/** Half of all odds are nothing, the others more often small than large: what is rare together is seen too. */
export const swarmOdds = (random: Random): Odds =>
  Object.fromEntries(
    NAMES.map((name) => {
      const isThere = random.fraction() < 0.5;
      return [name, isThere ? TABLE[name].most * random.fraction() ** 2 : 0];
    }),
  ) as Odds;
