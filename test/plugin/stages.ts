/** The stages at which somebody leaves, or a server dies, and what does not come of a server that is held there. */
import { EMPTY, NEVER } from 'rxjs';
import type { Bus } from '../../bus/bus.ts';

export const STAGES = ['asking', 'offered', 'joining', 'teams', 'validating', 'battle'] as const;
export type HeldAt = (typeof STAGES)[number];

/** A server that is held says nothing more. */
export const HELD: { readonly [stage in HeldAt]: (bus: Bus) => Partial<Bus> } = {
  asking: (bus) => ({ say: (room, message) => (message.kind === 'HERE' ? EMPTY : bus.say(room, message)) }),
  offered: () => ({ reply: () => NEVER }),
  joining: () => ({ joined: () => NEVER }),
  teams: () => ({ team: () => NEVER }),
  validating: () => ({ judge: () => NEVER }),
  battle: () => ({ append: () => NEVER, over: () => NEVER }),
};

export const WHAT_HAPPENS = ['leaves', "'s server dies", 'is held, and the leader dies'] as const;

export interface Leaving {
  readonly stage: HeldAt;
  readonly who: 'head' | 'candidate';
  readonly event: (typeof WHAT_HAPPENS)[number];
}

/** Everything that may happen, to both, at every stage. */
export const LEAVINGS: readonly Leaving[] = STAGES.flatMap((stage) =>
  (['head', 'candidate'] as const).flatMap((who) => WHAT_HAPPENS.map((event) => ({ stage, who, event }))),
);

/** After BEGIN nobody goes back: the match is void. */
export const isBegun = (stage: HeldAt): boolean => stage === 'teams' || stage === 'validating' || stage === 'battle';
export const nameOf = ({ stage, who, event }: Leaving): string => `${stage}: the ${who} ${event}`;
