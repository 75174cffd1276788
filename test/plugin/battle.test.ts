/** The battle of whole nodes in virtual time: messages that are lost and doubled, a log out of reach, states that differ, players who drop out. */
import { defer, EMPTY, merge, Observable, timer } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BattleTurn } from '../../plugin/index.ts';
import { DigestMismatch, TimeoutError } from '../../plugin/index.ts';
import { pokemonHost } from '../../scripts/demo/pokemon.ts';
import { type Random, randomOf } from '../../scripts/random.ts';
import type { VirtualTime } from '../../scripts/virtual-time.ts';
import { holed, isChallengeRoom as isRoom } from './holed.ts';
import { lossy, type Seen, TestWorld, type WorldGiven } from './world.ts';

const pair = (given: WorldGiven = {}): TestWorld =>
  new TestWorld(given).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(100);
const seenBy = (world: TestWorld, player: string): Seen => world.seen.find((seen) => seen.player === player) as Seen;
const codes = (world: TestWorld): string[] => world.of('incident').map(({ code }) => code);

/** The moment at which the log is out of reach. */
function cutBetween(cut: boolean, random: Random, from: number, to: number): () => number | undefined {
  const at = cut ? random.integer(from, to) : undefined;
  return () => at;
}

for (const cut of [false, true])
  test(`a fifth of what is published is lost, a fifth doubled${cut ? ', the log is out of reach for 5 s' : ''}: equal on both sides, and rated`, () => {
    let dropped = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const random = randomOf(`holes ${seed}`, 'fates');
      const world = pair({ wire: holed({ random, cutAt: cutBetween(cut, random, 2500, 8000) }) }).run(120_000);
      const [one, two] = world.seen;
      assert.equal(one?.turns, two?.turns, `seed ${seed}`);
      assert.is(one?.turns.length, 10, `seed ${seed}`);
      assert.is(world.of('elo').length, 2, `seed ${seed}`);
      assert.equal(world.of('fault'), []);
      assert.not(codes(world).includes('ValidationError'), 'nobody lied');
      dropped += codes(world).length;
    }
    assert.ok(dropped < 100);
  });

for (const cut of [false, true])
  test(`the same, real Pokémon battles${cut ? ', the log is out of reach for 5 s' : ''}`, () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = randomOf(`pokemon ${seed} ${cut}`, 'fates');
      const world = pair({
        wire: holed({ random, cutAt: cutBetween(cut, random, 8000, 20_000) }),
        host: (_node, scheduler) => pokemonHost({ seed: `s${seed}`, scheduler, tell: () => undefined, ended: () => undefined }),
      }).run(600_000);
      const overs = world.of('over');
      assert.is(overs.length, 2, `seed ${seed}`);
      assert.is(overs[0]?.digest, overs[1]?.digest, `seed ${seed}`);
      assert.ok((overs[0]?.turns ?? 0) > 20, 'a whole battle');
      assert.is(world.of('elo').length, 2, `seed ${seed}`);
      assert.equal(world.of('fault'), []);
    }
  });

/** B hears none of the turns in these bursts, and then all that comes. */
function deaf(turns: (turn: number) => boolean): WorldGiven['wire'] {
  return (bus, node) =>
    node === 'B'
      ? lossy(bus, (message) => ((message.kind === 'TURN' && turns(message.turn)) || message.kind === 'NEWEST' ? 0 : 1))
      : bus;
}

/** One that sends five inputs a second. */
const CHATTY = 40;
function chatter(time: VirtualTime, seen: Seen): void {
  for (let number = 1; number <= CHATTY; number++) timer(number * 200, time).subscribe(() => seen.actor.send(`joe ${number}`));
}

function chatting(wire: WorldGiven['wire']): TestWorld {
  const world = pair({ ...(wire ? { wire } : {}), players: { joe: { battle: 'silent' }, bob: { battle: 'silent' } } }).run(
    2000,
  );
  chatter(world.time, seenBy(world, 'joe'));
  return world.run(9500);
}

test('three turns are missing: fetched without a word; four: an incident with the log, once a gap, and fetched all the same', () => {
  const three = chatting(deaf((turn) => turn >= 6 && turn <= 8));
  assert.equal(codes(three), []);
  assert.equal(seenBy(three, 'bob').turns, seenBy(three, 'joe').turns);
  const four = chatting(deaf((turn) => (turn >= 6 && turn <= 9) || (turn >= 20 && turn <= 25)));
  assert.equal(codes(four), ['ExceededTurnOrderError', 'ExceededTurnOrderError']);
  assert.equal(
    four.of('incident').map(({ id }) => id),
    ['bob', 'bob'],
  );
  assert.equal(
    four.of('incident')[0]?.log?.map(({ turn }) => turn),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  assert.equal(seenBy(four, 'bob').turns, seenBy(four, 'joe').turns);
  assert.is(four.stages().at(-1), 'battle');
});

test('the third time it is a TimeoutError: void, and everybody is told so', () => {
  const world = chatting(deaf((turn) => turn % 10 > 2));
  assert.equal(codes(world), ['ExceededTurnOrderError', 'ExceededTurnOrderError', 'ExceededTurnOrderError']);
  assert.equal(
    world.of('void').map(({ reason }) => reason),
    ['TimeoutError', 'TimeoutError'],
  );
  for (const { end } of world.seen) {
    assert.ok(end?.kind === 'void' && end.error instanceof TimeoutError);
    assert.is(end.error.code, 'TimeoutError');
  }
  const kinds = world.value(world.bus.incidents(null, 10)).map(({ kind }) => kind);
  assert.is(kinds.filter((kind) => kind === 'TimeoutError').length, 1, String(kinds));
});

test('a reconnect is no gap, however much was missed', () => {
  const wire: WorldGiven['wire'] = (bus, node, time) => {
    if (node !== 'B') return bus;
    const away = (): boolean => [3500, 6000, 8500].some((at) => time.now() >= at && time.now() < at + 1500);
    const heard = lossy(bus, (_message, room) => (isRoom(room) && away() ? 0 : 1));
    const again$ = defer(() => merge(...[5000, 7500, 10_000].map((at) => timer(at - time.now(), time))));
    return {
      ...heard,
      hear: (room) => {
        const listening: Observable<{ listening: true }> = new Observable((subscriber) =>
          again$.subscribe(() => subscriber.next({ listening: true })),
        );
        return isRoom(room) ? merge(heard.hear(room), listening) : heard.hear(room);
      },
    };
  };
  const world = chatting(wire).run(3000);
  assert.equal(codes(world), []);
  assert.is(seenBy(world, 'bob').turns.length, CHATTY);
  assert.equal(seenBy(world, 'bob').turns, seenBy(world, 'joe').turns);
});

test('states differ after a turn: DigestMismatch names it, void at once, each server says so once', () => {
  const other = (turns: readonly BattleTurn[]): string => (turns.length < 4 ? `${turns.length}` : `${turns.length} otherwise`);
  const same = (turns: readonly BattleTurn[]): string => `${turns.length}`;
  const world = pair({ players: { joe: { state: same }, bob: { state: other } } }).run(60_000);
  const turn = seenBy(world, 'joe').turns[3]?.turn as number;
  assert.ok(codes(world).length >= 1 && codes(world).length <= 2);
  for (const { code, detail, log } of world.of('incident')) {
    assert.is(code, 'DigestMismatch');
    assert.match(detail, new RegExp(`after turn ${turn}$`));
    assert.ok(log && log.length >= turn);
  }
  assert.equal(
    world.of('void').map(({ reason }) => reason),
    ['DigestMismatch', 'DigestMismatch'],
  );
  assert.match(world.of('void')[0]?.detail ?? '', new RegExp(`after turn ${turn}$`));
  assert.ok(seenBy(world, 'joe').turns.length < 8, 'not only at the end');
  const { end } = seenBy(world, 'joe');
  assert.ok(end?.kind === 'void' && end.error instanceof DigestMismatch);
  assert.equal(world.of('elo'), []);
});

test('digests come later, or from one server alone, or are none: no difference', () => {
  const later = (turns: readonly BattleTurn[]): unknown => Promise.resolve(`${turns.length}`);
  for (const [joe, bob] of [
    [later, (turns: readonly BattleTurn[]) => `${turns.length}`],
    [() => undefined, () => 'mine'],
    [() => 7, () => ''],
  ] as const) {
    const world = pair({ players: { joe: { state: joe }, bob: { state: bob } } }).run(60_000);
    assert.equal(codes(world), []);
    assert.is(world.stages().at(-1), 'closed');
  }
});

test('a digest that is too long is the host’s fault', () => {
  const world = pair({ players: { bob: { state: () => 'x'.repeat(129) } } }).run(60_000);
  assert.is(world.of('fault')[0]?.where, 'host.onTurn');
  assert.is(world.stages().at(-1), 'void');
});

const silent = { battle: 'silent' } as const;
const dropping = (wire?: WorldGiven['wire']): TestWorld =>
  pair({ players: { joe: silent, bob: silent }, ...(wire ? { wire } : {}) }).run(4000);

test('a player drops out and comes back: the opponent is told how long there is, and that it is back', () => {
  const world = dropping();
  seenBy(world, 'joe').actor.dropped();
  world.run(59_000);
  assert.equal(
    world.told.filter(({ notice }) => notice.kind === 'opponentAway'),
    [{ player: 'bob', notice: { kind: 'opponentAway', matchId: seenBy(world, 'joe').setup.matchId, forMs: 60_000 } }],
  );
  seenBy(world, 'joe').actor.returned();
  world.run(120_000);
  assert.is(world.notices('bob').at(-1), 'opponentBack');
  assert.is(world.stages().at(-1), 'battle');
  assert.equal(
    world.notices('joe').filter((kind) => kind.startsWith('opponent')),
    [],
  );
});

test('what tells of it is lost: it is told all the same, with the time that is left', () => {
  let said = 0;
  const world = dropping((bus, node) =>
    node === 'A'
      ? {
          ...bus,
          say: (room, message) =>
            message.kind === 'NEWEST' && message.away !== null && said++ === 0 ? EMPTY : bus.say(room, message),
        }
      : bus,
  );
  seenBy(world, 'joe').actor.dropped();
  world.run(6000);
  const notice = world.told.find(({ notice: { kind } }) => kind === 'opponentAway')?.notice;
  assert.ok(notice?.kind === 'opponentAway' && notice.forMs < 60_000 && notice.forMs >= 54_000);
});

test('a player who does not come back in 60 s has forfeited: the other one wins', () => {
  const world = dropping();
  const { setup, actor } = seenBy(world, 'joe');
  actor.dropped();
  world.run(59_900);
  assert.equal(world.of('over'), []);
  world.run(200);
  assert.equal(
    world.of('over').map(({ id, winner }) => [id, winner]),
    [['joe', 1 - setup.side]],
  );
  world.run(31_000);
  assert.equal(
    world
      .of('elo')
      .map(({ id, winner }) => [id, winner])
      .sort(),
    [
      ['bob', 1 - setup.side],
      ['joe', 1 - setup.side],
    ],
  );
});

test('where a forfeit is an input, the game is told to give up, and its result decides', () => {
  const world = dropping();
  const [joe, bob] = [seenBy(world, 'joe'), seenBy(world, 'bob')];
  for (const { actor, setup } of [joe, bob]) {
    actor.onAbandoned(() => actor.send(`${setup.side} gives up`));
    actor.onTurn(({ data }) => actor.over(data.startsWith('0') ? 1 : 0, data));
  }
  joe.actor.dropped();
  world.run(10);
  bob.actor.dropped();
  world.run(59_900);
  assert.equal(world.of('over'), []);
  world.run(1000);
  assert.equal(
    world.of('elo').map(({ winner }) => winner),
    [bob.setup.side, bob.setup.side],
    'who was away first has lost',
  );
  assert.equal(world.of('incident'), []);
});

test('where it is none, and both stay away: void, for that reason', () => {
  const world = dropping();
  for (const player of ['joe', 'bob']) seenBy(world, player).actor.dropped();
  world.run(61_000);
  assert.equal(
    world.of('void').map(({ reason, detail }) => [reason, detail]),
    [
      ['TimeoutError', 'both sides gave the battle up'],
      ['TimeoutError', 'both sides gave the battle up'],
    ],
  );
});

test('a forfeit stands beside the result of the other server, with whatever digest; it takes no win away', () => {
  const world = dropping();
  const [joe, bob] = [seenBy(world, 'joe'), seenBy(world, 'bob')];
  joe.actor.forfeit();
  bob.actor.over(bob.setup.side, 'the end');
  joe.actor.over(joe.setup.side, 'the end');
  world.run(5000);
  assert.equal(
    world.of('elo').map(({ winner }) => winner),
    [bob.setup.side, bob.setup.side],
  );
  const other = dropping();
  seenBy(other, 'joe').actor.forfeit();
  seenBy(other, 'bob').actor.over('draw', '');
  other.run(5000);
  assert.is(other.of('void')[0]?.reason, 'ResultMismatch');
});

test.run();
