/** What the two nodes of a match report: accepted from its own side, in its stage, within its time, once. */
import type { Observable } from 'rxjs';
import * as assert from 'uvu/assert';
import type { Answered, Bus } from '../../../bus/bus.ts';
import { decode, encode } from '../../../bus/codec.ts';
import { type Kind, MOST_DATA, type Side } from '../../../bus/messages.ts';
import type { MatchRecord, SideRecord } from '../../../bus/records.ts';
import type { Stage } from '../../../matcher/index.ts';
import { kindsOf, MATCH, NODES, ofKind, QUEUE, type Scenario, type Scene, STEPS, WINDOW_MS } from './scene.ts';

interface Answer {
  readonly name: string;
  /** Where it belongs. */
  readonly stage: Stage;
  /** Has it a deadline? */
  readonly timed: boolean;
  /** Stages in which it is late, having not been given in time. */
  readonly lateIn: readonly Stage[];
  readonly kind: Kind;
  readonly changes: Partial<SideRecord>;
  /** What the announcement says besides. */
  readonly says: object;
  ask(bus: Bus, matchId: string, side: Side, node: string): Observable<Answered>;
}

const ANSWERS: readonly Answer[] = [
  {
    name: 'joined',
    stage: 'joining',
    timed: true,
    lateIn: ['cancelled'],
    kind: 'JOINED',
    changes: { joined: true },
    says: {},
    ask: (bus, matchId, side, node) => bus.joined(matchId, side, node),
  },
  {
    name: 'team',
    stage: 'teams',
    timed: true,
    lateIn: ['joining', 'void', 'cancelled'],
    kind: 'TEAM_IN',
    changes: { teamIn: true },
    says: {},
    ask: (bus, matchId, side, node) => bus.team(matchId, side, node, 'team'),
  },
  {
    name: 'judge: valid',
    stage: 'validating',
    timed: true,
    lateIn: ['joining', 'teams', 'void', 'cancelled'],
    kind: 'VALID',
    changes: { valid: true },
    says: {},
    ask: (bus, matchId, side, node) => bus.judge(matchId, side, node, null),
  },
  {
    name: 'judge: refused',
    stage: 'validating',
    timed: false,
    lateIn: ['joining', 'rated', 'closed', 'void', 'cancelled'],
    kind: 'VALIDATION_ERROR',
    changes: { refusal: { code: 'TimeoutError', reason: 'six of a kind' } },
    says: { code: 'TimeoutError', reason: 'six of a kind' },
    ask: (bus, matchId, side, node) => bus.judge(matchId, side, node, { code: 'TimeoutError', reason: 'six of a kind' }),
  },
  {
    name: 'over',
    stage: 'battle',
    timed: true,
    lateIn: ['joining', 'teams', 'validating', 'void', 'cancelled'],
    kind: 'BATTLE_OVER',
    changes: { result: { winner: 1, digest: 'end' } },
    says: { winner: 1, digest: 'end' },
    ask: (bus, matchId, side, node) => bus.over(matchId, side, node, 1, 'end'),
  },
  {
    name: 'takeElo',
    stage: 'rated',
    timed: false,
    lateIn: ['joining', 'teams', 'validating', 'battle', 'void', 'cancelled'],
    kind: 'ELO_TAKEN',
    changes: { eloTaken: true },
    says: {},
    ask: (bus, matchId, side, node) => bus.takeElo(matchId, side, node),
  },
];

/** The match with this side changed. */
function changed(match: MatchRecord, side: Side, change: Partial<SideRecord>): MatchRecord {
  const sides: [SideRecord, SideRecord] = [...match.sides];
  sides[side] = { ...sides[side], ...change };
  return { ...match, revision: match.revision + 1, sides };
}

export function answers(scenario: Scenario): void {
  for (const answer of ANSWERS) {
    const { name, stage, kind } = answer;
    const ask = (scene: Scene, side: Side, node: string = NODES[side], matchId = MATCH): Promise<Answered> =>
      scene.ask(answer.ask(scene.bus, matchId, side, node));

    scenario(`${name}: changes its side and is announced, once for each side`, async (scene) => {
      let match = await scene.at(stage);
      const messages = await scene.hear(scene.bus.rooms.jaeger(QUEUE));
      const firstOverAt = kind === 'BATTLE_OVER' ? await scene.ask(scene.bus.clock()) : match.firstOverAt;
      const says = kind === 'BATTLE_OVER' ? { ...answer.says, firstOverAt } : answer.says;
      for (const side of [1, 0] as const) {
        const { revision } = await scene.snapshot();
        assert.is(await ask(scene, side), 'done');
        match = { ...changed(match, side, answer.changes), firstOverAt };
        assert.equal(await scene.match(), match);
        const news = { v: 1, kind, revision: revision + 1, matchId: MATCH, side, change: match.revision };
        assert.equal(messages.at(-1), { ...news, ...says });
        await scene.advance(1);
      }
      assert.equal(kindsOf(messages), [kind, kind]);
      for (const side of [1, 0] as const) assert.is(await ask(scene, side), 'done', 'again');
      assert.equal(await scene.match(), match);
      // A result that is said again asks for the OVER_OK that was lost.
      assert.is(messages.length, kind === 'BATTLE_OVER' ? 4 : 2);
      assert.equal(scene.faults, []);
    });

    scenario(`${name}: foreign from another node, or to no match`, async (scene) => {
      const match = await scene.at(stage);
      const { revision } = await scene.snapshot();
      assert.is(await ask(scene, 0, 'C'), 'foreign');
      assert.is(await ask(scene, 0, NODES[1]), 'foreign', "the opponent's node");
      assert.is(await ask(scene, 1, NODES[0]), 'foreign', "the opponent's node");
      assert.is(await ask(scene, 0, NODES[0], 'no match'), 'foreign');
      assert.equal(await scene.match(), match);
      assert.is((await scene.snapshot()).revision, revision);
    });

    for (const late of answer.lateIn)
      scenario(`${name}: late in stage ${late}`, async (scene) => {
        const match = await scene.at(late);
        const { revision } = await scene.snapshot();
        assert.is(await ask(scene, 0), 'late');
        assert.equal(await scene.match(), match);
        assert.is((await scene.snapshot()).revision, revision);
      });

    scenario(
      `${name}: ${answer.timed ? 'accepted at the deadline, late 1 ms after it' : 'accepted past the deadline'}`,
      async (scene) => {
        const { deadline } = await scene.at(stage);
        await scene.advance(deadline - (await scene.ask(scene.bus.clock())));
        assert.is(await ask(scene, 0), 'done');
        const match = await scene.match();
        await scene.advance(1);
        assert.is(await ask(scene, 1), answer.timed ? 'late' : 'done');
        if (answer.timed) assert.equal(await scene.match(), match);
        assert.is(await ask(scene, 0), 'done', 'the same again');
      },
    );
  }

  teams(scenario);
  results(scenario);
}

function teams(scenario: Scenario): void {
  scenario('team: MOST_DATA characters are accepted, not one more', async (scene) => {
    const match = await scene.at('teams');
    assert.is(await scene.ask(scene.bus.team(MATCH, 0, 'A', 'a'.repeat(MOST_DATA + 1))), 'size');
    assert.equal(await scene.match(), match);
    for (const side of [0, 1] as const)
      assert.is(await scene.ask(scene.bus.team(MATCH, side, NODES[side], '\0'.repeat(MOST_DATA))), 'done');
    await scene.step(STEPS.validating);
    assert.is((await scene.ask(scene.bus.log(MATCH, 2, 2))).length, 2);
  });

  scenario('team: nobody sees one before both are in; the first one of a side counts', async (scene) => {
    const { challengeRoom } = await scene.at('teams');
    const room = await scene.hear(scene.bus.rooms.challenge(challengeRoom));
    await scene.ask(scene.bus.team(MATCH, 1, 'B', 'jeff: red'));
    await scene.ask(scene.bus.team(MATCH, 1, 'B', 'jeff: blue'));
    assert.equal([room, kindsOf((await scene.ask(scene.bus.log(MATCH, 1, 9))).map(({ entry }) => entry))], [[], ['BEGIN']]);
    assert.ok(!JSON.stringify(await scene.match()).includes('jeff: red'));
    await scene.ask(scene.bus.team(MATCH, 0, 'A', 'joe: green'));
    await scene.step(STEPS.validating);
    assert.equal(
      ofKind(room, 'TEAM').map(({ side, data }) => [side, data]),
      [
        [0, 'joe: green'],
        [1, 'jeff: red'],
      ],
    );
  });

  for (const stage of ['teams', 'validating', 'battle'] as const)
    scenario(`judge: a match can be refused in stage ${stage}; the first reason stands`, async (scene) => {
      await scene.at(stage);
      assert.is(await scene.ask(scene.bus.judge(MATCH, 0, 'A', { code: 'DigestMismatch', reason: 'one' })), 'done');
      assert.is(await scene.ask(scene.bus.judge(MATCH, 0, 'A', { code: 'ValidationError', reason: 'two' })), 'done');
      assert.equal((await scene.match()).sides[0].refusal, { code: 'DigestMismatch', reason: 'one' });
    });
}

function results(scenario: Scenario): void {
  scenario('over: the first result of a side stands', async (scene) => {
    await scene.at('battle');
    await scene.ask(scene.bus.over(MATCH, 0, 'A', 0, 'end'));
    const match = await scene.match();
    await scene.advance(10);
    assert.is(await scene.ask(scene.bus.over(MATCH, 0, 'A', 1, 'end')), 'late');
    assert.is(await scene.ask(scene.bus.over(MATCH, 0, 'A', 0, 'other')), 'late');
    assert.equal(await scene.match(), match);
  });

  scenario('over: after the rating, who reported is told done, who did not is late; nothing changes', async (scene) => {
    await scene.at('battle');
    await scene.ask(scene.bus.over(MATCH, 0, 'A', 1, 'end'));
    await scene.step(STEPS.rated);
    const match = await scene.match();
    const { revision } = await scene.snapshot();
    assert.is(await scene.ask(scene.bus.over(MATCH, 0, 'A', 1, 'end')), 'done');
    assert.is(await scene.ask(scene.bus.over(MATCH, 1, 'B', 1, 'end')), 'late');
    assert.equal(await scene.match(), match);
    assert.is((await scene.snapshot()).revision, revision);
  });

  scenario('takeElo: too late once the match is closed', async (scene) => {
    await scene.at('rated');
    await scene.ask(scene.bus.takeElo(MATCH, 0, 'A'));
    await scene.advance(WINDOW_MS + 1);
    await scene.step(STEPS.closed);
    assert.is(await scene.ask(scene.bus.takeElo(MATCH, 1, 'B')), 'late');
    assert.is(await scene.ask(scene.bus.takeElo(MATCH, 0, 'A')), 'done');
  });

  // Whether it refuses what is too long or shortens it: a message or log entry that its readers drop is worse than either.
  scenario('whatever is accepted can be heard and read back', async (scene) => {
    const { challengeRoom } = await scene.at('battle');
    await scene.hear(scene.bus.rooms.challenge(challengeRoom));
    await scene.hear(scene.bus.rooms.jaeger(QUEUE));
    const long = 'x'.repeat(2000);
    await scene.ask(scene.bus.append(MATCH, 0, 'A', 1, 'move', long));
    await scene.ask(scene.bus.over(MATCH, 0, 'A', 0, long));
    await scene.ask(scene.bus.judge(MATCH, 1, 'B', { code: 'ValidationError', reason: long }));
    const unread = (await scene.ask(scene.bus.log(MATCH, 1, 100))).filter(({ entry }) => 'malformed' in decode(encode(entry)));
    assert.equal(
      [scene.faults.map(({ kind, malformed }) => [kind, malformed[0]?.path]), unread.map(({ entry }) => entry.kind)],
      [[], []],
    );
  });
}
