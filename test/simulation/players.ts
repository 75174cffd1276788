/** A game that both servers can compute, played by scripts: what they do is drawn from the seed, and both come to the same end. */
import { setTimeout as later } from 'node:timers/promises';
import type { BattleTurn, Host } from '../../plugin/index.ts';
import { hashOf, randomOf } from '../../scripts/random.ts';
import type { Hold } from './orders.ts';

export interface Players {
  readonly host: Host;
  hold(player: string, at: Hold): void;
  letGo(): void;
}

export interface PlayersOptions {
  readonly seed: string;
  readonly declines: number;
  /** A player waits at a stage. */
  held(player: string, at: Hold): void;
}

/** How long a player thinks, in ms. */
const ACCEPT_MS = [0, 80] as const;
const INPUT_MS = [5, 60] as const;
/** How many inputs each side sends. */
const INPUTS = [1, 4] as const;

export function scriptedPlayers({ seed, declines, held }: PlayersOptions): Players {
  const holds = new Map<string, Hold>();
  let release = (): void => undefined;
  let released = new Promise<void>((resolve) => (release = resolve));
  const pass = async (player: string, at: Hold): Promise<void> => {
    if (holds.get(player) !== at) return;
    held(player, at);
    await released;
  };
  const host: Host = {
    tell: () => undefined,
    accept: async (actor, { offerId }) => {
      const random = randomOf(seed, `accept ${actor.id} ${offerId}`);
      await pass(actor.id, 'accept');
      await later(random.integer(...ACCEPT_MS));
      return random.integer(1, 100) > declines;
    },
    team: async (actor) => {
      await pass(actor.id, 'team');
      return `team of ${actor.id}`;
    },
    validate: async ({ sides, side }) => {
      await pass(sides[side].id, 'validate');
      return null;
    },
    battle: async (setup, opponent) => {
      const player = setup.sides[setup.side].id;
      const counts = [0, 1].map((side) => randomOf(setup.seed, `inputs ${side}`).integer(...INPUTS));
      const total = (counts[0] as number) + (counts[1] as number);
      const turns: BattleTurn[] = [];
      opponent.onTurn((turn) => {
        turns.push(turn);
        if (turns.length !== total) return;
        const winner = ([0, 1, 'draw'] as const)[randomOf(setup.seed, 'winner').integer(0, 2)] ?? 'draw';
        opponent.over(winner, hashOf(JSON.stringify(turns)));
      });
      await pass(player, 'battle');
      const random = randomOf(seed, `battle ${setup.matchId} ${player}`);
      for (let number = 1; number <= (counts[setup.side] as number); number++) {
        await later(random.integer(...INPUT_MS));
        opponent.send(`${player} ${number}`);
      }
    },
  };
  return {
    host,
    hold: (player, at) => holds.set(player, at),
    letGo: () => {
      holds.clear();
      release();
      released = new Promise<void>((resolve) => (release = resolve));
    },
  };
}
