/** The arena's steps: every stage with every step. */
import * as assert from 'uvu/assert';
import type { Advanced } from '../../../bus/bus.ts';
import type { Message } from '../../../bus/messages.ts';
import type { MatchRecord, Step } from '../../../bus/records.ts';
import type { Stage } from '../../../matcher/index.ts';
import {
  entering,
  JOIN_MS,
  kindsOf,
  MATCH,
  QUEUE,
  type Scenario,
  type Scene,
  SECRET,
  STAGES,
  STEPS,
  WINDOW_MS,
} from './scene.ts';

/** Where each step may start, as the arena's drawing has it. */
const LEGAL: { readonly [to in Step['to']]: readonly Stage[] } = {
  teams: ['joining'],
  cancelled: ['joining'],
  validating: ['teams'],
  battle: ['validating'],
  rated: ['battle'],
  closed: ['rated'],
  void: ['teams', 'validating', 'battle'],
};

const SAID: { readonly [to in Step['to']]: readonly string[] } = {
  teams: ['BEGIN'],
  cancelled: [],
  validating: ['TEAM', 'TEAM'],
  battle: ['START'],
  rated: ['ELO'],
  closed: [],
  void: ['VOID'],
};

const FINAL: readonly Stage[] = ['closed', 'cancelled', 'void'];

interface Everything {
  readonly match: MatchRecord;
  readonly rest: unknown;
}

/** All that a step could change. */
const everything = async (scene: Scene): Promise<Everything> => ({
  match: await scene.match(),
  rest: [
    await scene.snapshot(),
    await scene.ask(scene.bus.log(MATCH, 1, 100)),
    await scene.ask(scene.bus.rating(QUEUE, 'joe')),
    await scene.ask(scene.bus.rating(QUEUE, 'jeff')),
  ],
});

async function rooms(scene: Scene): Promise<Message[][]> {
  const { bus } = scene;
  const names = [bus.rooms.challenge(SECRET), bus.rooms.waiting('joe'), bus.rooms.waiting('jeff'), bus.rooms.jaeger(QUEUE)];
  const heard: Message[][] = [];
  for (const name of names) heard.push(await scene.hear(name));
  return heard;
}

/** The step is refused, and nothing is changed or said. */
async function refused(scene: Scene, ask: () => Promise<Advanced>, why: string): Promise<void> {
  const before = await everything(scene);
  const heard = await rooms(scene);
  assert.equal(await ask(), { refused: 'changed', now: before.match }, why);
  assert.equal(await everything(scene), before, why);
  assert.equal(heard, [[], [], [], []], why);
}

const timedOut = (idleSince: number | null = null): Step => ({
  ...{ to: 'void', reason: 'TimeoutError', detail: 'too late', against: null },
  idleSince,
});

export function advances(scenario: Scenario): void {
  for (const stage of STAGES)
    for (const step of Object.values(STEPS)) {
      const legal = LEGAL[step.to].includes(stage);
      scenario(`${stage} ${legal ? '──' : '─╳'}► ${step.to}`, async (scene) => {
        await scene.at(stage);
        if (!FINAL.includes(stage)) await scene.ready(await scene.match());
        if (!legal) return refused(scene, () => scene.advancing(step), step.to);
        const before = await scene.match();
        const [room] = await rooms(scene);
        const now = await scene.ask(scene.bus.clock());
        const { match, back } = await scene.step(step);
        assert.is(match.stage, step.to);
        assert.is(match.revision, before.revision + 1);
        if (!FINAL.includes(match.stage)) assert.is(match.deadline, now + WINDOW_MS);
        assert.equal(await scene.match(), match);
        assert.equal(kindsOf(room ?? []), SAID[step.to]);
        assert.is(match.turns, before.turns + SAID[step.to].length);
        assert.is((await scene.snapshot()).matches.length, FINAL.includes(match.stage) ? 0 : 1);
        assert.is(back.length, step.to === 'cancelled' ? 2 : 0);
        assert.equal(scene.faults, []);
      });
    }

  scenario('a step that was decided on an older or newer record is refused', async (scene) => {
    const { revision } = await scene.at('teams');
    await scene.ready(await scene.match());
    for (const other of [revision, revision + 1, revision + 3, 0])
      await refused(scene, () => scene.advancing(STEPS.validating, { revision: other }), `revision ${other}`);
    await scene.step(STEPS.validating, { revision: revision + 2 });
  });

  scenario('a step that is asked for again is refused, and tells how things stand', async (scene) => {
    await scene.at('joining');
    await scene.ready(await scene.match());
    const { revision } = await scene.match();
    await scene.step(STEPS.teams, { revision });
    await refused(scene, () => scene.advancing(STEPS.teams, { revision }), 'again');
  });

  scenario('a step of no match is refused', async (scene) => {
    const request = { matchId: 'no match', revision: 1, step: STEPS.teams, windowMs: 1, seed: 's', floor: 0 };
    assert.equal(await scene.ask(scene.bus.advance(await scene.fence(), request)), { refused: 'changed', now: null });
  });

  timeouts(scenario);
  cancellations(scenario);
}

function timeouts(scenario: Scenario): void {
  scenario('a time-out counts by the clock of the bus: a match is not cancelled for absence at its deadline', async (scene) => {
    await scene.open();
    const late: Step = { to: 'cancelled', failed: [0, 1], late: true };
    await refused(scene, () => scene.advancing(late), 'before');
    await scene.advance(JOIN_MS);
    await refused(scene, () => scene.advancing(late), 'at the deadline');
    await scene.advance(1);
    await scene.step(late);
  });

  for (const stage of ['teams', 'validating'] as const)
    scenario(`a time-out counts by the clock of the bus: ${stage}`, async (scene) => {
      await scene.at(stage);
      await scene.advance(WINDOW_MS);
      await refused(scene, () => scene.advancing(timedOut()), 'at the deadline');
      await scene.advance(1);
      await scene.step(timedOut());
    });

  scenario('a battle is not void for idleness when its log got an entry since', async (scene) => {
    const { lastEntryAt } = await scene.at('battle');
    await scene.advance(1000);
    await scene.ask(scene.bus.append(MATCH, 0, 'A', 1, 'move', ''));
    await refused(scene, () => scene.advancing(timedOut(lastEntryAt)), 'there was a move');
    await scene.step(timedOut(lastEntryAt + 1000));
  });

  scenario('a battle is void before its deadline when the other side is silent about its end', async (scene) => {
    await scene.at('battle');
    await scene.ask(scene.bus.over(MATCH, 0, 'A', 0, 'end'));
    await scene.step(timedOut());
  });

  scenario('why a match is void stands in its log, shortened when it is long', async (scene) => {
    await scene.at('battle');
    const [room] = await rooms(scene);
    const reason = 'DigestMismatch';
    await scene.step({ to: 'void', reason, detail: 'x'.repeat(5000), against: null, idleSince: null });
    const leader = { v: 1, ...(await scene.fence()), matchId: MATCH };
    assert.equal(room, [{ ...leader, kind: 'VOID', turn: 5, reason, detail: 'x'.repeat(1024) }]);
  });
}

function cancellations(scenario: Scenario): void {
  const absent = async (scene: Scene, failed: readonly (0 | 1)[]) => {
    await scene.advance(JOIN_MS + 1);
    return scene.step({ to: 'cancelled', failed, late: true });
  };

  scenario('a cancelled match gives both back with their old time, and tells them', async (scene) => {
    const { sides } = await scene.open();
    await scene.ask(scene.bus.joined(MATCH, 1, 'B'));
    const [, toJoe, toJeff, toLeader] = await rooms(scene);
    const before = await scene.snapshot();
    const { back } = await absent(scene, [0]);
    const { tickets } = await scene.snapshot();
    assert.equal(tickets, back);
    assert.equal(
      back.map(({ ticket, state, offerId, confirmed, missedJoins, firstConsidered }) => ({
        ...{ ticket, state, offerId, confirmed, missedJoins, firstConsidered },
      })),
      sides.map(({ ticket, firstConsidered }, side) => ({
        ...{ ticket, state: 'waiting', offerId: null, confirmed: false },
        ...{ missedJoins: side === 0 ? 1 : 0, firstConsidered },
      })),
    );
    const leader = { v: 1, ...(await scene.fence()), kind: 'CANCELLED', matchId: MATCH, back: true };
    assert.equal(
      [toJoe, toJeff],
      [
        [{ ...leader, ticket: 'joe', reason: 'did not enter the challenge room in time' }],
        [{ ...leader, ticket: 'jeff', reason: 'the opponent did not come' }],
      ],
    );
    const entered = sides.map(({ ticket, actor, node, boot, ruleset, firstConsidered, games }, side) => ({
      ...{ v: 1, kind: 'ENTERED', revision: before.revision + side + 1 },
      entry: { ticket, actor, node, boot, ruleset, firstConsidered, games },
    }));
    assert.equal(toLeader, entered);
    assert.equal((await scene.snapshot()).matches, []);
  });

  scenario('who left before BEGIN does not come back, the opponent does', async (scene) => {
    await scene.open();
    await scene.ask(scene.bus.leave('A', 'joe'));
    const [, toJoe, toJeff] = await rooms(scene);
    const { back } = await scene.step({ to: 'cancelled', failed: [0], late: false });
    assert.equal(
      back.map(({ ticket, missedJoins }) => [ticket, missedJoins]),
      [['jeff', 0]],
    );
    const said = [toJoe, toJeff].map((messages) =>
      messages?.map((one) => (one.kind === 'CANCELLED' ? [one.back, one.reason] : one.kind)),
    );
    assert.equal(said, [[[false, 'removed']], [[true, 'the opponent did not come']]]);
    assert.equal(await scene.ask(scene.bus.enter(entering('joe'))), { refused: 'removed' });
    await scene.enter('joe', { ticket: 'joe-2' });
  });

  scenario('who does not join twice in a row is withdrawn; a match that was joined in between counts anew', async (scene) => {
    await scene.open();
    await absent(scene, [0]);
    const again = (matchId: string) => scene.pair('joe', 'jeff', { matchId, challengeRoom: matchId, offerId: 'joe-jeff' });
    const missed = async (matchId: string, failed: readonly (0 | 1)[]): Promise<unknown> => {
      await again(matchId);
      await scene.advance(JOIN_MS + 1);
      await scene.step({ to: 'cancelled', failed, late: true }, { matchId });
      return (await scene.snapshot()).tickets.map(({ ticket, missedJoins }) => [ticket, missedJoins]).sort();
    };
    assert.equal(
      await missed('match-2', [1]),
      [
        ['jeff', 1],
        ['joe', 0],
      ],
      'joe joined',
    );
    assert.equal(await missed('match-3', [0]), [
      ['jeff', 0],
      ['joe', 1],
    ]);
    const toJoe = await scene.hear(scene.bus.rooms.waiting('joe'));
    assert.equal(await missed('match-4', [0, 1]), [['jeff', 1]], 'joe missed two');
    const last = toJoe.at(-1);
    assert.ok(last?.kind === 'CANCELLED' && !last.back);
    assert.equal(await scene.ask(scene.bus.enter(entering('joe'))), { refused: 'removed' });
    await scene.enter('joe', { ticket: 'joe-2' });
  });
}
