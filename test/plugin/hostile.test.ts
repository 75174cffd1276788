/** The opponent's server is hostile: whatever it says, the other one lives, nobody gains Elo by it, and what ends a match is an incident. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Message, MOST_DATA, type Side } from '../../bus/messages.ts';
import type { MatchRecord } from '../../bus/records.ts';
import { lossy, type PlayerScript, type Seen, TestWorld, type WorldGiven } from './world.ts';

const silent: PlayerScript = { battle: 'silent' };

interface Battle {
  readonly world: TestWorld;
  readonly match: MatchRecord;
  /** The side of bob, whose server B is hostile. */
  readonly hostile: Side;
  readonly honest: Side;
  /** Of joe, on the honest server A. */
  readonly seen: Seen;
  say(...messages: readonly object[]): void;
}

function battle(given: WorldGiven = { players: { joe: silent, bob: silent } }): Battle {
  const world = new TestWorld(given).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(4000);
  const match = world.value(world.bus.snapshot('ranked')).matches[0] as MatchRecord;
  assert.is(match.stage, 'battle');
  const hostile: Side = match.sides[0].node === 'B' ? 0 : 1;
  const seen = world.seen.find(({ player }) => player === 'joe') as Seen;
  const { matchId } = match;
  const room = world.bus.rooms.challenge(match.challengeRoom);
  const say = (...messages: readonly object[]): void => {
    for (const message of messages) world.bus.say(room, { v: 1, matchId, ...message } as Message).subscribe();
    world.run(50);
  };
  return { world, match, hostile, honest: hostile === 0 ? 1 : 0, seen, say };
}

const turn = (number: number, side: Side, counter: number, data = 'forged') => ({
  ...{ kind: 'TURN', turn: number, side, counter, data, digest: '', after: 0 },
});
const faults = ({ world }: Battle) => world.of('fault').filter(({ node }) => node === 'A');

/** The owner knows that something is wrong, once a match however often it was said. */
function toldOnce({ world, match }: Battle): void {
  const told = world.of('incident').filter(({ id }) => id === 'joe');
  assert.equal(
    told.map(({ code, detail }) => [code, detail]),
    [['ValidationError', 'something was said of this match that its log does not have']],
  );
  const [kept] = world.value(world.bus.incidents(null, 10));
  assert.equal([kept?.kind, kept?.matchId], ['ValidationError', match.matchId]);
}

/** Joe plays two more inputs, both report that joe won. */
function endsWell({ world, seen, honest, hostile }: Battle): void {
  const other = world.seen.find(({ player }) => player === 'bob') as Seen;
  seen.actor.send('one');
  seen.actor.send('two');
  world.run(1000);
  assert.equal(
    seen.turns.map(({ side, data }) => [side, data]),
    [
      [honest, 'one'],
      [honest, 'two'],
    ],
  );
  seen.actor.over(honest, 'end');
  other.actor.over(honest, 'end');
  world.run(1000);
  const gained = world
    .of('elo')
    .map(({ id, delta }) => [id, delta])
    .sort();
  assert.equal(gained, [
    ['bob', -16],
    ['joe', 16],
  ]);
  assert.is(world.of('elo').filter(({ side }) => side === hostile).length, 1);
}

test('turn numbers that no log has: dropped, no gap, however often; the battle goes on', () => {
  const it = battle();
  for (let times = 0; times < 10; times++)
    it.say(
      turn(1_000_000_000, it.hostile, 1),
      { kind: 'NEWEST', side: it.hostile, turn: 1_000_000_000, away: null },
      turn(40 + times, it.hostile, 1),
      {
        ...{ kind: 'NEWEST', side: it.hostile, turn: 20 + times, away: null },
      },
    );
  assert.equal(it.seen.turns, []);
  assert.equal(faults(it), []);
  toldOnce(it);
  endsWell(it);
});

test('a turn in the name of the other side is not applied: nobody else speaks for it', () => {
  // Who forges does not believe it.
  const wire: WorldGiven['wire'] = (bus, node) =>
    node === 'B' ? lossy(bus, (message) => (message.kind === 'TURN' && message.data === 'I give up' ? 0 : 1)) : bus;
  const it = battle({ players: { joe: silent, bob: silent }, wire });
  it.say(turn(5, it.honest, 1, 'I give up'), turn(5, it.honest, 1, 'I give up'));
  assert.equal(it.seen.turns, []);
  assert.equal(faults(it), []);
  toldOnce(it);
  endsWell(it);
});

test('an end that is not in the log is none: VOID and ELO of the leader that there is', () => {
  const it = battle();
  const begin = it.world.value(it.world.bus.log(it.match.matchId, 1, 1))[0]?.entry;
  assert.ok(begin?.kind === 'BEGIN');
  const { generation, epoch } = begin;
  const mark = { queue: 'ranked', generation, epoch, turn: 5 };
  const sides = [0, 1].map((side) => ({
    old: 1000,
    new: side === it.hostile ? 2000 : 0,
    delta: side === it.hostile ? 1000 : -1000,
  }));
  it.say({ ...mark, kind: 'VOID', reason: 'TimeoutError', detail: '' }, { ...mark, kind: 'ELO', winner: it.hostile, sides });
  assert.is(it.seen.end, undefined);
  assert.equal(it.world.of('void'), []);
  assert.equal(it.world.of('elo'), []);
  toldOnce(it);
  endsWell(it);
});

test('a turn that was never logged takes the place of the other side’s: noticed when that comes back, void, an incident', () => {
  const it = battle();
  it.say(turn(5, it.hostile, 1));
  assert.is(it.seen.turns.length, 1, 'nothing contradicts it yet');
  it.seen.actor.send('mine');
  it.world.run(2000);
  assert.is(it.seen.end?.kind === 'void' && it.seen.end.reason, 'ValidationError');
  assert.match(it.world.of('incident').find(({ id }) => id === 'joe')?.detail ?? '', /turn 5 is not what was sent/);
  assert.equal(it.world.of('elo'), []);
  assert.is(it.world.value(it.world.bus.incidents(null, 1))[0]?.kind, 'ValidationError');
});

test('a START of its own making, with a seed of its choice: noticed when the real one comes, void', () => {
  const world = new TestWorld({
    players: { joe: silent, bob: silent },
    wire: (bus, node) =>
      node === 'B'
        ? {
            ...bus,
            judge: (matchId, ...rest) => {
              const [first, record] = [
                world.value(world.bus.log(matchId, 1, 1), 0)[0]?.entry,
                world.value(world.bus.match(matchId), 0),
              ];
              assert.ok(first?.kind === 'BEGIN' && record);
              const { queue, generation, epoch, v } = first;
              world.bus
                .say(world.bus.rooms.challenge(record.challengeRoom), {
                  v,
                  queue,
                  generation,
                  epoch,
                  kind: 'START',
                  matchId,
                  turn: 4,
                  seed: 'mine',
                })
                .subscribe();
              return bus.judge(matchId, ...rest);
            },
          }
        : bus,
  });
  world.start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(10_000);
  assert.is(world.seen.find(({ player }) => player === 'joe')?.setup.seed, 'mine', 'it came first');
  assert.equal(
    world.of('void').map(({ reason }) => reason),
    ['ValidationError', 'ValidationError'],
  );
  assert.equal(world.of('elo'), []);
});

test('messages of wrong types, to other matches, too large, in rooms where they do not belong: refused, and nothing of it happens', () => {
  const it = battle();
  const { world, match, hostile } = it;
  it.say(
    { ...turn(5, hostile, 1), turn: '5' },
    { ...turn(5, hostile, 1), side: 7 },
    { ...turn(5, hostile, 1), data: { toString: null } },
    { ...turn(5, hostile, 1), data: 'x'.repeat(MOST_DATA + 1) },
    { ...turn(5, hostile, 1), matchId: 'another' },
    { ...turn(5, hostile, 1), digest: null },
    { kind: 'SUCCESS' },
    { kind: '__proto__' },
    { kind: 'OVER_OK', side: it.honest },
    { kind: 'BATTLE_OVER', side: it.honest, change: 9, revision: 9, winner: hostile, digest: '', firstOverAt: 0 },
  );
  assert.equal(it.seen.turns, []);
  assert.equal(faults(it), []);
  assert.is(world.value(world.bus.match(match.matchId))?.stage, 'battle');
  endsWell(it);
});

test('what is asked of the bus for the other side, or for a match of others, is foreign', () => {
  const it = battle();
  const { world, match, honest, hostile } = it;
  const { bus } = world;
  const { matchId } = match;
  const refusal = { code: 'TimeoutError', reason: 'because' } as const;
  assert.equal(world.value(bus.append(matchId, honest, 'B', 1, 'forged', '')), { refused: 'foreign' });
  assert.equal(world.value(bus.append('another', hostile, 'B', 1, 'forged', '')), { refused: 'foreign' });
  assert.equal(world.value(bus.append(matchId, hostile, 'B', 1, 'x'.repeat(MOST_DATA + 1), '')), { refused: 'size' });
  assert.equal(world.value(bus.append(matchId, hostile, 'B', 1_000_000_000, 'x', '')), { refused: 'counter' });
  for (const verb of [
    bus.over(matchId, honest, 'B', hostile, 'end'),
    bus.judge(matchId, honest, 'B', refusal),
    bus.team(matchId, honest, 'B', 'team'),
    bus.takeElo(matchId, honest, 'B'),
    bus.over('another', hostile, 'B', hostile, 'end'),
  ])
    assert.is(world.value(verb), 'foreign');
  endsWell(it);
});

test('results twice, and another one the second time: the first stands; results that differ are void, and an incident', () => {
  const it = battle();
  const { world, match, honest, hostile, seen } = it;
  const over = (winner: Side, digest = 'end') => world.value(world.bus.over(match.matchId, hostile, 'B', winner, digest));
  assert.is(over(hostile), 'done');
  assert.is(over(hostile), 'done');
  assert.is(over(honest), 'late');
  seen.actor.over(honest, 'end');
  world.run(1000);
  assert.equal(world.of('elo'), []);
  assert.is(seen.end?.kind === 'void' && seen.end.reason, 'ResultMismatch');
  assert.is(world.value(world.bus.incidents(null, 1))[0]?.kind, 'ResultMismatch');
});

test('a claimed win alone is no win, with an absent digest, a foreign one or none from the other side', () => {
  for (const digest of ['', 'x']) {
    const it = battle();
    const { world, match, hostile } = it;
    assert.is(world.value(world.bus.over(match.matchId, hostile, 'B', hostile, digest)), 'done');
    world.run(40_000);
    assert.equal(world.of('elo'), []);
    assert.is(world.of('void')[0]?.reason, 'TimeoutError');
  }
});

test('a team that is huge, or a state that nobody has: nothing, or void', () => {
  const world = new TestWorld({
    players: { joe: silent, bob: silent },
    wire: (bus, node) =>
      node === 'B' ? { ...bus, team: (id, side, name) => bus.team(id, side, name, 'x'.repeat(MOST_DATA + 1)) } : bus,
  });
  world.start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(40_000);
  assert.equal(
    world.of('void').map(({ reason }) => reason),
    ['TimeoutError', 'TimeoutError'],
  );
  const state = (): string => 'mine';
  const it = battle({ players: { joe: { ...silent, state }, bob: { ...silent, state } } });
  assert.equal(it.world.value(it.world.bus.append(it.match.matchId, it.hostile, 'B', 1, 'x', 'forged', 4_000_000_000)), {
    turn: 5,
  });
  it.world.run(500);
  assert.equal(
    it.world.of('incident').filter(({ id }) => id === 'joe'),
    [],
    'a state of the future is no state',
  );
});

test('coming and going without end is told a hundred times at most', () => {
  const it = battle();
  for (let times = 0; times < 300; times++)
    it.say({ kind: 'NEWEST', side: it.hostile, turn: 4, away: times % 2 === 0 ? 9_999_999 : null });
  const told = it.world.told.filter(({ notice: { kind } }) => kind.startsWith('opponent'));
  assert.is(told.length, 100);
  assert.ok(told.every(({ notice }) => notice.kind !== 'opponentAway' || notice.forMs <= 60_000));
  assert.equal(faults(it), []);
});

/** Ways for bob's server to spoil a match against an honest one. */
const SPOILED: { readonly [how: string]: (spoiling: Spoiling) => void } = {
  'it gives another result': ({ world, matchId, side, other }) => {
    world.value(world.bus.over(matchId, side, 'B', side, 'end'));
    other.actor.over(other.setup.side, 'end');
  },
  'it gives another final state': ({ world, matchId, side, other }) => {
    world.value(world.bus.over(matchId, side, 'B', other.setup.side, 'mine'));
    other.actor.over(other.setup.side, 'end');
  },
  'it gives another state on the way': ({ world, matchId, side, other }) => {
    other.actor.send('one');
    world.run(200);
    world.value(world.bus.append(matchId, side, 'B', 1, 'two', 'mine', other.turns[0]?.turn));
  },
  'it forges a turn': ({ world, matchId, room, side, other }) => {
    world.bus.say(room, { v: 1, matchId, ...turn(5, side, 1) } as Message).subscribe();
    world.run(50);
    other.actor.send('one');
  },
  'it refuses for no reason': ({ world, matchId, side }) => {
    world.value(world.bus.judge(matchId, side, 'B', { code: 'ValidationError', reason: 'because' }));
  },
  'it claims that it won, and is not believed': ({ world, matchId, side, other }) => {
    world.value(world.bus.over(matchId, side, 'B', side, 'end'));
    // The honest player is still playing.
    other.actor.send('one');
    world.run(20_000);
    other.actor.send('two');
  },
};

interface Spoiling {
  readonly world: TestWorld;
  readonly matchId: string;
  readonly room: string;
  /** Of bob. */
  readonly side: Side;
  /** Of the honest player. */
  readonly other: Seen;
}

for (const [how, spoil] of Object.entries(SPOILED))
  test(`${how}: void, an incident each time, and one who does so again and again is barred, nobody else is`, () => {
    const honest = ['ann', 'cy', 'joe'];
    const players = Object.fromEntries([...honest, 'bob'].map((id) => [id, silent]));
    const world = new TestWorld({ players, config: { queues: { ranked: { voids: { max: 2 } } } } }).start();
    for (const id of honest) {
      assert.type(world.tryAdd('B', { id: 'bob', elo: 1000 }).ticket, 'string');
      world.add('A', id, 1000).run(4000);
      const match = world.value(world.bus.snapshot('ranked')).matches[0] as MatchRecord;
      const { matchId, challengeRoom } = match;
      const other = world.seen.find(({ player }) => player === id) as Seen;
      const side: Side = match.sides[0].node === 'B' ? 0 : 1;
      spoil({ world, matchId, room: world.bus.rooms.challenge(challengeRoom), side, other });
      world.run(35_000);
      assert.is(other.end?.kind, 'void', id);
      const kept = world.value(world.bus.incidents(null, 100));
      assert.ok(kept.some((incident) => incident.matchId === matchId));
    }
    assert.throws(() => world.tryAdd('B', { id: 'bob', elo: 1000 }), /barred/);
    for (const id of honest) assert.type(world.tryAdd('A', { id, elo: 1000 }).ticket, 'string');
    assert.equal(world.of('elo'), []);
    for (const id of [...honest, 'bob']) assert.is(world.value(world.bus.rating('ranked', id)), null);
    assert.equal(world.of('fault'), []);
  });

test.run();
