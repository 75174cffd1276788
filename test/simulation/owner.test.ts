/** The owner looks on and gives commands while whole servers play, and whoever executes a command is killed over it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scripts } from '../../bus/generated/lua.ts';
import { tagOf } from '../../bus/rooms.ts';
import { type Admin, admin, redisBus } from '../../plugin/index.ts';
import { pause, until } from '../../scripts/redis.ts';
import { monitor } from './monitor.ts';
import { scenarios } from './scenario.ts';
import { DECLINED, OF_LOST, QUEUE, type World } from './world.ts';

const PLAYERS = 9;
const KILLS = 6;
/** When the leader is killed at random: from when the command is given on. */
const WITHIN_MS = 40;
const PATIENCE_MS = 1500;

/** The owner's hand, what it does to Redis, and what was wrong with what it read. */
interface Owner {
  readonly admin: Admin;
  /** How often this player was written to the bars. */
  barred(player: string): number;
  /** Reads everything, again and again, until it is told to end; how often it was read. */
  read(): () => Promise<number>;
  close(): Promise<void>;
}

async function owner(world: World, withinMs?: number): Promise<Owner> {
  const { realm, redis } = world;
  const bus = redisBus(redis.url, { realm });
  const written: string[] = [];
  const unwatch = monitor(redis.port, (command) => {
    const [, player] = command.split(`"HSET" "${tagOf(realm)}:bars" `);
    if (player !== undefined) written.push(JSON.parse(player.split(' ')[0] as string));
  });
  const hand = admin(bus, { who: 'olivia', ...(withinMs === undefined ? {} : { withinMs }) });
  let reads = true;
  const readAll = async (): Promise<void> => {
    const [overview, waiting, matches, ladder] = await Promise.all([
      hand.overview(),
      hand.waiting(QUEUE),
      hand.matches(QUEUE),
      hand.ladder(QUEUE),
      hand.incidents(),
      hand.counts(),
    ]);
    const queue = overview.queues.find((each) => each.queue === QUEUE);
    if (!queue || queue.waiting > PLAYERS || queue.matches > PLAYERS / 2)
      world.problems.push(`read: ${JSON.stringify(overview)}`);
    if (new Set(waiting.page.map(({ id }) => id)).size < waiting.page.length) world.problems.push('read: one waits twice');
    if (new Set(ladder.page.map(({ player }) => player)).size < ladder.page.length)
      world.problems.push('read: one is ranked twice');
    for (const { matchId } of matches.page) {
      const found = await hand.match(matchId);
      found?.log.forEach(({ entry }, index) => {
        if (entry.turn !== index + 1)
          world.problems.push(`read: match ${matchId} has turn ${entry.turn} in place ${index + 1}`);
      });
    }
  };
  return {
    admin: hand,
    barred: (player) => written.filter((each) => each === player).length,
    read: () => {
      const ended = (async () => {
        let times = 0;
        for (; reads; times++) await readAll();
        return times;
      })();
      return () => {
        reads = false;
        return ended;
      };
    },
    close: async () => {
      unwatch();
      await bus.close();
    },
  };
}

const leaderOf = async (world: World, hand: Admin): Promise<string> => {
  let leader: string | undefined;
  await until('a leader', async () => {
    leader = (await hand.overview()).queues.find(({ queue }) => queue === QUEUE)?.leader?.node;
    return leader !== undefined && !world.node(leader).ended;
  });
  return leader as string;
};

/** When the leader is killed: before Redis has the command, as soon as it was executed, or at any moment. */
const moments: readonly ((world: World, hand: Owner, leader: string, player: string) => Promise<void>)[] = [
  (world, _hand, leader) => until('the command is on its way', () => world.wire(leader).holds),
  (_world, hand, _leader, player) => until('it is executed', () => hand.barred(player) > 0),
  (world) => pause(world.random.integer(0, WITHIN_MS)),
];

const test = suite('whole servers, and their owner');
scenarios(test, 2, [
  {
    name: `the leader is killed ${KILLS} times in the middle of a command, while all play and everything is read`,
    invariant: 'each command is executed once, and answered; each read is whole',
    nodes: ['A', 'B', 'C'],
    voids: OF_LOST,
    withdrawn: [DECLINED],
    chaos: async (world) => {
      const hand = await owner(world);
      try {
        world.play(PLAYERS);
        await until('they play', () => world.count('elo') > 4, 30_000);
        const ended = hand.read();
        for (let round = 0; round < KILLS; round++) {
          const player = `ghost${round}`;
          const leader = await leaderOf(world, hand.admin);
          const moment = round % moments.length;
          if (moment === 0) world.wire(leader).holdFrom(scripts.adminBar.sha);
          const answer = hand.admin.bar(player, null, 'cheats');
          await Promise.all([answer, moments[moment]?.(world, hand, leader, player).then(() => world.node(leader).kill())]);
          assert.is((await answer).outcome, 'done');
          await world.startNode(leader);
        }
        assert.ok((await ended()) > KILLS, 'everything was read again and again');
        const incidents = (await hand.admin.incidents({ most: 1000 })).filter(({ kind }) => kind === 'Admin');
        for (let round = 0; round < KILLS; round++) {
          const player = `ghost${round}`;
          assert.is(hand.barred(player), 1, `${player} was barred once`);
          assert.is((await hand.admin.player(player)).bar?.reason, 'cheats');
          assert.is(incidents.filter(({ actors }) => actors.includes(player)).length, 1, 'and it is an incident');
        }
      } finally {
        await hand.close();
      }
    },
  },
  {
    name: 'the leader is killed in the middle of a command, and there is no other one',
    invariant: 'it is reported as not executed, and is not, whoever leads later',
    nodes: ['A', 'B', 'C'],
    voids: {},
    withdrawn: [],
    guests: ['B', 'C'],
    chaos: async (world) => {
      const hand = await owner(world, PATIENCE_MS);
      try {
        world.wire('A').holdFrom(scripts.adminBar.sha);
        const said = hand.admin.bar('ghost', null, 'cheats').then(
          () => 'done',
          (error: Error & { code: string }) => `${error.code}: ${error.message}`,
        );
        await until('the command is on its way', () => world.wire('A').holds);
        await world.node('A').kill();
        assert.match(await said, /it was not executed, and will not be/);
        await world.startNode('A');
        assert.is((await hand.admin.bar('another', null, 'cheats')).outcome, 'done');
        assert.is(hand.barred('another'), 1);
        assert.is(hand.barred('ghost'), 0);
        assert.is((await hand.admin.player('ghost')).bar, null);
      } finally {
        await hand.close();
      }
    },
  },
]);
test.run();
