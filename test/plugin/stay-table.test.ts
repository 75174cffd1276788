/** Every state of a stay with everything that can be said to it: what fits is followed, what does not changes nothing and is counted. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../bus/messages.ts';
import { STAY_KINDS, STAY_STATES } from '../../plugin/stay.ts';
import { TestWorld } from './world.ts';

type State = (typeof STAY_STATES)[number];
type Kind = (typeof STAY_KINDS)[number];

/** What Joe is told, or the answer in the Jaeger room; `nothing`: it fits, and nobody has to know. `counted`: it does not fit. */
type Row = { readonly [kind in Kind]: string };
const ANY: Pick<Row, 'TAKEN'> = { TAKEN: 'nothing' };
/** Before the battle a leader that said something in vain may have gone on: the newest word counts. */
const OPEN = { ...ANY, OFFER: 'asked', WITHDRAWN: 'withdrawn', BACK: 'back', SUCCESS: 'matched', MOVED: 'withdrawn' } as const;
const ROWS: { readonly [state in Exclude<State, 'over'>]: Row } = {
  waiting: { ...OPEN, ARE_YOU_THERE: 'HERE', CANCELLED: 'counted' },
  offered: { ...OPEN, ARE_YOU_THERE: 'HERE', CANCELLED: 'counted' },
  matched: { ...OPEN, ARE_YOU_THERE: 'BUSY', CANCELLED: 'back' },
  begun: {
    ...ANY,
    ...{
      ARE_YOU_THERE: 'BUSY',
      OFFER: 'counted',
      WITHDRAWN: 'counted',
      BACK: 'counted',
      SUCCESS: 'counted',
      CANCELLED: 'counted',
      MOVED: 'counted',
    },
  },
};
/** What is said a second time, of the same offer or match. */
const AGAIN: readonly (readonly [State, Kind])[] = [
  ['offered', 'OFFER'],
  ['matched', 'SUCCESS'],
];

const REACHED: { readonly [state in Exclude<State, 'over'>]: (world: TestWorld) => boolean } = {
  waiting: (world) => world.of('entered').length > 0,
  offered: (world) => world.of('asked').length === 2,
  matched: (world) => world.stages().includes('joining') && world.of('matched').length === 2,
  begun: (world) => world.stages().includes('battle'),
};

/** Joe, in this state; what is said to him next comes from a leader newer than all others. */
function reach(state: Exclude<State, 'over'>): { world: TestWorld; ticket: string; offerId: string; matchId: string } {
  const world = new TestWorld({
    players: { joe: { acceptAfterMs: 1000, battle: 'silent' }, bob: { battle: 'silent' } },
    wire: (bus) => (state === 'matched' ? { ...bus, joined: () => bus.joined('no match', 0, 'nobody') } : bus),
  }).start();
  const { ticket } = world.tryAdd('A', { id: 'joe', elo: 1000 });
  if (state !== 'waiting') world.add('B', 'bob', 1000);
  while (!REACHED[state](world)) assert.ok(world.time.now() < 60_000 && world.time.step(), 'it is never reached');
  const offerId = world.of('asked').find(({ id }) => id === 'joe')?.offerId ?? '';
  const matchId = world.of('matched').find(({ id }) => id === 'joe')?.matchId ?? 'another match';
  return { world, ticket, offerId, matchId };
}

function say(state: Exclude<State, 'over'>, kind: Kind, isAgain = false): string {
  const { world, ticket, offerId, matchId } = reach(state);
  const newest = Number.MAX_SAFE_INTEGER;
  const mark = { v: 1, queue: 'ranked', generation: newest, epoch: newest, ticket } as const;
  const messages: { readonly [each in Kind]: Message } = {
    ARE_YOU_THERE: { ...mark, kind: 'ARE_YOU_THERE', ask: 'ask' },
    TAKEN: { ...mark, kind: 'TAKEN' },
    OFFER: { ...mark, kind: 'OFFER', offerId: isAgain ? offerId : 'new', deadline: newest, windowMs: 20_000 },
    WITHDRAWN: { ...mark, kind: 'WITHDRAWN', reason: 'why' },
    BACK: { ...mark, kind: 'BACK', reason: 'why' },
    SUCCESS: {
      ...{ ...mark, kind: 'SUCCESS', matchId: isAgain ? matchId : 'new', challengeRoom: 'room', side: 0, deadline: newest },
    },
    CANCELLED: { ...mark, kind: 'CANCELLED', matchId, back: true, reason: 'why' },
    MOVED: { v: 1, kind: 'MOVED', ticket },
  };
  const answers: string[] = [];
  world.bus.hear(world.bus.rooms.jaeger('ranked')).subscribe((heard) => {
    if (!heard.listening && 'ask' in heard.message && heard.message.ask === 'ask') answers.push(heard.message.kind);
  });
  world.run(0);
  const [told, asked] = [world.notices('joe').length, world.of('asked').length];
  const counted = (): number => world.node('A').counts.all[`${kind} ${state}`] ?? 0;
  const before = counted();
  world.bus.say(world.bus.rooms.waiting(ticket), messages[kind]).subscribe();
  world.run(0);
  const changes = [
    ...answers,
    ...world.notices('joe').slice(told),
    ...(world.of('asked').length > asked ? ['asked'] : []),
    ...(counted() > before ? ['counted'] : []),
  ];
  return changes.join() || 'nothing';
}

test('every state and everything that can be said is in the table', () => {
  // Who is over hears nothing any more.
  assert.equal([...Object.keys(ROWS), 'over'].sort(), [...STAY_STATES].sort());
  for (const row of Object.values(ROWS)) assert.equal(Object.keys(row).sort(), [...STAY_KINDS].sort());
});

for (const [state, row] of Object.entries(ROWS) as [Exclude<State, 'over'>, Row][]) {
  for (const kind of STAY_KINDS)
    test(`${state} ── ${kind} ──► ${row[kind]}`, () => {
      assert.is(say(state, kind), row[kind]);
    });
}

for (const [state, kind] of AGAIN)
  test(`${state}: the same ${kind} again is counted`, () => {
    assert.is(say(state as Exclude<State, 'over'>, kind, true), 'counted');
  });

test('over: nothing is heard any more', () => {
  const { world, ticket } = reach('waiting');
  world.value(world.node('A').remove('joe'));
  const [told, newest] = [world.told.length, Number.MAX_SAFE_INTEGER];
  const back = { v: 1, kind: 'BACK', queue: 'ranked', generation: newest, epoch: newest, ticket, reason: 'why' } as const;
  world.bus.say(world.bus.rooms.waiting(ticket), back).subscribe();
  world.run(10);
  assert.is(world.told.length, told);
});

test('an answer that nobody waits for is counted by the leader', () => {
  const { world, ticket } = reach('waiting');
  for (const kind of ['HERE', 'GONE'] as const)
    world.bus.say(world.bus.rooms.jaeger('ranked'), { v: 1, kind, ask: 'nobody asked', ticket }).subscribe();
  world.run(10);
  const { 'HERE unasked': here, 'GONE unasked': gone } = world.node('A').counts.all;
  assert.equal([here, gone], [1, 1]);
  assert.is(world.value(world.bus.snapshot('ranked')).tickets.length, 1, 'it is still there');
});

test.run();
