/** Servers that begin anew: they go on with their battles, rebuilt from the log, and take the Elos of matches that ended while they were away. */
import { EMPTY, tap } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SeatRecord } from '../../bus/records.ts';
import { remember } from '../rewind.ts';
import { lossy, type PlayerScript, type Seen, TestWorld, type WorldGiven } from './world.ts';

const silent: PlayerScript = { battle: 'silent', rejoin: true };
const PLAYERS = { joe: silent, bob: silent };

/** A leads; B and C fight. */
function fighting(given: WorldGiven = {}): TestWorld {
  const world = new TestWorld({ nodes: ['A', 'B', 'C'], players: PLAYERS, ...given }).start();
  return world.add('B', 'joe', 1000).add('C', 'bob', 1000).run(4000);
}
const newest = (world: TestWorld, player: string): Seen => world.seen.filter((seen) => seen.player === player).at(-1) as Seen;

function inputs(world: TestWorld, ...said: readonly (readonly [player: string, data: string])[]): void {
  for (const [player, data] of said) {
    newest(world, player).actor.send(data);
    world.run(300);
  }
}

function restart(world: TestWorld, node: string, afterMs: number): void {
  world.kill(node).run(afterMs);
  world.launch(node).start().subscribe();
  world.run(1500);
}

function endsEqual(world: TestWorld): void {
  const [joe, bob] = [newest(world, 'joe'), newest(world, 'bob')];
  assert.equal(joe.turns, bob.turns);
  for (const seen of [joe, bob]) seen.actor.over(joe.setup.side, `${seen.turns.length}`);
  world.run(3000);
  assert.is(world.stages().at(-1), 'closed');
  assert.equal(
    world
      .of('elo')
      .map(({ id }) => id)
      .sort(),
    ['bob', 'joe'],
  );
  assert.equal(world.of('incident'), []);
  assert.equal(world.of('fault'), []);
}

test('a server that is back within 60 s rebuilds its battle from the log, and plays on', () => {
  const world = fighting();
  inputs(world, ['joe', 'a'], ['bob', 'b'], ['joe', 'c'], ['bob', 'd'], ['bob', 'e'], ['bob', 'f']);
  world.kill('B').run(3000);
  inputs(world, ['bob', 'g'], ['bob', 'h']);
  restart(world, 'B', 20_000);
  assert.equal(
    world.of('rejoined').map(({ id }) => id),
    ['joe'],
  );
  const { setup, turns, actor } = newest(world, 'joe');
  assert.equal(setup.teams, newest(world, 'bob').setup.teams);
  assert.is(setup.seed, newest(world, 'bob').setup.seed);
  assert.equal(
    turns.map(({ data }) => data),
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
  );
  assert.not(actor.isReplaying);
  assert.is(world.value(world.node('B').remove('joe')), 'PLAYING');
  world.run(120_000);
  assert.is(world.stages().at(-1), 'battle', 'its new boot gives signs of life');
  inputs(world, ['joe', 'i'], ['bob', 'j'], ['joe', 'k']);
  assert.equal(
    newest(world, 'joe')
      .turns.slice(8)
      .map(({ data }) => data),
    ['i', 'j', 'k'],
  );
  endsEqual(world);
});

test('what the host sends while it is rebuilt is ignored: it is among the turns', () => {
  let live = 0;
  const world = fighting();
  inputs(world, ['joe', 'a'], ['bob', 'b']);
  const before = world.seen.length;
  world.heard = () => {
    const seen = world.seen.at(-1);
    if (world.seen.length > before && seen?.player === 'joe') seen.actor.send('again');
  };
  restart(world, 'B', 5000);
  newest(world, 'joe').actor.onLive(() => live++);
  assert.is(live, 1);
  assert.equal(
    newest(world, 'joe').turns.map(({ data }) => data),
    ['a', 'b'],
  );
  endsEqual(world);
});

test('a host that does not go on, or breaks: void at once, counted against its server, and both are free', () => {
  const breaks = {
    ...silent,
    get rejoin(): boolean {
      throw new Error('broken');
    },
  };
  for (const joe of [{ battle: 'silent' } as const, breaks]) {
    const world = fighting({ players: { ...PLAYERS, joe } });
    const joes = newest(world, 'joe').setup.side;
    restart(world, 'B', 5000);
    assert.equal(world.of('rejoined'), []);
    assert.is(world.stages().at(-1), 'void');
    assert.equal(
      world.of('void').map(({ id, reason, detail }) => [id, reason, detail]),
      [['bob', 'NodeLost', 'the server of joe was started anew']],
    );
    assert.is(world.value(world.bus.incidents(null, 1))[0]?.against, joes);
    assert.is(world.of('fault').length, joe === breaks ? 1 : 0);
    assert.equal(world.of('elo'), []);
    world.add('B', 'joe', 1000).add('C', 'bob', 1000).run(4000);
    assert.is(world.stages().at(-1), 'battle');
  }
});

test('a server that has said that its player lost, and does not go on: that counts', () => {
  const world = fighting({ players: { ...PLAYERS, joe: { battle: 'silent' } } });
  const bobs = newest(world, 'bob').setup.side;
  newest(world, 'joe').actor.over(bobs, 'end');
  world.run(100);
  restart(world, 'B', 5000);
  world.run(40_000);
  assert.equal(
    world
      .of('elo')
      .filter(({ id }) => id === 'bob')
      .map(({ winner }) => winner),
    [bobs],
  );
});

test('a server that stops and means to be back keeps its matches for 60 s; one that does not, does not', () => {
  for (const rejoin of [true, false]) {
    const world = fighting();
    inputs(world, ['joe', 'a'], ['bob', 'b']);
    world.node('B').stop(rejoin).subscribe();
    world.run(10_000);
    assert.is(world.stages().at(-1), rejoin ? 'battle' : 'void');
    if (!rejoin) continue;
    restart(world, 'B', 10_000);
    endsEqual(world);
  }
});

test('restarted before the teams: it hands over its own and judges both, once', () => {
  let teams = 0;
  const world = new TestWorld({
    nodes: ['A', 'B', 'C'],
    players: PLAYERS,
    wire: (bus, node) => (node === 'B' ? { ...bus, team: (...args) => (teams++ === 0 ? EMPTY : bus.team(...args)) } : bus),
  }).start();
  world.add('B', 'joe', 1000).add('C', 'bob', 1000).run(4000);
  assert.is(world.stages().at(-1), 'teams');
  restart(world, 'B', 5000);
  assert.is(world.stages().at(-1), 'battle');
  assert.is(teams, 2);
  inputs(world, ['joe', 'a'], ['bob', 'b']);
  endsEqual(world);
});

/** Joe has lost, and its server, B, was gone before that was published. */
function ratedWhileAway(): TestWorld {
  const world = fighting({ players: { ...PLAYERS, joe: { battle: 'silent' } } });
  const joe = newest(world, 'joe').setup.side;
  newest(world, 'joe').actor.over(joe === 0 ? 1 : 0, 'end');
  world.run(100);
  world.kill('B').run(2000);
  newest(world, 'bob').actor.over(joe === 0 ? 1 : 0, 'end');
  world.run(10_000);
  return world;
}

test('an Elo that was published while its server was away is told at its next sign of life, once, and taken', () => {
  const world = ratedWhileAway();
  assert.is(world.stages().at(-1), 'rated');
  assert.equal(
    world.of('elo').map(({ id }) => id),
    ['bob'],
  );
  const told = world.told.length;
  restart(world, 'B', 300_000);
  assert.equal(
    world.of('elo').map(({ id, delta }) => [id, delta]),
    [
      ['bob', 16],
      ['joe', -16],
    ],
  );
  assert.equal(
    world.told
      .slice(told)
      .filter(({ player }) => player === 'joe')
      .map(({ notice }) => notice.kind),
    ['elo'],
  );
  assert.is(world.stages().at(-1), 'closed');
  world.run(200_000);
  restart(world, 'B', 1000);
  assert.is(world.of('elo').length, 2);
});

test('a bus that has lost that it is taken is told so again, and nobody is told twice', () => {
  const world = ratedWhileAway();
  const goBack = remember(world.bus);
  restart(world, 'B', 1000);
  assert.is(world.stages().at(-1), 'closed');
  goBack();
  world.run(150_000);
  assert.is(world.stages().at(-1), 'closed');
  assert.equal(world.value(world.bus.snapshot('ranked')).matches, []);
  assert.is(world.of('elo').filter(({ id }) => id === 'joe').length, 1);
});

test('an Elo that the bus loses while it is taken is told when it is published again', () => {
  let isMuted = false;
  let back: (() => void) | undefined;
  const world: TestWorld = fighting({
    players: { ...PLAYERS, joe: { battle: 'silent' } },
    wire: (bus, node) => {
      if (node === 'C') return lossy(bus, () => (isMuted ? 0 : 1));
      if (node !== 'B') return bus;
      const goBack = (seats: SeatRecord[]): void => {
        if (seats.length === 0 || !back) return;
        back();
        back = undefined;
        isMuted = false;
      };
      return { ...bus, seats: (...args) => bus.seats(...args).pipe(tap(goBack)) };
    },
  });
  const bobs = newest(world, 'bob').setup.side;
  newest(world, 'joe').actor.over(bobs, 'end');
  world.run(100);
  world.kill('B').run(2000);
  back = remember(world.bus);
  // Bob's server does not hear of it either.
  isMuted = true;
  newest(world, 'bob').actor.over(bobs, 'end');
  world.run(900);
  assert.is(world.stages().at(-1), 'rated');
  restart(world, 'B', 1000);
  assert.is(back, undefined);
  world.run(60_000);
  assert.equal(
    world
      .of('elo')
      .map(({ id }) => id)
      .sort(),
    ['bob', 'joe'],
  );
  assert.is(world.stages().at(-1), 'closed');
});

test('a bus that loses that a server goes on with its match is told so again', () => {
  const world = fighting();
  inputs(world, ['joe', 'a'], ['bob', 'b']);
  world.kill('B').run(5000);
  const goBack = remember(world.bus);
  restart(world, 'B', 1000);
  assert.is(world.of('rejoined').length, 1);
  goBack();
  world.run(120_000);
  assert.is(world.stages().at(-1), 'battle');
  inputs(world, ['joe', 'c'], ['bob', 'd']);
  endsEqual(world);
});

test('whoever takes it twice is told once by each boot: the bus does not answer', () => {
  let taken = 0;
  const world = fighting({
    players: { ...PLAYERS, joe: { battle: 'silent' } },
    wire: (bus, node) => (node === 'B' ? { ...bus, takeElo: (...args) => (taken++ < 1 ? EMPTY : bus.takeElo(...args)) } : bus),
  });
  const joe = newest(world, 'joe').setup.side;
  for (const player of ['joe', 'bob']) newest(world, player).actor.over(joe, 'end');
  world.run(3000);
  assert.is(world.stages().at(-1), 'rated');
  restart(world, 'B', 3000);
  assert.equal(
    world
      .of('elo')
      .map(({ id, matchId }) => [id, matchId])
      .filter(([id]) => id === 'joe').length,
    2,
  );
  assert.is(new Set(world.of('elo').map(({ matchId }) => matchId)).size, 1, 'told which match, to apply it once');
  world.run(100_000);
  assert.equal(world.of('elo').filter(({ id }) => id === 'joe').length, 2);
});

test.run();
