/** The scripted game of the bench: everybody accepts at once, hands over a small team, plays two inputs, and side 0 wins. */
import type { Host, Notice } from '../../../plugin/index.ts';

/** Of each side. */
export const INPUTS = 2;

const TEAM = JSON.stringify(Array.from({ length: 6 }, (_, slot) => ({ slot, species: 'Bulbasaur', level: 50 + slot })));

/** `told` hears every notice, in order. */
export const scriptedHost = (told: (player: string, notice: Notice) => void): Host => ({
  tell: (actor, notice) => told(actor.id, notice),
  accept: () => true,
  team: () => TEAM,
  validate: () => null,
  battle: (setup, opponent) => {
    let inputs = 0;
    let turns = 0;
    const play = (): void => {
      if (inputs++ < INPUTS) opponent.send(JSON.stringify({ side: setup.side, move: inputs }));
    };
    opponent.onTurn(({ side }) => {
      if (++turns === 2 * INPUTS) opponent.over(0, `digest of ${setup.seed}`);
      else if (side === setup.side) play();
    });
    play();
  },
});
