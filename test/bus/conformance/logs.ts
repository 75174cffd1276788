/** The log of a match: turn numbers without a gap, each side's own counter, limits. */
import * as assert from 'uvu/assert';
import type { Appended } from '../../../bus/bus.ts';
import { MOST_DATA, type Side, type TurnMessage } from '../../../bus/messages.ts';
import type { Logged } from '../../../bus/records.ts';
import {
  kindsOf,
  MATCH,
  NODES,
  type Scenario,
  type Scene,
  SECRET,
  SEED,
  SIDES,
  STAGES,
  STEPS,
  TICKETS,
  teamOf,
} from './scene.ts';

const MOST_TURNS_A_SECOND = 50;
const MOST_TURNS_A_MATCH = 10_000;
/** BEGIN, both TEAMs and START are the first entries. */
const FIRST_TURN = 5;

const append = (scene: Scene, side: Side, counter: number, data = `${side}:${counter}`): Promise<Appended> =>
  scene.ask(scene.bus.append(MATCH, side, NODES[side], counter, data, `state ${counter}`, counter + 3));
const logOf = (scene: Scene, from = 1, most = MOST_TURNS_A_MATCH * 2): Promise<Logged[]> =>
  scene.ask(scene.bus.log(MATCH, from, most));
const turnsOf = (logged: readonly Logged[]): number[] => logged.map(({ entry }) => entry.turn);

export function logs(scenario: Scenario): void {
  scenario('the whole log of a match, as it is read and as it is heard', async (scene) => {
    await scene.open();
    const room = await scene.hear(scene.bus.rooms.challenge(SECRET));
    await scene.reach('battle');
    const started = await scene.ask(scene.bus.clock());
    await scene.advance(1500);
    for (const [index, side] of ([0, 1, 1, 0] as const).entries())
      assert.equal(await append(scene, side, index < 2 ? 1 : 2), { turn: FIRST_TURN + index });
    await scene.ready(await scene.match());
    await scene.step(STEPS.rated);
    const logged = await logOf(scene);
    const { sides } = await scene.match();
    const leader = { v: 1, ...(await scene.fence()), matchId: MATCH };
    const opponents = sides.map(({ actor: { id, name, members, elo }, node }) => ({ id, name, members, elo, node }));
    const turn = (number: number, side: Side, counter: number): TurnMessage => ({
      ...{ v: 1, kind: 'TURN', matchId: MATCH, turn: number, side },
      ...{ counter, data: `${side}:${counter}`, digest: `state ${counter}`, after: counter + 3 },
    });
    const expected = [
      { ...leader, kind: 'BEGIN', turn: 1, sides: opponents, rated: true },
      { ...leader, kind: 'TEAM', turn: 2, side: 0, data: teamOf(0) },
      { ...leader, kind: 'TEAM', turn: 3, side: 1, data: teamOf(1) },
      { ...leader, kind: 'START', turn: 4, seed: SEED },
      ...[turn(5, 0, 1), turn(6, 1, 1), turn(7, 1, 2), turn(8, 0, 2)],
      {
        ...{ ...leader, kind: 'ELO', turn: 9, winner: 0 },
        sides: [
          { old: 1000, new: 1016, delta: 16 },
          { old: 1000, new: 984, delta: -16 },
        ],
      },
    ];
    assert.equal(
      logged.map(({ entry }) => entry),
      expected,
    );
    assert.equal(room, expected);
    assert.equal(
      logged.map(({ at }) => at - started),
      [0, 0, 0, 0, 1500, 1500, 1500, 1500, 1500],
    );
    const match = await scene.match();
    assert.equal([match.turns, match.lastEntryAt], [9, started + 1500]);
    assert.equal(scene.faults, []);
  });

  scenario('the next of its counter is appended, an older one gets its old number, a later one is refused', async (scene) => {
    await scene.at('battle');
    const room = await scene.hear(scene.bus.rooms.challenge(SECRET));
    assert.equal(await append(scene, 0, 2), { refused: 'counter' });
    assert.equal(await append(scene, 0, 0), { refused: 'counter' });
    assert.equal(await append(scene, 0, 1), { turn: 5 });
    assert.equal(await append(scene, 1, 1), { turn: 6 });
    assert.equal(await append(scene, 0, 2), { turn: 7 });
    assert.equal(await append(scene, 0, 1, 'something else'), { turn: 5 });
    assert.equal(await append(scene, 1, 1), { turn: 6 });
    assert.equal(await append(scene, 0, 4), { refused: 'counter' });
    assert.equal(
      room.map((message) => (message as TurnMessage).data),
      ['0:1', '1:1', '0:2'],
    );
    assert.equal(turnsOf(await logOf(scene)), [1, 2, 3, 4, 5, 6, 7]);
    assert.is((await scene.match()).turns, 7);
  });

  scenario('an entry leaves the revision of the record as it is', async (scene) => {
    const { revision } = await scene.at('battle');
    await append(scene, 0, 1);
    assert.is((await scene.match()).revision, revision);
  });

  scenario('an entry is foreign from another node, or to no match', async (scene) => {
    await scene.at('battle');
    const { bus } = scene;
    for (const [matchId, side, node] of [
      [MATCH, 0, 'B'],
      [MATCH, 1, 'A'],
      [MATCH, 0, 'C'],
      ['no match', 0, 'A'],
    ] as const)
      assert.equal(await scene.ask(bus.append(matchId, side, node, 1, '', '')), { refused: 'foreign' });
    assert.is((await scene.match()).turns, FIRST_TURN - 1);
  });

  for (const stage of STAGES.filter((one) => one !== 'battle'))
    scenario(`an entry is late in stage ${stage}`, async (scene) => {
      const match = await scene.at(stage);
      assert.equal(await append(scene, 0, 1), { refused: 'late' });
      assert.equal(await scene.match(), match);
    });

  scenario('an entry that was appended keeps its number after the end', async (scene) => {
    await scene.at('battle');
    assert.equal(await append(scene, 0, 1), { turn: 5 });
    await scene.step(STEPS.void);
    assert.equal(await append(scene, 0, 1), { turn: 5 });
    assert.equal(await append(scene, 0, 2), { refused: 'late' });
  });

  scenario('an entry has MOST_DATA characters at most', async (scene) => {
    await scene.at('battle');
    assert.equal(await append(scene, 0, 1, 'a'.repeat(MOST_DATA + 1)), { refused: 'size' });
    assert.equal(await append(scene, 0, 1, '\0'.repeat(MOST_DATA)), { turn: 5 });
  });

  scenario('a side has 50 entries a second; those asked for again do not count', async (scene) => {
    await scene.at('battle');
    await scene.advance(1000 - ((await scene.ask(scene.bus.clock())) % 1000));
    for (let counter = 1; counter <= MOST_TURNS_A_SECOND; counter++) {
      assert.ok('turn' in (await append(scene, 0, counter)));
      assert.ok('turn' in (await append(scene, 0, 1)));
      await scene.advance(1);
    }
    const next = MOST_TURNS_A_SECOND + 1;
    assert.equal(await append(scene, 0, next), { refused: 'tooMany' });
    assert.equal(await append(scene, 0, 1), { turn: FIRST_TURN });
    assert.ok('turn' in (await append(scene, 1, 1)), 'the other side has its own');
    await scene.advance(1000);
    assert.ok('turn' in (await append(scene, 0, next)));
    assert.equal(
      turnsOf(await logOf(scene)),
      Array.from({ length: FIRST_TURN - 1 + next + 1 }, (_, index) => index + 1),
    );
  });

  scenario('a match has 10,000 entries, and can be ended all the same', async (scene) => {
    await scene.at('battle');
    let [turns, counter] = [FIRST_TURN - 1, 0];
    while (turns < MOST_TURNS_A_MATCH) {
      const batch = Math.min(MOST_TURNS_A_SECOND, (MOST_TURNS_A_MATCH - turns) / 2);
      const numbers = Array.from({ length: batch }, (_, index) => counter + index + 1);
      await scene.askAll(SIDES.flatMap((side) => numbers.map((n) => scene.bus.append(MATCH, side, NODES[side], n, '', ''))));
      counter += batch;
      turns += 2 * batch;
      await scene.advance(1000);
    }
    assert.is((await scene.match()).turns, MOST_TURNS_A_MATCH);
    for (const side of SIDES) assert.equal(await append(scene, side, counter + 1), { refused: 'tooMany' });
    await scene.step(STEPS.void);
    const logged = await logOf(scene);
    assert.equal(
      turnsOf(logged),
      Array.from({ length: MOST_TURNS_A_MATCH + 1 }, (_, index) => index + 1),
    );
    assert.is(logged.at(-1)?.entry.kind, 'VOID');
  });

  scenario('the log is read page by page', async (scene) => {
    await scene.at('battle');
    for (const counter of [1, 2, 3]) await append(scene, 1, counter);
    const all = await logOf(scene);
    assert.equal(turnsOf(all), [1, 2, 3, 4, 5, 6, 7]);
    assert.equal(await logOf(scene, 1, 3), all.slice(0, 3));
    assert.equal(await logOf(scene, 4, 3), all.slice(3, 6));
    assert.equal(await logOf(scene, 7, 3), all.slice(6));
    assert.equal(await logOf(scene, 8, 3), []);
    assert.equal(await logOf(scene, 2, 0), []);
    assert.equal(await scene.ask(scene.bus.log('no match', 1, 3)), []);
  });

  for (const stage of ['closed', 'void', 'cancelled'] as const)
    scenario(`a match that is ${stage} is kept for so long, and no longer`, async (scene) => {
      const match = await scene.at(stage);
      const logged = await logOf(scene);
      // A bus may let go of what is past its time when it next looks at its clock.
      await scene.advance(scene.keptTimes.matchesMs - 1);
      await scene.ask(scene.bus.clock());
      assert.equal([await scene.match(), await logOf(scene)], [match, logged]);
      await scene.advance(2);
      await scene.ask(scene.bus.clock());
      assert.equal([await scene.ask(scene.bus.match(MATCH)), await logOf(scene)], [null, []]);
    });

  scenario('the logs of two matches are two', async (scene) => {
    await scene.at('battle');
    for (const id of ['bob', 'janet']) await scene.enter(id);
    await scene.pair('bob', 'janet', { matchId: 'match-2', challengeRoom: 'secret-2' });
    const room = await scene.hear(scene.bus.rooms.challenge('secret-2'));
    await scene.reach('teams', 'match-2');
    await append(scene, 0, 1);
    assert.equal(kindsOf(room), ['BEGIN']);
    assert.equal(turnsOf(await scene.ask(scene.bus.log('match-2', 1, 9))), [1]);
    assert.equal(
      (await scene.match()).sides.map(({ ticket }) => ticket),
      TICKETS,
    );
    assert.is((await scene.match()).turns, FIRST_TURN);
  });
}
