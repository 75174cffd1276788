/**
 * A plugin of a real server in which the adapter is tried out: what is tried are two adapters that share the server, and that know of each other by Jaeger alone.
 * Prints what came of it as a line.
 */
import { showdownHost } from '../../../plugin/hosts/showdown/host.ts';
import { Offers } from '../../../plugin/hosts/showdown/offers.ts';
import { Openings } from '../../../plugin/hosts/showdown/openings.ts';
import { type ShowdownBattle, type ShowdownUser, server } from '../../../plugin/hosts/showdown/server.ts';
import { type AdapterUnderTest, conformance, textsOf } from '../../../plugin/index.ts';

const QUEUE = 'gen9randombattle';
/** After so many turns the first player gives up: whole battles are played elsewhere. */
const ENOUGH = 8;

/** What a player does on a server, besides what the adapter touches. */
interface Game extends ShowdownBattle {
  readonly turn: number;
  readonly playerTable: Readonly<Record<string, ShowdownBattle['p1'] | undefined>>;
  choose(user: ShowdownUser, data: string): void;
  undo(user: ShowdownUser, data: string): void;
  forfeit(user: ShowdownUser): boolean;
}

function join(name: string, number: number): ShowdownUser {
  const { Users } = server();
  const id = `tried-${number}`;
  const connection = new Users.Connection(id, { stream: { write: () => undefined } }, id, null, '127.0.0.1', 'tried');
  const user = new Users.User(connection);
  connection.user = user;
  user.forceRename(name, true);
  return user;
}

const users = new Map(['anna', 'berta'].map((name, number) => [name, join(name, number)]));

function adapter(): AdapterUnderTest {
  const texts = textsOf({});
  const [offers, openings] = [new Offers(texts), new Openings()];
  const games = (player: string, does: (game: Game, user: ShowdownUser) => unknown): void => {
    const user = users.get(player) as ShowdownUser;
    const { Rooms } = globalThis as unknown as { Rooms: { get(id: string): { battle: Game } | undefined } };
    for (const id of user.games) {
      const game = Rooms.get(id)?.battle;
      if (game && !game.ended) does(game, user);
    }
  };
  return {
    host: showdownHost({ offers, openings, chat: true, texts }),
    answer: (player, accepts) => offers.answer(player, accepts),
    play: (player) =>
      games(player, (game, user) => {
        if (game.turn > ENOUGH && player === 'anna') game.forfeit(user);
        else if (game.playerTable[user.id]?.request.isWait === false) game.choose(user, 'default');
      }),
    undo: (player) => games(player, (game, user) => game.undo(user, '')),
    forfeit: (player) => games(player, (game, user) => game.forfeit(user)),
  };
}

conformance(adapter, { queue: QUEUE }).then(
  (result) => process.stdout.write(`[tried out] ${JSON.stringify({ checks: result.checks, text: result.text })}\n`),
  (error: Error) => process.stdout.write(`[tried out] ${JSON.stringify({ checks: [], text: error.stack })}\n`),
);
