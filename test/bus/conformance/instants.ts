/** Instant matches: the wait list, what is broadcast, the claim, and what becomes of a session. */
import * as assert from 'uvu/assert';
import type { ClaimRequest, InstantRequest } from '../../../bus/instant.ts';
import type { Message } from '../../../bus/messages.ts';
import type { MatchRecord } from '../../../bus/records.ts';
import {
  actorOf,
  entering,
  JOIN_MS,
  kindsOf,
  MATCH,
  ofKind,
  QUEUE,
  type Scenario,
  type Scene,
  SECRET,
  STEPS,
} from './scene.ts';

export const LIFE_MS = 15_000;
const REST_MS = 60_000;
export const BOOT = 'boot-1';

/** A user whose ticket is its id, and whose secret room is called after it. */
export const wanting = (id: string, more: Partial<InstantRequest> = {}): InstantRequest => ({
  ...{ ticket: id, queue: QUEUE, node: 'A', boot: BOOT, ruleset: 'rules-1', actor: actorOf(id), elo: null, initialElo: 1000 },
  ...{ room: `room of ${id.length}`, secret: `secret-${id}`, preferences: '{"and":[]}', data: '{"mic":true}' },
  ...{ lifeMs: LIFE_MS, maxWaiting: 100, move: false },
  ...more,
});

export const claiming = (ticket: string, matchedTicket: string, more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  ...{ ticket, matchedTicket, node: 'B', matchId: MATCH, challengeRoom: SECRET, joinMs: JOIN_MS },
  ...{ rated: false, sameNode: true, pairRestMs: REST_MS },
  ...more,
});

export async function waits(scene: Scene, id: string, more: Partial<InstantRequest> = {}): Promise<void> {
  const answer = await scene.ask(scene.bus.requestInstantMatch(wanting(id, more)));
  assert.ok('listed' in answer, `${id} does not wait: ${JSON.stringify(answer)}`);
}

/** Joe of A and Jeff of B wait, and B claims them. */
async function session(scene: Scene, more: Partial<ClaimRequest> = {}): Promise<MatchRecord> {
  await waits(scene, 'joe');
  await waits(scene, 'jeff', { node: 'B' });
  const answer = await scene.ask(scene.bus.instantMatch(claiming('joe', 'jeff', more)));
  assert.ok('session' in answer, JSON.stringify(answer));
  return answer.session;
}

const renewed = async (scene: Scene, id: string, node = 'A', boot = BOOT): Promise<string> =>
  (await scene.ask(scene.bus.renewInstantMatch(id, node, boot))).at;
const where = async (scene: Scene, player: string): Promise<string | undefined> =>
  (await scene.ask(scene.bus.player(player))).presence?.place;

export function instants(scenario: Scenario): void {
  lists(scenario);
  moves(scenario);
  claims(scenario);
  sessions(scenario);
  owners(scenario);
}

function lists(scenario: Scenario): void {
  scenario(
    'a user who wants an instant match is on the list and made known, and nothing of that tells who it is',
    async (scene) => {
      const { bus } = scene;
      const heard = await scene.hear(bus.rooms.instantWaitlist(QUEUE));
      const elsewhere = await scene.hear(bus.rooms.instantWaitlist('other'));
      const request = wanting('t1', { actor: actorOf('joe'), room: 'a label', secret: 'mine', node: 'Oslo', boot: 'b-7' });
      const answer = await scene.ask(bus.requestInstantMatch(request));
      assert.is('listed' in answer && answer.listed.actor.elo, 1000);
      const said = {
        v: 1,
        kind: 'INSTANT_MATCH_WAITLIST',
        ticket: 't1',
        room: 'a label',
        preferences: '{"and":[]}',
        data: '{"mic":true}',
      };
      assert.equal(heard, [said]);
      assert.equal(elsewhere, []);
      assert.is(await where(scene, 'joe'), 'instant');
      assert.equal(
        await scene.ask(bus.requestInstantMatch(request)),
        answer,
        'asked again: the same, and not made known again',
      );
      assert.is(heard.length, 1);
    },
  );

  scenario('a request lives as long as it is renewed, and is made known again when that is asked', async (scene) => {
    const { bus } = scene;
    const heard = await scene.hear(bus.rooms.instantWaitlist(QUEUE));
    await waits(scene, 'joe');
    for (let round = 0; round < 4; round++) {
      await scene.advance(LIFE_MS - 1);
      assert.is(await renewed(scene, 'joe'), 'list');
    }
    assert.is(heard.length, 1);
    assert.is((await scene.ask(bus.rebroadcastInstantMatch('joe', 'A', BOOT))).at, 'list');
    assert.equal(heard[1], heard[0]);
    await scene.advance(LIFE_MS);
    assert.is(await where(scene, 'joe'), undefined, 'past its time nobody is there');
    await waits(scene, 'jeff', { node: 'B' });
    assert.equal(await scene.ask(bus.instantMatch(claiming('joe', 'jeff'))), { refused: 'taken' });
    // Swept by Jeff's request: its node has to ask anew.
    assert.is(await renewed(scene, 'joe'), 'unknown');
    await waits(scene, 'joe');
    assert.is(await where(scene, 'joe'), 'instant');
  });

  scenario(
    'whoever is past its time and not let go yet is made known when it is renewed, unless it is elsewhere',
    async (scene) => {
      const heard = await scene.hear(scene.bus.rooms.instantWaitlist(QUEUE));
      for (const id of ['joe', 'jeff']) await waits(scene, id);
      await scene.advance(LIFE_MS + 1);
      await scene.enter('joe', { ticket: 'queued' });
      assert.equal(await scene.ask(scene.bus.renewInstantMatch('joe', 'A', BOOT)), { at: 'gone', reason: 'elsewhere by now' });
      assert.is(heard.length, 2);
      assert.is(await renewed(scene, 'jeff'), 'list');
      assert.equal(heard[2], heard[1]);
      assert.is(await where(scene, 'jeff'), 'instant');
      assert.is(await where(scene, 'joe'), 'queued');
    },
  );

  scenario('who leaves is on no list, and does not come back by a late request or renewal', async (scene) => {
    const { bus } = scene;
    await waits(scene, 'joe');
    assert.is(await scene.ask(bus.leave('B', 'joe')), 'nothing', 'another node has no say');
    assert.is(await scene.ask(bus.leave('A', 'joe')), 'instant');
    assert.is(await scene.ask(bus.leave('A', 'joe')), 'instant', 'asked again');
    assert.is(await where(scene, 'joe'), undefined);
    assert.equal(await scene.ask(bus.requestInstantMatch(wanting('joe'))), { refused: 'removed' });
    assert.equal(await scene.ask(bus.renewInstantMatch('joe', 'A', BOOT)), {
      at: 'gone',
      reason: 'removed from the wait list',
    });
    await waits(scene, 'jeff', { node: 'B' });
    assert.equal(await scene.ask(bus.instantMatch(claiming('joe', 'jeff'))), { refused: 'taken' });
  });

  scenario('so many wait in a queue, and those who are gone make room', async (scene) => {
    for (const id of ['joe', 'jeff']) await waits(scene, id, { maxWaiting: 2 });
    const ask = () => scene.ask(scene.bus.requestInstantMatch(wanting('bob', { maxWaiting: 2 })));
    assert.equal(await ask(), { refused: 'full', waiting: 2 });
    await waits(scene, 'ann', { maxWaiting: 2, queue: 'other' });
    await scene.advance(LIFE_MS + 1);
    assert.ok('listed' in (await ask()));
  });

  scenario('a server that another one has superseded, or a boot that is over, has nobody on the list', async (scene) => {
    const { bus } = scene;
    await waits(scene, 'joe');
    assert.is(await renewed(scene, 'joe', 'B'), 'gone');
    await waits(scene, 'jeff');
    await scene.ask(bus.arrive({ node: 'A', boot: 'boot-2', since: null, silenceMs: 60_000, protocol: 1 }));
    assert.equal(await scene.ask(bus.renewInstantMatch('jeff', 'A', BOOT)), { at: 'gone', reason: 'its server was gone' });
    assert.equal(await scene.ask(bus.requestInstantMatch(wanting('bob'))), { refused: 'superseded', by: 'boot-2' });
  });
}

function moves(scenario: Scenario): void {
  scenario('a player is in one place: refused elsewhere with where it is', async (scene) => {
    const { bus } = scene;
    await waits(scene, 'joe');
    const refused = await scene.ask(bus.enter(entering('joe', { ticket: 'queued' })));
    const presence = { player: 'joe', place: 'instant', queue: QUEUE, node: 'A', boot: BOOT };
    assert.equal(refused, { refused: 'present', presences: [presence] });
    await scene.enter('jeff');
    const again = await scene.ask(bus.requestInstantMatch(wanting('jeff', { ticket: 'waits' })));
    assert.equal(again, { refused: 'present', presences: [{ ...presence, player: 'jeff', place: 'queued' }] });
  });

  scenario(
    'moved in one step: from the list to the queue, from the queue to the list, and the place that was left is told',
    async (scene) => {
      const { bus } = scene;
      await waits(scene, 'joe');
      const list = await scene.hear(bus.rooms.instant('secret-joe'));
      const queue = await scene.hear(bus.rooms.waiting('queued'));
      await scene.enter('joe', { ticket: 'queued', move: true, node: 'B' });
      assert.is(await where(scene, 'joe'), 'queued');
      assert.equal(list, [{ v: 1, kind: 'MOVED', ticket: 'joe' }]);
      assert.is(await renewed(scene, 'joe'), 'gone');
      await waits(scene, 'joe', { ticket: 'again', move: true });
      assert.is(await where(scene, 'joe'), 'instant');
      assert.equal(queue, [{ v: 1, kind: 'MOVED', ticket: 'queued' }]);
      assert.is(await scene.ask(bus.ticket('queued')), null);
      assert.is((await scene.ask(bus.standing('queued'))).at, 'gone');
    },
  );

  scenario('who is offered a match is moved too, and the other one learns it; who plays is not moved', async (scene) => {
    const { bus } = scene;
    for (const id of ['joe', 'jeff', 'bob', 'ann']) await scene.enter(id);
    const { offerId } = await scene.offer('joe', 'jeff');
    await waits(scene, 'joe', { ticket: 'waits', move: true });
    const { offers } = await scene.snapshot();
    assert.equal(
      offers.filter((offer) => offer.offerId === offerId).map(({ headReply, candidateReply }) => [headReply, candidateReply]),
      [['removed', 'pending']],
    );
    await scene.pair('bob', 'ann');
    const refused = await scene.ask(bus.requestInstantMatch(wanting('bob', { ticket: 'waits-2', move: true })));
    assert.is('refused' in refused && refused.refused, 'present');
    assert.is(await where(scene, 'bob'), 'playing');
  });
}

function claims(scenario: Scenario): void {
  scenario('the first claim has the session, the others hear that they were late', async (scene) => {
    const { bus } = scene;
    await waits(scene, 'joe');
    for (const [id, node] of [
      ['jeff', 'B'],
      ['bob', 'C'],
      ['ann', 'C'],
    ] as const)
      await waits(scene, id, { node });
    const answers = await scene.askAll([
      bus.instantMatch(claiming('joe', 'jeff', { matchId: 'm1', challengeRoom: 's1' })),
      bus.instantMatch(claiming('joe', 'bob', { matchId: 'm2', challengeRoom: 's2', node: 'C' })),
      bus.instantMatch(claiming('ann', 'jeff', { matchId: 'm3', challengeRoom: 's3' })),
      bus.instantMatch(claiming('bob', 'ann', { matchId: 'm4', challengeRoom: 's4', node: 'C' })),
    ]);
    assert.equal(
      answers.map((answer) => ('session' in answer ? answer.session.sides.map(({ ticket }) => ticket).join() : answer.refused)),
      ['joe,jeff', 'taken', 'own', 'bob,ann'],
    );
    for (const player of ['joe', 'jeff', 'bob', 'ann']) assert.is(await where(scene, player), 'playing');
  });

  scenario('the same pair claimed from both ends, or asked again, gets the same session', async (scene) => {
    const { bus } = scene;
    const match = await session(scene);
    const again = [
      claiming('joe', 'jeff', { matchId: 'm2' }),
      claiming('jeff', 'joe', { matchId: 'm3', node: 'A' }),
      claiming('joe', 'jeff'),
    ];
    for (const request of again) assert.equal(await scene.ask(bus.instantMatch(request)), { session: match });
    assert.equal(await scene.ask(bus.instantMatch(claiming('jeff', 'joe', { node: 'C' }))), { refused: 'own' });
    assert.is(await scene.ask(bus.match('m2')), null);
  });

  scenario('nobody claims for a user of another node, with a user of another queue, or one with itself', async (scene) => {
    const { bus } = scene;
    await waits(scene, 'joe');
    await waits(scene, 'jeff', { node: 'B' });
    await waits(scene, 'bob', { node: 'B', queue: 'other' });
    const claim = (ticket: string, own: string, node: string) => scene.ask(bus.instantMatch(claiming(ticket, own, { node })));
    assert.equal(await claim('joe', 'jeff', 'C'), { refused: 'foreign' });
    assert.equal(await claim('joe', 'bob', 'B'), { refused: 'foreign' });
    assert.equal(await claim('jeff', 'jeff', 'B'), { refused: 'foreign' });
    for (const player of ['joe', 'jeff', 'bob']) assert.is(await where(scene, player), 'instant');
  });

  scenario('who must not meet is not matched: blocked, other rules, the same server', async (scene) => {
    const { bus } = scene;
    await waits(scene, 'joe', { actor: { ...actorOf('joe'), blocks: ['jeff'] } });
    await waits(scene, 'jeff', { node: 'B' });
    await waits(scene, 'bob', { node: 'B', ruleset: 'rules-2' });
    await waits(scene, 'ann', { node: 'B' });
    const claim = (ticket: string, own: string, more: Partial<ClaimRequest> = {}) =>
      scene.ask(bus.instantMatch(claiming(ticket, own, more)));
    assert.equal(await claim('joe', 'jeff'), { refused: 'unfit' });
    assert.equal(await claim('jeff', 'joe', { node: 'A' }), { refused: 'unfit' });
    assert.equal(await claim('joe', 'bob'), { refused: 'unfit' });
    assert.equal(await claim('ann', 'jeff', { sameNode: false }), { refused: 'unfit' });
    assert.ok('session' in (await claim('ann', 'jeff')));
  });
}

function sessions(scenario: Scenario): void {
  scenario('the session is told to exactly two, in their secret rooms; the leader is told that there is one', async (scene) => {
    const { bus } = scene;
    await waits(scene, 'ann', { node: 'C' });
    const rooms = ['joe', 'jeff', 'ann'].map((id) => bus.rooms.instant(`secret-${id}`));
    const heard: Message[][] = [];
    for (const room of [...rooms, bus.rooms.jaeger(QUEUE), bus.rooms.instantWaitlist(QUEUE)])
      heard.push(await scene.hear(room));
    const match = await session(scene);
    const { deadline } = match;
    const said = {
      v: 1,
      kind: 'INSTANT_MATCH',
      queue: QUEUE,
      matchId: MATCH,
      challengeRoom: SECRET,
      deadline,
      preferences: '{"and":[]}',
      data: '{"mic":true}',
    };
    assert.equal(heard.slice(0, 3), [[{ ...said, ticket: 'joe', side: 0 }], [{ ...said, ticket: 'jeff', side: 1 }], []]);
    assert.equal(heard[3], [{ v: 1, kind: 'OPENED', revision: 1, matchId: MATCH }]);
    assert.equal(kindsOf(heard[4] as Message[]), ['INSTANT_MATCH_WAITLIST', 'INSTANT_MATCH_WAITLIST']);
    assert.equal(await scene.match(), match);
    assert.equal((await scene.snapshot()).matches, [match]);
    assert.is(match.how, 'instant');
    assert.not(match.rated);
    assert.equal(await scene.ask(bus.renewInstantMatch('joe', 'A', BOOT)), { at: 'match', match });
  });

  scenario('the arena goes its way as with any match, and nobody waits any more', async (scene) => {
    await scene.fence();
    await session(scene);
    const match = await scene.reach('closed');
    assert.is(match.stage, 'closed');
    for (const player of ['joe', 'jeff']) assert.is(await where(scene, player), undefined);
  });

  scenario(
    'cancelled: who came waits again and is made known, who did not once it is renewed; the two are not tried again for a while',
    async (scene) => {
      const { bus } = scene;
      await session(scene);
      const [joe, jeff] = [
        await scene.hear(bus.rooms.instant('secret-joe')),
        await scene.hear(bus.rooms.instant('secret-jeff')),
      ];
      const list = await scene.hear(bus.rooms.instantWaitlist(QUEUE));
      await scene.ask(bus.joined(MATCH, 0, 'A'));
      await scene.advance(JOIN_MS + 1);
      const { back } = await scene.step({ to: 'cancelled', failed: [1], late: true });
      assert.equal(back, []);
      assert.equal(
        [joe, jeff].map((heard) => ofKind(heard, 'CANCELLED').map(({ back }) => back)),
        [[true], [true]],
      );
      assert.equal(
        list.map((message) => 'ticket' in message && message.ticket),
        ['joe'],
      );
      assert.is(await where(scene, 'joe'), 'instant');
      assert.is(await where(scene, 'jeff'), undefined);
      assert.equal(await scene.ask(bus.instantMatch(claiming('joe', 'jeff', { matchId: 'm2' }))), { refused: 'own' });
      assert.is(await renewed(scene, 'jeff', 'B'), 'list');
      assert.equal(
        list.map((message) => 'ticket' in message && message.ticket),
        ['joe', 'jeff'],
      );
      assert.equal(await scene.ask(bus.instantMatch(claiming('joe', 'jeff', { matchId: 'm2' }))), { refused: 'unfit' });
      assert.is(await renewed(scene, 'joe'), 'list');
      for (let passed = 0; passed < REST_MS; passed += 10_000) {
        await scene.advance(10_000);
        for (const [id, node] of [
          ['joe', 'A'],
          ['jeff', 'B'],
        ] as const)
          assert.is(await renewed(scene, id, node), 'list');
      }
      const second = await scene.ask(bus.instantMatch(claiming('joe', 'jeff', { matchId: 'm2', challengeRoom: 's2' })));
      assert.ok('session' in second);
      // Who misses two in a row is not on the list any more.
      await scene.advance(JOIN_MS + 1);
      await scene.step({ to: 'cancelled', failed: [0, 1], late: true }, { matchId: 'm2' });
      assert.is(await renewed(scene, 'jeff', 'B'), 'gone');
      assert.is(await renewed(scene, 'joe'), 'list');
    },
  );

  scenario(
    'who leaves the session before it begins is gone, the other one waits again; the right of a leader is needed',
    async (scene) => {
      const { bus } = scene;
      await session(scene);
      assert.is(await scene.ask(bus.leave('A', 'joe')), 'joining');
      await scene.step({ ...STEPS.cancelled, failed: [] } as typeof STEPS.cancelled);
      assert.is(await renewed(scene, 'joe'), 'gone');
      assert.is(await renewed(scene, 'jeff', 'B'), 'list');
    },
  );
}

function owners(scenario: Scenario): void {
  scenario("the owner's hand reaches who waits for an instant match", async (scene) => {
    const { bus } = scene;
    for (const id of ['joe', 'jeff', 'bob']) await waits(scene, id);
    const heard = await scene.hear(bus.rooms.instant('secret-joe'));
    const removed = await scene.command({ kind: 'remove', queue: QUEUE, whom: 'joe', reason: 'rude' });
    assert.is(removed.says, 'removed from the wait list');
    assert.equal(
      ofKind(heard, 'WITHDRAWN').map(({ reason }) => reason),
      ['rude'],
    );
    assert.equal(await scene.ask(bus.renewInstantMatch('joe', 'A', BOOT)), { at: 'gone', reason: 'rude' });
    const barred = await scene.command({ kind: 'bar', player: 'jeff', until: null, reason: 'very rude' }, 'command-2');
    assert.match(barred.says, 'removed from the queue duel');
    assert.is(await where(scene, 'jeff'), undefined);
    const again = await scene.ask(bus.requestInstantMatch(wanting('jeff', { ticket: 'again' })));
    assert.is('refused' in again && again.refused, 'barred');
    const elo = await scene.command({ kind: 'elo', queue: QUEUE, player: 'bob', elo: 1200, reason: 'x' }, 'command-3');
    assert.is(elo.outcome, 'refused');
    await scene.command({ kind: 'drain', node: 'A', reason: 'update' }, 'command-4');
    assert.equal(await scene.ask(bus.renewInstantMatch('bob', 'A', BOOT)), {
      at: 'gone',
      reason: 'the server is drained: update',
    });
    const shut = await scene.ask(bus.requestInstantMatch(wanting('ann')));
    assert.is('refused' in shut && shut.refused, 'closed');
  });
}
