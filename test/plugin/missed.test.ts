/** A node whose connection is away hears nothing of what is said in its waiting rooms; when it hears again it knows all the same. */
import { filter, map, merge, Observable, Subject } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus, Heard } from '../../bus/bus.ts';
import type { Kind } from '../../bus/messages.ts';
import { type PlayerScript, TestWorld } from './world.ts';

/** The ear of node B: it goes deaf when it would hear this kind, and hears again after so long. */
class Ear {
  deaf = false;
  missed = 0;
  private readonly again$ = new Subject<void>();
  private readonly kind: Kind;
  private readonly forMs: number;

  constructor(kind: Kind, forMs: number) {
    this.kind = kind;
    this.forMs = forMs;
  }

  over(bus: Bus, schedule: (run: () => void, ms: number) => void): Bus {
    const fall = (): void => {
      this.deaf = true;
      schedule(() => {
        this.deaf = false;
        this.again$.next();
      }, this.forMs);
    };
    return {
      ...bus,
      hear: (room) =>
        new Observable<Heard>((subscriber) => {
          const heard$ = bus.hear(room).pipe(
            filter((heard) => {
              if (!heard.listening && this.missed === 0 && heard.message.kind === this.kind) fall();
              if (!heard.listening && this.deaf) this.missed++;
              return heard.listening || !this.deaf;
            }),
          );
          return merge(heard$, this.again$.pipe(map((): Heard => ({ listening: true })))).subscribe(subscriber);
        }),
    };
  }
}

/** Joe on A, Jeff on B, who goes deaf. */
function world(kind: Kind, forMs: number, players: Readonly<Record<string, PlayerScript>> = {}): TestWorld {
  const ear = new Ear(kind, forMs);
  const made = new TestWorld({
    config: { queues: { ranked: { rematch: { most: 0 } } } },
    players,
    wire: (bus, node, time) => (node === 'B' ? ear.over(bus, (run, ms) => time.schedule(run, ms)) : bus),
  });
  made.start().add('A', 'joe', 1000).add('B', 'jeff', 1000).run(60_000);
  assert.ok(ear.missed > 0, `a ${kind} was missed`);
  assert.equal(made.of('fault'), []);
  return made;
}

test('an offer is made with the time that is left', () => {
  const { notices, of } = told(world('OFFER', 5000));
  assert.equal(notices, ['queued', 'matched', 'begun', 'elo']);
  const [asked] = of('asked').filter(({ id }) => id === 'jeff');
  assert.ok(asked?.windowMs && asked.windowMs <= 15_000 && asked.windowMs > 14_000, String(asked?.windowMs));
});

test('an offer that was over meanwhile: withdrawn, and told why', () => {
  const { notices } = told(world('OFFER', 25_000));
  assert.equal(notices, ['queued', 'withdrawn: the offer was not answered in time']);
});

test('a match is entered', () => {
  assert.equal(told(world('SUCCESS', 3000)).notices, ['queued', 'matched', 'begun', 'elo']);
});

test('the opponent declined: waiting again', () => {
  const made = world('BACK', 3000, { joe: { accept: false } });
  assert.equal(told(made).notices, ['queued', 'back: the offer is over']);
  made.add('A', 'bob', 1000).run(30_000);
  assert.equal(told(made).notices.slice(2), ['matched', 'begun', 'elo']);
});

test('withdrawn, and told why', () => {
  const made = world('WITHDRAWN', 3000, { jeff: { accept: false } });
  assert.equal(told(made).notices, ['queued', 'withdrawn: the offer was declined']);
  made.tryAdd('B', { id: 'jeff' });
});

test('a match that was cancelled: waiting again, and met again', () => {
  const ear = new Ear('CANCELLED', 3000);
  const made = new TestWorld({
    config: { queues: { ranked: { rematch: { most: 0 } } } },
    // Joe's server never enters.
    wire: (bus, node, time) =>
      node === 'B' ? ear.over(bus, (run, ms) => time.schedule(run, ms)) : { ...bus, joined: () => new Subject<never>() },
  });
  made.start().add('A', 'joe', 1000).add('B', 'jeff', 1000).run(20_000);
  assert.ok(ear.missed > 0, 'it was missed');
  assert.equal(told(made).notices, ['queued', 'matched', 'back: the match was cancelled']);
  made.add('B', 'bob', 1000).run(30_000);
  assert.equal(told(made).notices.slice(3), ['matched', 'begun', 'elo']);
});

test('nothing was missed: nothing is told, and no offer is made twice', () => {
  const again$ = new Subject<void>();
  const made = new TestWorld({
    config: { queues: { ranked: { rematch: { most: 0 } } } },
    wire: (bus) => ({
      ...bus,
      hear: (room) => merge(bus.hear(room), again$.pipe(map((): Heard => ({ listening: true })))),
    }),
  });
  made.start().add('A', 'joe', 1000).add('B', 'jeff', 1000);
  for (let second = 0; second < 60; second++) {
    made.run(500);
    again$.next();
    made.run(500);
  }
  for (const player of ['joe', 'jeff']) assert.equal(made.notices(player), ['queued', 'matched', 'begun', 'elo']);
  assert.is(made.of('asked').length, 2);
});

/** What Jeff was told, with the reasons. */
function told(made: TestWorld) {
  const notices = made.told
    .filter(({ player }) => player === 'jeff')
    .map(({ notice }) => ('reason' in notice && notice.kind !== 'void' ? `${notice.kind}: ${notice.reason}` : notice.kind));
  return { notices, of: made.of.bind(made) };
}

test.run();
