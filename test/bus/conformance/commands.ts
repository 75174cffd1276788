/** The owner's commands: the inbox, what each does, and that it is done once. */
import * as assert from 'uvu/assert';
import { type AgreedConfig, type Command, MOST_COMMANDS } from '../../../bus/admin.ts';
import type { Bus } from '../../../bus/bus.ts';
import { waits } from './instants.ts';
import { actorOf, entering, fenceOf, kindsOf, MATCH, ofKind, QUEUE, type Scenario, SECRET, STEPS } from './scene.ts';

const VOID: Command = { kind: 'void', queue: QUEUE, matchId: MATCH, reason: 'a "bug" in the game' };
const BAR: Command = { kind: 'bar', player: 'joe', until: null, reason: 'cheated' };
const remove = (whom: string): Command => ({ kind: 'remove', queue: QUEUE, whom, reason: 'stuck' });
const elo = (player: string, value: number): Command => ({
  kind: 'elo',
  queue: QUEUE,
  player,
  elo: value,
  reason: 'a "smurf"',
});

const MINUTE_MS = 60_000;

function heard(bus: Bus): { count: number; stop(): void } {
  const news = { count: 0, stop: (): void => subscription.unsubscribe() };
  const subscription = bus.hearInbox().subscribe(() => {
    news.count++;
  });
  return news;
}

export function commands(scenario: Scenario): void {
  scenario('a command waits in the inbox for the leader whom it concerns, and is gone when it was answered', async (scene) => {
    const { bus } = scene;
    const news = heard(bus);
    await scene.settle();
    const before = news.count;
    const voided = await scene.submit(VOID, 'c1');
    const barred = await scene.submit(BAR, 'c2', 90_000);
    assert.ok(news.count >= before + 2, 'whoever listens is told');
    assert.equal(voided, { id: 'c1', who: 'owner', command: VOID, at: voided.at, expiresAt: voided.at + 60_000 });
    assert.equal(await scene.ask(bus.pending(QUEUE, 10)), [voided, barred]);
    assert.equal(await scene.ask(bus.pending(QUEUE, 1)), [voided]);
    assert.equal(await scene.ask(bus.pending('other', 10)), [barred], 'what names no queue is for whoever comes first');
    assert.is(await scene.ask(bus.answer('c1')), null);
    const answered = news.count;
    const answer = await scene.ask(bus.execute(await scene.fence(), barred));
    assert.ok(news.count > answered);
    news.stop();
    assert.equal(await scene.ask(bus.answer('c2')), answer);
    assert.equal(await scene.ask(bus.pending(QUEUE, 10)), [voided]);
    assert.equal(await scene.ask(bus.pending('other', 10)), []);
  });

  scenario('the same command is submitted once, however often it is asked', async (scene) => {
    const first = await scene.submit(BAR);
    await scene.advance(1000);
    assert.equal(await scene.submit(BAR), first);
    assert.is((await scene.ask(scene.bus.pending(QUEUE, 10))).length, 1);
  });

  scenario('the inbox is bounded, and has room again when what is in it is too old', async (scene) => {
    const { bus } = scene;
    const asks = Array.from({ length: MOST_COMMANDS + 1 }, (_, index) =>
      bus.submit({ id: `c${index}`, who: 'owner', command: BAR, forMs: 1000 }),
    );
    const answers = await scene.askAll(asks);
    assert.equal(answers.at(-1), { refused: 'full' });
    assert.is(answers.filter((answer) => 'submitted' in answer).length, MOST_COMMANDS);
    await scene.advance(1001);
    assert.equal(await scene.ask(bus.pending(QUEUE, 10)), []);
    await scene.submit(BAR, 'later');
  });

  scenario('a command that is too large is refused', async (scene) => {
    const command = { ...BAR, reason: 'x'.repeat(70_000) } as Command;
    assert.equal(await scene.ask(scene.bus.submit({ id: 'c', who: 'owner', command, forMs: 1000 })), { refused: 'size' });
  });

  scenario('a command that came too late is not executed, and says so for ever', async (scene) => {
    const record = await scene.submit(BAR, 'c', 1000);
    await scene.advance(1000);
    const fence = await scene.fence();
    await scene.advance(1);
    const answer = await scene.ask(scene.bus.execute(fence, record));
    assert.equal(answer, {
      id: 'c',
      at: record.at + 1001,
      queue: QUEUE,
      outcome: 'refused',
      says: 'nobody came to it in time',
    });
    assert.is((await scene.ask(scene.bus.player('joe'))).bar, null);
    assert.equal(await scene.ask(scene.bus.incidents(null, 10)), []);
  });

  scenario('a command is executed once: by another leader it is answered the same, an older one has no say', async (scene) => {
    const { bus } = scene;
    await scene.at('battle');
    const record = await scene.submit(VOID);
    const old = await scene.fence();
    const first = await scene.ask(bus.execute(old, record));
    const room = await scene.hear(bus.rooms.challenge(SECRET));
    assert.equal(await scene.ask(bus.execute(old, record)), first);
    assert.equal(await scene.ask(bus.execute({ ...old, epoch: old.epoch - 1 }, record)), { refused: 'fenced' });
    const other = scene.campaign('other', 'B');
    await scene.settle();
    const bar = await scene.submit(BAR, 'c2');
    const [one, two] = await scene.askAll([bus.execute(old, bar), bus.execute(fenceOf(other.leases), bar)]);
    assert.equal(one, two);
    assert.equal(room, []);
    assert.is((await scene.ask(bus.incidents(null, 10))).length, 2);
  });

  scenario('a command for a queue is not executed under the fence of another', async (scene) => {
    const record = await scene.submit({ ...VOID, queue: 'other' } as Command);
    const fence = await scene.fence();
    assert.throws(() => scene.bus.execute(fence, record), /under the fence/);
  });

  for (const stage of ['joining', 'teams', 'validating', 'battle'] as const)
    scenario(`a match in stage ${stage} is made void: no Elo changes, both are told and free`, async (scene) => {
      const { bus } = scene;
      await scene.at(stage);
      const before = await scene.match();
      const room = await scene.hear(bus.rooms.challenge(SECRET));
      const answer = await scene.command(VOID);
      assert.is(answer.outcome, 'done');
      assert.is(answer.says, `match made void in stage ${stage}`);
      const after = await scene.match();
      assert.is(after.stage, 'void');
      assert.is(after.revision, before.revision + 1);
      assert.equal(kindsOf(room), ['VOID']);
      const [said] = ofKind(room, 'VOID');
      assert.equal([said?.reason, said?.detail, said?.turn], ['Admin', 'a "bug" in the game', before.turns + 1]);
      assert.equal(
        (await scene.ask(bus.log(MATCH, said?.turn ?? 0, 9))).map(({ entry }) => entry),
        [said],
      );
      assert.equal((await scene.snapshot()).matches, []);
      for (const player of ['joe', 'jeff']) assert.is(await scene.ask(bus.rating(QUEUE, player)), null);
      const late = await scene.advancing(STEPS.rated);
      assert.ok('refused' in late);
      await scene.enter('joe', { ticket: 'joe-2' });
      assert.equal(await scene.ask(bus.incidents(null, 10)), [
        {
          ...{
            id: 'command-1',
            number: 2 * answer.at,
            at: answer.at,
            kind: 'Admin',
            who: 'owner',
            queue: QUEUE,
            matchId: MATCH,
            stage,
          },
          detail: `match made void in stage ${stage}: a "bug" in the game`,
          ...{ actors: ['joe', 'jeff'], nodes: ['A', 'B'], against: null, log: `log:${MATCH}` },
          ...{ lastEntryAt: before.lastEntryAt, firstOverAt: null },
        },
      ]);
    });

  for (const stage of ['rated', 'closed', 'cancelled', 'void'] as const)
    scenario(`a match in stage ${stage} cannot be made void`, async (scene) => {
      await scene.at(stage);
      const before = await scene.match();
      const { outcome } = await scene.command(VOID);
      assert.is(outcome, 'refused');
      assert.equal(await scene.match(), before);
    });

  for (const whom of ['t1', 'joe', 'bob'])
    scenario(`a waiting ticket is removed by ${whom}, and everybody concerned is told`, async (scene) => {
      const { bus } = scene;
      await scene.enter('joe', { ticket: 't1', actor: actorOf('joe', ['joe', 'bob']) });
      const waiting = await scene.hear(bus.rooms.waiting('t1'));
      const jaeger = await scene.hear(bus.rooms.jaeger(QUEUE));
      const { revision } = await scene.snapshot();
      assert.is((await scene.command(remove(whom))).says, 'removed from the queue, queued');
      assert.equal(
        ofKind(waiting, 'WITHDRAWN').map(({ reason }) => reason),
        ['stuck'],
      );
      assert.equal(ofKind(jaeger, 'LEFT'), [{ v: 1, revision: revision + 1, kind: 'LEFT', ticket: 't1' }]);
      assert.equal((await scene.snapshot()).tickets, []);
      const again = await scene.ask(bus.enter(entering('joe', { ticket: 't1' })));
      assert.equal(again, { refused: 'removed' });
      assert.is(await scene.ask(bus.leave('A', 't1')), 'nothing');
      const [incident] = await scene.ask(bus.incidents(null, 10));
      assert.equal([incident?.actors, incident?.nodes], [['joe'], ['A']]);
    });

  scenario('an offered ticket is removed: its offer knows, and its opponent goes back', async (scene) => {
    const { bus } = scene;
    await scene.enter('joe');
    await scene.enter('jeff');
    await scene.offer('joe', 'jeff');
    assert.is((await scene.command(remove('joe'))).says, 'removed from the queue, offered');
    const [offer] = (await scene.snapshot()).offers;
    assert.is(offer?.headReply, 'removed');
    const settled = await scene.ask(
      bus.settle(await scene.fence(), {
        ...{ offerId: 'joe-jeff', outcome: 'headFailed', matchId: 'm', challengeRoom: 's', joinMs: 1, ratedSameNode: true },
      }),
    );
    assert.equal(settled, { settled: null });
    assert.is((await scene.ticket('jeff')).state, 'waiting');
  });

  scenario('who is in a match that has not begun leaves it; who is in a battle is not removed', async (scene) => {
    const { bus } = scene;
    await scene.open();
    const jaeger = await scene.hear(bus.rooms.jaeger(QUEUE));
    assert.is((await scene.command(remove('jeff'))).outcome, 'done');
    assert.equal(
      ofKind(jaeger, 'LEFT_MATCH').map(({ side }) => side),
      [1],
    );
    assert.is((await scene.match()).sides[1].left, true);
    await scene.step({ to: 'cancelled', failed: [1], late: false });
    await scene.enter('zoe', { ticket: 'zoe', node: 'B' });
    await scene.pair('joe', 'zoe', { matchId: 'match-2', challengeRoom: 'secret-2' });
    await scene.reach('teams', 'match-2');
    const refused = await scene.command(remove('zoe'), 'c2');
    assert.equal([refused.outcome, refused.says], ['refused', 'its battle has begun: void the match instead']);
  });

  scenario('who is nowhere in the queue is not removed from it', async (scene) => {
    await scene.enter('joe', { queue: 'other' });
    for (const [id, whom] of ['joe', 'jeff'].entries())
      assert.is((await scene.command(remove(whom), `c${id}`)).says, 'nowhere in this queue');
    assert.is((await scene.ticket('joe')).state, 'waiting');
    assert.equal(await scene.ask(scene.bus.incidents(null, 10)), []);
  });

  scenario('a barred player may not enter, in any party, until the time or until it is allowed again', async (scene) => {
    const { bus } = scene;
    const { at } = await scene.submit(BAR, 'c0');
    const until = at + 5000;
    await scene.command({ kind: 'bar', player: 'joe', until, reason: 'rude' }, 'c1');
    const bar = { player: 'joe', until, reason: 'rude' };
    const party = entering('bob', { actor: actorOf('bob', ['bob', 'joe']) });
    assert.equal(await scene.ask(bus.enter(entering('joe'))), { refused: 'barred', bars: [bar] });
    assert.equal(await scene.ask(bus.enter(party)), { refused: 'barred', bars: [bar] });
    assert.equal((await scene.ask(bus.player('joe'))).bar, bar);
    await scene.advance(5000);
    await scene.enter('joe');
    await scene.command(BAR, 'c2');
    assert.equal(await scene.ask(bus.enter(entering('joe', { ticket: 'joe-2' }))), {
      refused: 'barred',
      bars: [{ player: 'joe', until: null, reason: 'cheated' }],
    });
    await scene.command({ kind: 'allow', player: 'joe' }, 'c3');
    await scene.enter('joe', { ticket: 'joe-2' });
    assert.is((await scene.command({ kind: 'allow', player: 'joe' }, 'c4')).outcome, 'refused');
  });

  scenario('who is barred while waiting is removed, from whatever queue', async (scene) => {
    await scene.enter('joe', { queue: 'other' });
    const jaeger = await scene.hear(scene.bus.rooms.jaeger('other'));
    assert.is((await scene.command(BAR)).says, 'barred and removed from the queue other');
    assert.equal(kindsOf(jaeger), ['LEFT']);
    assert.equal((await scene.snapshot('other')).tickets, []);
  });

  scenario('who plays while it is barred plays on', async (scene) => {
    await scene.at('battle');
    await scene.command(BAR);
    await scene.ready(await scene.match());
    await scene.step(STEPS.rated);
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'joe')), 1016);
  });

  scenario('an Elo is corrected, in 64ths, and counts from the next time that its player queues', async (scene) => {
    assert.is((await scene.command(elo('joe', 1500.01), 'c1')).says, 'Elo from none to 1500.015625');
    assert.is((await scene.command(elo('joe', 1200), 'c2')).says, 'Elo from 1500.015625 to 1200');
    assert.is(await scene.ask(scene.bus.rating(QUEUE, 'joe')), 1200);
    assert.is(await scene.ask(scene.bus.rating('other', 'joe')), null);
    assert.is((await scene.enter('joe')).actor.elo, 1200);
    const [incident] = await scene.ask(scene.bus.incidents(null, 1));
    assert.equal([incident?.detail, incident?.actors], ['Elo from 1500.015625 to 1200: a "smurf"', ['joe']]);
  });

  scenario(
    'the Elo of who waits or plays in the queue is not corrected, of who does so in another one it is',
    async (scene) => {
      await scene.enter('joe');
      assert.is((await scene.command(elo('joe', 1200), 'c1')).outcome, 'refused');
      await scene.enter('bob', { queue: 'other' });
      assert.is((await scene.command(elo('bob', 1200), 'c2')).outcome, 'done');
      await scene.enter('jeff', { node: 'B' });
      await scene.pair('joe', 'jeff');
      await scene.reach('battle');
      assert.is((await scene.command(elo('jeff', 1200), 'c3')).outcome, 'refused');
      await scene.ready(await scene.match());
      await scene.step(STEPS.rated);
      assert.is((await scene.command(elo('jeff', 1200), 'c4')).says, 'Elo from 984 to 1200');
    },
  );

  scenario(
    'a queue has one configuration: the first, until nobody has it any more or the owner adopts another',
    async (scene) => {
      const { bus } = scene;
      const agree = (node: string, config: string, hash: string, secret = 's1'): Promise<AgreedConfig> =>
        scene.ask(bus.agree({ queue: QUEUE, config, hash, secret, node, unseenMs: 100 }));
      assert.is(await scene.ask(bus.agreed(QUEUE)), null);
      const first = await agree('A', '{"k":"é"}', 'h1');
      assert.equal([first.config, first.hash, first.by, first.byOwner], ['{"k":"é"}', 'h1', 'A', false]);
      await scene.advance(99);
      assert.equal(await agree('B', '{"k":2}', 'h2'), first);
      assert.equal(await agree('A', '{"k":"é"}', 'h1'), first, 'seen again');
      await scene.advance(99);
      assert.equal(await agree('B', '{"k":2}', 'h2'), first);
      await scene.advance(1);
      const next = await agree('B', '{"k":2}', 'h2');
      assert.equal(next, { config: '{"k":2}', hash: 'h2', secret: 's1', at: first.at + 199, by: 'B', byOwner: false });
      assert.equal(await agree('A', '{"k":"é"}', 'h1'), next);
      await scene.command({ kind: 'config', queue: QUEUE, config: '{"k":3}', hash: 'h3' });
      const agreed = await scene.ask(bus.agreed(QUEUE));
      assert.equal(agreed, { config: '{"k":3}', hash: 'h3', secret: 's1', at: first.at + 199, by: 'owner', byOwner: true });
      await scene.advance(1000);
      assert.equal(await agree('A', '{"k":"é"}', 'h1'), agreed, 'the owner’s word stands');
      assert.equal(await agree('A', '{"k":3}', 'h3'), agreed, 'seen');
      await scene.advance(99);
      assert.equal(await agree('B', '{"k":3}', 'h3', 's2'), agreed, 'another secret');
      await scene.advance(1);
      assert.equal(await agree('A', '{"k":"é"}', 'h1', 's2'), agreed, 'of another configuration');
      assert.equal(await agree('B', '{"k":3}', 'h3', 's2'), { ...agreed, secret: 's2' }, 'nobody has the old one');
      assert.equal(await agree('A', '{"k":3}', 'h3'), { ...agreed, secret: 's2' });
      assert.is(await scene.ask(bus.agreed('other')), null);
    },
  );

  scenario('where a player is, who leads, and which queues there are can be read', async (scene) => {
    const { bus } = scene;
    assert.equal(await scene.ask(bus.player('joe')), { presence: null, bar: null });
    assert.equal(await scene.ask(bus.queues()), []);
    assert.is(await scene.ask(bus.leader(QUEUE)), null);
    const { leases } = scene.campaign(QUEUE, 'node with spaces');
    await scene.enter('joe');
    await scene.ask(bus.agree({ queue: 'other', config: '{}', hash: 'h', secret: '', node: 'A', unseenMs: 100 }));
    const { presence } = await scene.ask(bus.player('joe'));
    assert.equal(presence, { player: 'joe', place: 'queued', queue: QUEUE, node: 'A', boot: 'boot-1' });
    assert.equal(await scene.ask(bus.queues()), [
      { queue: QUEUE, waiting: 1, instants: 0, begun: 0 },
      { queue: 'other', waiting: 0, instants: 0, begun: 0 },
    ]);
    for (const id of ['erin', 'frank']) await waits(scene, id);
    await scene.ask(bus.leave('A', 'frank'));
    assert.equal((await scene.ask(bus.queues()))[0], { queue: QUEUE, waiting: 1, instants: 1, begun: 0 });
    assert.equal(await scene.ask(bus.leader(QUEUE)), { node: 'node with spaces', epoch: fenceOf(leases).epoch });
  });

  scenario(
    'the matches that began in this minute and the nine before it are counted, by queue; not those that never did',
    async (scene) => {
      const begun = async () => (await scene.ask(scene.bus.queues())).map((each) => [each.queue, each.begun]);
      await scene.at('cancelled');
      await scene.enter('zoe', { queue: 'other' });
      assert.equal(await begun(), [
        [QUEUE, 0],
        ['other', 0],
      ]);
      for (const [at, [head, candidate]] of [
        ['eve', 'ann'],
        ['tim', 'tom'],
      ].entries()) {
        for (const id of [head, candidate] as [string, string]) await scene.enter(id);
        const matchId = `next-${at}`;
        await scene.pair(head as string, candidate as string, { matchId, challengeRoom: matchId });
        await scene.reach('teams', matchId);
        assert.equal((await begun())[0], [QUEUE, at + 1]);
      }
      await scene.step(STEPS.void, { matchId: 'next-0' });
      const now = await scene.ask(scene.bus.clock());
      await scene.advance(MINUTE_MS - (now % MINUTE_MS) + 9 * MINUTE_MS - 1);
      assert.equal((await begun())[0], [QUEUE, 2], 'it counts for ten minutes');
      await scene.advance(1);
      assert.equal((await begun())[0], [QUEUE, 0]);
    },
  );
}
