/** A host whose game is the real Pokémon simulator: random teams, random legal choices, one copy of the battle a side. */
import { createHash } from 'node:crypto';
import { TeamGenerators } from '@pkmn/randoms';
import { Battle, Dex, PRNG, type PRNGSeed, RandomPlayerAI, type Side, Teams } from '@pkmn/sim';
import { delay, map, of, type SchedulerLike, timer } from 'rxjs';
import type { ControllableBattleActor } from '../../plugin/battle-actor.ts';
import type { BattleSetup, Host, LocalActor, Notice } from '../../plugin/host.ts';
import { hashOf, type Random, randomOf } from '../random.ts';

export const FORMAT = 'gen9randombattle';
const TEAM_SIZE = 6;

export interface PokemonOptions {
  readonly seed: string;
  readonly scheduler: SchedulerLike;
  readonly tell: (actor: LocalActor, notice: Notice) => void;
  /** The battle of a match has ended on one side, after so many turns of the game. */
  readonly ended: (matchId: string, turns: number) => void;
}

/** How long players think before they accept, and before they choose, in ms. */
const ACCEPT_MS = [800, 4000] as const;
const CHOOSE_MS = [500, 3000] as const;

const simulatorSeed = (...parts: string[]): PRNGSeed => `sodium,${hashOf(...parts).slice(0, 32)}`;

export function pokemonHost({ seed, scheduler, tell, ended }: PokemonOptions): Host {
  Teams.setGeneratorFactory(TeamGenerators);
  return {
    tell,
    ruleset: (queue) => hashOf(queue, FORMAT, Dex.gen),
    accept(actor, offer) {
      const think = randomOf(seed, `accept ${actor.id} ${offer.offerId}`).integer(...ACCEPT_MS);
      return of(true).pipe(delay(think, scheduler));
    },
    team: (actor) => Teams.pack(Teams.generate(FORMAT, { seed: simulatorSeed(seed, 'team', actor.id) })),
    validate(match, teams) {
      const wrong = teams.flatMap((team, side) => whyIllegal(team).map((why) => `${match.sides[side as 0 | 1].name}: ${why}`));
      return wrong.length > 0 ? wrong.join('; ') : null;
    },
    battle(setup, opponent) {
      const random = randomOf(seed, `choices ${setup.matchId} ${setup.side}`);
      play(setup, opponent, random, scheduler, () => simulatorSeed(seed, 'player', setup.matchId, String(setup.side)), ended);
    },
  };
}

/** What is wrong with a packed team by this server's copy of the game. */
function whyIllegal(packed: string): string[] {
  const team = Teams.unpack(packed);
  if (!team) return ['the team cannot be read'];
  if (team.length !== TEAM_SIZE) return [`${team.length} Pokémon, ${TEAM_SIZE} expected`];
  return team.flatMap(({ species, moves }) => [
    ...(Dex.species.get(species).exists ? [] : [`no Pokémon is called ${species}`]),
    ...moves.filter((move) => !Dex.moves.get(move).exists).map((move) => `no move is called ${move}`),
  ]);
}

/** A player that chooses at random among what is legal. */
class RandomPlayer extends RandomPlayerAI {
  private chosen = '';

  constructor(seed: PRNGSeed) {
    // It is asked directly and never reads its stream.
    super({ write: () => undefined } as never, { seed: PRNG.get(seed) });
  }

  override choose(choice: string): void {
    this.chosen = choice;
  }

  answer(request: NonNullable<Side['activeRequest']>): string {
    this.chosen = '';
    this.receiveRequest(request);
    return this.chosen;
  }
}

/** The digest of a battle whenever it is asked for: of its whole protocol so far, without the lines that tell the wall clock's time. */
function digester(battle: Battle): () => string {
  const hash = createHash('sha256');
  let read = 0;
  return () => {
    for (; read < battle.log.length; read++) {
      const line = battle.log[read] as string;
      if (!line.startsWith('|t:|')) hash.update(`${line}\n`);
    }
    return hash.copy().digest('hex').slice(0, 32);
  };
}

function play(
  setup: BattleSetup,
  opponent: ControllableBattleActor,
  random: Random,
  scheduler: SchedulerLike,
  playerSeed: () => PRNGSeed,
  ended: PokemonOptions['ended'],
): void {
  const [one, two] = setup.sides.map(({ name }, index) => ({ name, team: setup.teams[index as 0 | 1] }));
  const battle = new Battle({ formatid: FORMAT as never, seed: simulatorSeed(setup.seed), p1: one, p2: two } as never);
  const digest = digester(battle);
  const player = new RandomPlayer(playerSeed());
  const own = battle.sides[setup.side] as Side;
  let asked: unknown;
  /** Lets the local player think about what the battle asks of it, once a request. */
  const think = (): void => {
    const request = own.activeRequest;
    // While the battle is rebuilt, what was chosen is among the turns.
    if (opponent.isReplaying || battle.ended || !request || request.wait || request === asked) return;
    asked = request;
    const choice = player.answer(request);
    timer(random.integer(...CHOOSE_MS), scheduler)
      .pipe(map(() => choice))
      .subscribe((chosen) => opponent.send(chosen));
  };
  opponent.onTurn(({ side, data }) => {
    if (battle.ended) return undefined;
    const legal = battle.choose(side === 0 ? 'p1' : 'p2', data);
    // The simulator took back a choice that only it could know to be illegal: choose again.
    if (!legal && side === setup.side) asked = undefined;
    think();
    if (!battle.ended) return digest();
    const winner = battle.winner === one?.name ? 0 : battle.winner === two?.name ? 1 : 'draw';
    ended(setup.matchId, battle.turn);
    opponent.over(winner, digest());
    return digest();
  });
  opponent.onLive(think);
}
