/** Every time of the configuration has the protocol's default, and is kept to the millisecond: nothing before it, what it is for after it. */
import { NEVER, tap } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../bus/bus.ts';
import type { Message } from '../../bus/messages.ts';
import type { TimeSettings } from '../../bus/options.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { type Deadline, keepsTimes, type Running, until } from './deadline.ts';
import { lossy, type PlayerScript, TestWorld } from './world.ts';

type Time = keyof Required<TimeSettings>;

/** A step of the matcher. */
const STEP_MS = 50;

interface Made {
  readonly times: TimeSettings;
  readonly players?: Readonly<Record<string, PlayerScript>>;
  readonly wire?: (bus: Bus, node: string) => Bus;
}

/** Joe on A, who leads, and Bob on B, who comes 1 s later. */
function worldOf({ times, players = {}, wire = (bus) => bus }: Made): TestWorld {
  const world = new TestWorld({ players, wire, config: { queues: { ranked: { times } } } });
  return world.start().add('A', 'joe', 1000).run(1000).add('B', 'bob', 1000);
}

const reaches =
  (world: TestWorld, stage: string): (() => boolean) =>
  () =>
    world.stages().includes(stage);

/** A node of which these verbs are never answered. */
const mute =
  (of: string, ...verbs: readonly (keyof Bus)[]) =>
  (bus: Bus, node: string): Bus =>
    node === of ? { ...bus, ...Object.fromEntries(verbs.map((verb) => [verb, () => NEVER])) } : bus;

/** A stage that this never leaves, and where it goes when its time is over. */
const stuck =
  (at: string, to: string, made: Omit<Made, 'times'>) =>
  (times: TimeSettings): Running => {
    const world = worldOf({ times, ...made });
    return { world, from: until(world, reaches(world, at)), happened: reaches(world, to) };
  };

/** Everything that is said in the heartbeat room, and when. */
function heartbeats(world: TestWorld): { readonly message: Message; readonly at: number }[] {
  const heard: { message: Message; at: number }[] = [];
  world.bus.hear(world.bus.rooms.heartbeat).subscribe((one) => {
    if (!one.listening) heard.push({ message: one.message, at: world.time.now() });
  });
  return heard;
}

const DEADLINES: { readonly [time in Time]: Deadline<TimeSettings> } = {
  answerMs: {
    byDefault: 1000,
    starts: [
      (times) => {
        const world = worldOf({ times, wire: mute('B', 'say') });
        const from = until(world, () => world.of('found').length > 0);
        return { world, from, happened: () => world.of('notThere').length > 0 };
      },
    ],
  },
  restMs: {
    byDefault: 5000,
    within: STEP_MS,
    starts: [
      (times) => {
        const world = worldOf({ times, wire: mute('B', 'say') });
        const from = until(world, () => world.of('notThere').length > 0);
        return { world, from, happened: () => world.of('found').length > 1 };
      },
    ],
  },
  offerMs: {
    byDefault: 20_000,
    starts: (['joe', 'bob'] as const).map((player) => (times) => {
      const world = worldOf({ times, players: { [player]: { accept: 'silent' } } });
      const from = until(world, () => world.of('offered').length > 0);
      return { world, from, happened: () => world.events.some((each) => each.kind === 'withdrawn' && each.id === player) };
    }),
  },
  joinMs: { byDefault: 10_000, starts: [stuck('joining', 'cancelled', { wire: mute('B', 'joined') })] },
  pairRestMs: {
    byDefault: 60_000,
    within: STEP_MS,
    starts: [
      (times) => {
        const world = worldOf({ times, wire: mute('B', 'joined') });
        const from = until(world, reaches(world, 'cancelled'));
        return { world, from, happened: () => world.of('found').length > 1 };
      },
    ],
  },
  avoidRecentMs: {
    byDefault: 0,
    given: 90_000,
    within: STEP_MS,
    starts: [
      (times) => {
        const world = worldOf({ times });
        const from = until(world, reaches(world, 'rated'));
        world.run(100).add('A', 'joe', 1000).add('B', 'bob', 1000);
        return { world, from, happened: () => world.of('found').length > 1 };
      },
    ],
  },
  successMs: {
    byDefault: 10_000,
    starts: [
      (times) => {
        const silent: PlayerScript = { battle: 'silent' };
        const world = worldOf({ times, players: { joe: silent, bob: silent } });
        let answers = 0;
        world.bus.hear(world.bus.rooms.jaeger('ranked')).subscribe((heard) => {
          if (!heard.listening && heard.message.kind === 'BUSY') answers++;
        });
        const from = until(world, () => world.of('matched').length === 2);
        const ticket = world.value(world.bus.match(world.of('matched')[0]?.matchId ?? ''), 0)?.sides[0].ticket ?? '';
        // Who still asks is told that it is taken; when the room is closed nobody answers.
        const happened = (): boolean => {
          const [before, newest] = [answers, Number.MAX_SAFE_INTEGER];
          const mark = { v: 1, queue: 'ranked', generation: newest, epoch: newest } as const;
          const question = { ...mark, kind: 'ARE_YOU_THERE', ticket, ask: 'ask' } as const;
          world.bus.say(world.bus.rooms.waiting(ticket), question).subscribe();
          world.run(0);
          return answers === before;
        };
        return { world, from, happened };
      },
    ],
  },
  teamMs: {
    byDefault: 30_000,
    starts: [
      stuck('teams', 'void', { players: { bob: { team: 'silent' } } }),
      stuck('validating', 'void', { wire: mute('B', 'judge') }),
    ],
  },
  idleMs: {
    byDefault: 600_000,
    starts: [stuck('battle', 'void', { players: { joe: { battle: 'silent' }, bob: { battle: 'silent' } } })],
  },
  battleMs: {
    byDefault: 7_200_000,
    starts: [
      (times) => {
        const silent: PlayerScript = { battle: 'silent' };
        const world = worldOf({ times, players: { joe: silent, bob: silent } });
        const from = until(world, reaches(world, 'battle'));
        return { world, from, happened: reaches(world, 'void'), keep: () => world.seen[0]?.actor.send('a move') };
      },
    ],
  },
  overMs: {
    byDefault: 10_000,
    starts: [
      (times) => {
        const wire = (bus: Bus): Bus => lossy(bus, ({ kind }) => (kind === 'OVER_OK' ? 0 : 1));
        const world = worldOf({ times, wire, players: { bob: { overAfterMs: 25_000 } } });
        const from = until(world, () => world.of('over').length > 0);
        return { world, from, happened: () => world.of('incident').length > 0 };
      },
    ],
  },
  reportMs: {
    byDefault: 600_000,
    // One more report may come at the very moment; the next one would be due after `overMs`.
    within: 10_000,
    starts: [
      (times) => {
        let reports = 0;
        const wire = (bus: Bus): Bus => ({
          ...bus,
          over: (...args) => bus.over(...args).pipe(tap({ subscribe: () => reports++ })),
          advance: (fence, request) => (request.step.to === 'void' ? NEVER : bus.advance(fence, request)),
        });
        const heard = (bus: Bus): Bus => lossy(wire(bus), ({ kind }) => (kind === 'OVER_OK' ? 0 : 1));
        const world = worldOf({ times, wire: heard, players: { bob: { overAfterMs: 9_000_000 } } });
        const from = until(world, () => world.of('over').length > 0);
        let before = 0;
        const happened = (): boolean => {
          const isOver = before === reports && world.time.now() - from >= 600_000;
          before = reports;
          return isOver;
        };
        return { world, from, happened };
      },
    ],
  },
  secondResultMs: {
    byDefault: 30_000,
    starts: [
      (times) => {
        const world = worldOf({ times, players: { bob: { overAfterMs: 600_000 } } });
        const from = until(world, () => world.of('over').length > 0);
        return { world, from, happened: () => world.stages().some((stage) => stage === 'void' || stage === 'rated') };
      },
    ],
  },
  eloKeptMs: {
    byDefault: 604_800_000,
    given: 3_600_000,
    starts: [stuck('rated', 'closed', { wire: mute('B', 'takeElo') })],
  },
  reconnectMs: {
    byDefault: 60_000,
    starts: [
      (times) => {
        const silent: PlayerScript = { battle: 'silent' };
        const world = worldOf({ times, players: { joe: silent, bob: silent } });
        until(world, () => world.seen.length === 2);
        world.seen[0]?.actor.dropped();
        return { world, from: world.time.now(), happened: () => world.of('over').length > 0 };
      },
    ],
  },
  newestMs: {
    byDefault: 5000,
    starts: [
      (times) => {
        const said: string[] = [];
        const silent: PlayerScript = { battle: 'silent' };
        const wire = (bus: Bus): Bus => ({
          ...bus,
          say: (room, message) => {
            said.push(message.kind);
            return bus.say(room, message);
          },
        });
        const world = worldOf({ times, wire, players: { joe: silent, bob: silent } });
        return { world, from: until(world, reaches(world, 'joining')), happened: () => said.includes('NEWEST') };
      },
    ],
  },
  heartbeatMs: {
    byDefault: 30_000,
    starts: [
      (times) => {
        const world = new TestWorld({ config: { queues: { ranked: { times } } } });
        world.start().run(35_000).add('B', 'bob', 1000).run(100).kill('B');
        const heard = heartbeats(world);
        const from = until(world, () => heard.some(({ message }) => message.kind === 'HEARTBEAT'));
        return { world, from, happened: () => world.of('nodeLost').length > 0 };
      },
      (times) => {
        const world = new TestWorld({ config: { queues: { ranked: { times } } } });
        const heard = heartbeats(world);
        world.start();
        const asked = (): number => heard.filter(({ message }) => message.kind === 'HEARTBEAT').length;
        return { world, from: heard[0]?.at ?? 0, happened: () => asked() > 1 };
      },
    ],
  },
  silenceMs: {
    byDefault: 60_000,
    // That it gave no sign is known when it was asked for one again.
    within: 50,
    starts: [
      (times) => {
        const silent: PlayerScript = { battle: 'silent' };
        const world = worldOf({ times, players: { joe: silent, bob: silent } })
          .run(34_000)
          .kill('B');
        const [sign] = world.value(world.bus.lastSigns()).filter(({ node }) => node === 'B');
        return { world, from: sign?.at ?? 0, happened: reaches(world, 'void') };
      },
    ],
  },
  dataLossMs: {
    byDefault: 5000,
    within: STEP_MS,
    starts: [
      (times) => {
        const world = new TestWorld({ config: { queues: { ranked: { times } } } }).start().run(1000);
        world.bus.lose();
        const from = until(world, () => world.of('dataLost').length > 0);
        world.run(3000).add('A', 'joe', 1000).add('B', 'bob', 1000);
        return { world, from, happened: () => world.of('found').length > 0 };
      },
    ],
  },
};

test('every time of the configuration is here, with the default of the protocol', () => {
  const protocol = Object.fromEntries(Object.entries(DEADLINES).map(([time, { byDefault }]) => [time, byDefault]));
  assert.equal(protocol, { ...DEFAULTS.queue.times });
});

keepsTimes(DEADLINES);
test.run();
