/** Rematches: both ask, one step; what ends the chance; how many in a row, and how many count. */
import * as assert from 'uvu/assert';
import type { Rematched, RematchRequest } from '../../../bus/instant.ts';
import type { Side } from '../../../bus/messages.ts';
import type { MatchRecord } from '../../../bus/records.ts';
import { waits } from './instants.ts';
import { actorOf, JOIN_MS, MATCH, NODES, ofKind, type Scenario, type Scene, SECRET, SIDES } from './scene.ts';

const WITHIN_MS = 30_000;
const DAY_MS = 86_400_000;

const asking = (match: MatchRecord, side: Side, more: Partial<RematchRequest> = {}): RematchRequest => {
  const { actor, node, elo } = match.sides[side];
  const name = `${match.matchId}-${side}`;
  return {
    ...{ matchId: match.matchId, side, node, boot: 'boot-1', ruleset: 'rules-1', actor: { ...actor, elo } },
    ...{ ticket: `again-${name}`, secret: `secret-${name}`, withinMs: WITHIN_MS, most: 5, ratedPerDay: 20, joinMs: JOIN_MS },
    ...{ nextMatchId: `${match.matchId}+`, challengeRoom: `${SECRET}+` },
    ...more,
  };
};

const ask = (scene: Scene, match: MatchRecord, side: Side, more: Partial<RematchRequest> = {}): Promise<Rematched> =>
  scene.ask(scene.bus.rematch(asking(match, side, more)));
const outcome = (answer: Rematched): string => ('session' in answer ? 'session' : 'asked' in answer ? 'asked' : answer.refused);

async function both(scene: Scene, match: MatchRecord, more: Partial<RematchRequest> = {}): Promise<MatchRecord> {
  assert.is(outcome(await ask(scene, match, 0, more)), 'asked');
  const answer = await ask(scene, match, 1, more);
  assert.ok('session' in answer, JSON.stringify(answer));
  return answer.session;
}

export function rematches(scenario: Scenario): void {
  scenario(
    'both ask: one session of the same two, sides swapped, rated as the first was, told to the two alone',
    async (scene) => {
      const { bus } = scene;
      const match = await scene.at('closed');
      const room = await scene.hear(bus.rooms.challenge(SECRET));
      const secrets = [
        await scene.hear(bus.rooms.instant('secret-match-1-0')),
        await scene.hear(bus.rooms.instant('secret-match-1-1')),
      ];
      const first = await ask(scene, match, 0);
      assert.equal(first, { asked: match.lastEntryAt + WITHIN_MS });
      assert.equal(await ask(scene, match, 0, { ticket: 'another' }), first, 'asked again');
      const said = { v: 1, kind: 'REMATCH', matchId: MATCH, side: 0, wants: true, until: match.lastEntryAt + WITHIN_MS };
      assert.equal(room, [said, said], 'it may not have been heard the first time');
      const answer = await ask(scene, match, 1);
      assert.ok('session' in answer);
      const { session } = answer;
      assert.equal(await ask(scene, match, 0), { session });
      assert.equal(await ask(scene, match, 1, { nextMatchId: 'another' }), { session });
      assert.equal(
        session.sides.map(({ actor, node, ticket }) => [actor.id, node, ticket]),
        [
          ['jeff', 'B', 'again-match-1-1'],
          ['joe', 'A', 'again-match-1-0'],
        ],
      );
      assert.equal([session.how, session.rematches, session.rated, session.firstRated], ['rematch', 1, true, true]);
      assert.equal(
        secrets.map((heard) => ofKind(heard, 'INSTANT_MATCH').map(({ side, matchId }) => `${matchId} ${side}`)),
        [['match-1+ 1'], ['match-1+ 0']],
      );
      assert.equal((await scene.snapshot()).matches, [session]);
      const over = await scene.reach('closed', session.matchId);
      assert.is(over.stage, 'closed');
    },
  );

  scenario('the two play their new Elos, and as soon as their Elo is there', async (scene) => {
    const match = await scene.at('rated');
    const actors = SIDES.map((side) => ({ ...match.sides[side].actor, elo: side === 0 ? 1016 : 984 }));
    await ask(scene, match, 0, { actor: actors[0] as RematchRequest['actor'] });
    const answer = await ask(scene, match, 1, { actor: actors[1] as RematchRequest['actor'] });
    assert.ok('session' in answer);
    assert.equal(
      answer.session.sides.map(({ actor, elo }) => [actor.id, actor.elo, elo]),
      [
        ['jeff', 984, 984],
        ['joe', 1016, 1016],
      ],
    );
  });

  scenario('nobody else has a say, and before the end or after the time nobody has', async (scene) => {
    const { bus } = scene;
    const open = await scene.at('battle');
    assert.equal(await ask(scene, open, 0), { refused: 'late' });
    await scene.ready(open);
    await scene.step({ to: 'rated', score: 1, delta: 16 });
    const match = await scene.match();
    assert.equal(await ask(scene, match, 0, { node: 'C' }), { refused: 'foreign' });
    assert.equal(await ask(scene, match, 0, { node: NODES[1] }), { refused: 'foreign' });
    assert.equal(await ask(scene, match, 0, { matchId: 'no match' }), { refused: 'foreign' });
    assert.is(await scene.ask(bus.declineRematch(MATCH, 0, 'C', WITHIN_MS)), 'foreign');
    await scene.advance(WITHIN_MS);
    assert.is(outcome(await ask(scene, match, 0)), 'asked');
    await scene.advance(1);
    assert.equal(await ask(scene, match, 1), { refused: 'late' });
    assert.is(await scene.ask(bus.declineRematch(MATCH, 0, 'A', WITHIN_MS)), 'late');
  });

  scenario('a void match is not played once more', async (scene) => {
    assert.equal(await ask(scene, await scene.at('void'), 0), { refused: 'late' });
  });

  scenario('whoever declines ends it for both', async (scene) => {
    const { bus } = scene;
    const match = await scene.at('closed');
    const room = await scene.hear(bus.rooms.challenge(SECRET));
    for (let times = 0; times < 2; times++) assert.is(outcome(await ask(scene, match, 0)), 'asked');
    assert.is(await scene.ask(bus.declineRematch(MATCH, 1, 'B', WITHIN_MS)), 'done');
    assert.is(await scene.ask(bus.declineRematch(MATCH, 1, 'B', WITHIN_MS)), 'done');
    assert.equal(
      ofKind(room, 'REMATCH').map(({ side, wants }) => `${side} ${wants}`),
      ['0 true', '0 true', '1 false'],
    );
    for (const side of SIDES) assert.equal(await ask(scene, match, side), { refused: 'declined' });
  });

  scenario('whoever is elsewhere by now plays nothing once more', async (scene) => {
    const match = await scene.at('closed');
    await scene.enter('joe', { ticket: 'queued' });
    assert.is(outcome(await ask(scene, match, 0)), 'present');
    await scene.ask(scene.bus.leave('A', 'queued'));
    assert.is(outcome(await ask(scene, match, 0)), 'asked');
    await waits(scene, 'joe', { ticket: 'waits' });
    assert.equal(await ask(scene, match, 1), { refused: 'left' });
    assert.is((await scene.snapshot()).matches.length, 0);
  });

  scenario('at most so many in a row', async (scene) => {
    let match = await scene.at('closed');
    for (let number = 1; number <= 2; number++) {
      const session = await both(scene, match, { most: 2, challengeRoom: `s${number}` });
      assert.is(session.rematches, number);
      match = await scene.reach('closed', session.matchId);
    }
    assert.equal(await ask(scene, match, 0, { most: 2 }), { refused: 'most' });
  });

  scenario('rated games of two are counted by the day: what is more changes no Elo', async (scene) => {
    await scene.advance(DAY_MS - ((await scene.ask(scene.bus.clock())) % DAY_MS));
    let match = await scene.at('closed');
    const rated: boolean[] = [];
    for (let number = 1; number <= 3; number++) {
      const session = await both(scene, match, { ratedPerDay: 2, challengeRoom: `s${number}` });
      rated.push(session.rated);
      match = await scene.reach('closed', session.matchId);
    }
    assert.equal(rated, [true, false, false], 'the first match counts too');
    // The day passes before the next is asked for.
    const late = { ratedPerDay: 2, withinMs: 2 * DAY_MS };
    const session = await both(scene, match, { ...late, challengeRoom: 's4' });
    match = await scene.reach('rated', session.matchId);
    await scene.advance(DAY_MS);
    const next = await both(scene, match, { ...late, challengeRoom: 's5' });
    assert.ok(next.rated);
  });

  scenario('what was not rated is not rated the next time', async (scene) => {
    await scene.open({ ratedSameNode: false }, [{ node: 'A' }, { node: 'A' }]);
    const match = await scene.reach('closed');
    const session = await both(scene, match);
    assert.equal([session.rated, session.firstRated], [false, false]);
  });

  scenario('a rematch that does not begin is over: both are free', async (scene) => {
    const { bus } = scene;
    const session = await both(scene, await scene.at('closed'));
    const heard = await scene.hear(bus.rooms.instant('secret-match-1-0'));
    await scene.advance(JOIN_MS + 1);
    await scene.step({ to: 'cancelled', failed: [0, 1], late: true }, { matchId: session.matchId });
    assert.equal(
      ofKind(heard, 'CANCELLED').map(({ back }) => back),
      [false],
    );
    for (const id of ['joe', 'jeff']) assert.is((await scene.ask(bus.player(id))).presence, null);
    await scene.enter('joe', { ticket: 'queued', actor: actorOf('joe') });
  });
}
