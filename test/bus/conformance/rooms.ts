/** Hearing and saying. */
import * as assert from 'uvu/assert';
import type { Heard, Reach } from '../../../bus/bus.ts';
import { type Here, type Message, MOST_TEXT, type Team } from '../../../bus/messages.ts';
import { kindsOf, QUEUE, type Scenario } from './scene.ts';

const here = (ask: string): Here => ({ v: 1, kind: 'HERE', ask, ticket: 't' });
const asks = (messages: readonly Message[]): string[] => messages.map((message) => (message as Here).ask);
const listening = (heard: readonly Heard[]): boolean[] => heard.map((one) => one.listening);

export function rooms(scenario: Scenario): void {
  scenario('a bus that answers says so once, to everybody who asks', async (scene) => {
    const said = [0, 1].map(() => {
      const all: Reach[] = [];
      scene.keep(scene.bus.reach$, (reach) => all.push(reach));
      return all;
    });
    await scene.settle();
    await scene.advance(20_000);
    assert.equal(said, [[{ reachable: true }], [{ reachable: true }]]);
  });

  scenario('the rooms of different queues, tickets and matches are different ones', async ({ bus }) => {
    const names = ['a', 'b'].flatMap((id) => [bus.rooms.jaeger(id), bus.rooms.waiting(id), bus.rooms.challenge(id)]);
    assert.is(new Set(names).size, 6);
    for (const name of names) assert.ok(name.includes(bus.realm), name);
  });

  scenario('who hears a room is told that it listens, then hears every message in order', async (scene) => {
    const { heard } = scene.heardIn('room');
    await scene.settle();
    assert.equal(heard, [{ listening: true }]);
    const said = Array.from({ length: 100 }, (_, index) => here(`${index}`));
    await scene.say('room', ...said);
    await scene.say('room', here('last'));
    assert.equal(
      heard.slice(1),
      [...said, here('last')].map((message) => ({ listening: false, message })),
    );
  });

  scenario('nothing is heard before it is told that the room listens', async (scene) => {
    const { bus } = scene;
    const saying = (ask: string) => bus.say('room', here(ask)).subscribe();
    saying('before');
    const { heard } = scene.heardIn('room');
    saying('meanwhile');
    await scene.settle();
    assert.equal(listening(heard.slice(0, 1)), [true]);
    assert.is(listening(heard).filter((one) => one).length, 1);
  });

  scenario('neither the listening nor a message comes while it is asked for', async (scene) => {
    const { heard } = scene.heardIn('room');
    assert.equal(heard, [], 'within hear');
    await scene.settle();
    scene.bus.say('room', here('a')).subscribe();
    assert.is(heard.length, 1, 'within say');
    await scene.settle();
    assert.is(heard.length, 2);
  });

  scenario('a message is heard in its room alone, by all who hear it', async (scene) => {
    const [one, two, other] = [await scene.hear('room'), await scene.hear('room'), await scene.hear('room 2')];
    await scene.say('room', here('a'));
    await scene.say('room 2', here('b'));
    assert.equal([asks(one), asks(two), asks(other)], [['a'], ['a'], ['b']]);
  });

  scenario('who came later does not hear what was said before', async (scene) => {
    await scene.say('room', here('a'));
    const messages = await scene.hear('room');
    await scene.say('room', here('b'));
    assert.equal(asks(messages), ['b']);
  });

  scenario('who stopped hears nothing more, the others do', async (scene) => {
    const gone = scene.heardIn('room');
    const other = scene.heardIn('room 2');
    const stays = await scene.hear('room');
    await scene.say('room', here('a'));
    gone.stop();
    await scene.say('room', here('b'));
    assert.equal(listening(gone.heard), [true, false]);
    assert.equal(asks(stays), ['a', 'b']);
    other.stop();
    await scene.say('room 2', { v: 1, kind: 'HAIR' } as unknown as Message);
    assert.equal(scene.faults, [], 'nobody dropped it');
    const never = scene.heardIn('room');
    never.stop();
    await scene.say('room', here('c'));
    assert.equal(never.heard, [], 'stopped before it listened');
  });

  scenario('what is said in answer to a message is heard after it, in the order in which it was said', async (scene) => {
    const messages = await scene.hear('room');
    const { bus } = scene;
    const answers = bus.hear('room').subscribe((one) => {
      const ask = one.listening ? '' : (one.message as Here).ask;
      if (ask.length === 1) bus.say('room', here(`${ask}!`)).subscribe();
    });
    await scene.settle();
    await scene.say('room', here('a'), here('b'));
    answers.unsubscribe();
    assert.equal(asks(messages), ['a', 'b', 'a!', 'b!']);
  });

  scenario('a malformed message is dropped and reported, the next one is heard', async (scene) => {
    const messages = await scene.hear('room');
    await scene.say('room', { v: 1, kind: 'HERE', ask: 'a', ticket: '' } as Message);
    await scene.say('room', { v: 1, kind: 'HAIR' } as unknown as Message, here('b'));
    assert.equal(asks(messages), ['b']);
    assert.equal(
      scene.faults.map(({ room, kind, malformed }) => [room, kind, malformed[0]?.path, malformed[0]?.found]),
      [
        ['room', 'HERE', 'ticket', '""'],
        ['room', '', 'kind', '"HAIR"'],
      ],
    );
  });

  scenario('a message that is too long is an error of who says it', async (scene) => {
    const messages = await scene.hear('room');
    const part = { v: 1, queue: QUEUE, generation: 1, epoch: 1 } as const;
    const long: Team = { ...part, kind: 'TEAM', matchId: 'm', turn: 1, side: 0, data: 'a'.repeat(MOST_TEXT) };
    const error = await scene.say('room', long).catch((thrown: unknown) => thrown);
    assert.instance(error, RangeError);
    await scene.say('room', here('b'));
    assert.equal(kindsOf(messages), ['HERE']);
    assert.equal(scene.faults, []);
  });

  scenario('saying is done when it is subscribed to, once each time, and completes', async (scene) => {
    const messages = await scene.hear('room');
    const say = scene.bus.say('room', here('a'));
    await scene.settle();
    assert.equal(messages, []);
    let completed = 0;
    for (const _ of [1, 2]) say.subscribe({ complete: () => completed++ });
    await scene.settle();
    assert.equal(asks(messages), ['a', 'a']);
    assert.is(completed, 2);
  });

  scenario("the bus's clock goes on with time, in whole ms", async (scene) => {
    const before = await scene.ask(scene.bus.clock());
    await scene.advance(1234);
    assert.ok(Number.isInteger(before));
    assert.is(await scene.ask(scene.bus.clock()), before + 1234);
  });

  scenario('a verb does nothing before it is subscribed to, and answers later', async (scene) => {
    const clock = scene.bus.clock();
    await scene.advance(50);
    const answers: number[] = [];
    clock.subscribe((now) => answers.push(now));
    assert.equal(answers, []);
    await scene.settle();
    assert.equal(answers, [await scene.ask(scene.bus.clock())]);
  });
}
