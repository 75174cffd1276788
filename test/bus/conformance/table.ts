/**
 * Every state of a ticket and of a match with everything that can be asked of it: what is legal leads where the protocol says, what is not
 * changes nothing, says nothing and is counted. States and verbs are the product's own lists: a new one without a place here fails.
 */
import type { Observable } from 'rxjs';
import * as assert from 'uvu/assert';
import { COUNTED_VERBS, type CountedVerb, type Counts, type Why } from '../../../bus/records.ts';
import { OUTCOMES, type Outcome, STAGES, type Stage, STEPS as TARGETS } from '../../../matcher/index.ts';
import {
  entering,
  kindsOf,
  MATCH,
  OFFER_MS,
  QUEUE,
  type Scenario,
  type Scene,
  SECRET,
  SEED,
  STEPS,
  settling,
  WINDOW_MS,
} from './scene.ts';

/** Of Joe, node A, head and side 0; Jeff, node B, is the other one. */
const OF_TICKET = ['unknown', 'waiting', 'offered', 'confirmed', 'declined', 'kept', 'gone'] as const;
type OfTicket = (typeof OF_TICKET)[number];
/** A stage of a match, before and after both sides have done what belongs to it. */
type State = OfTicket | Stage | `${Stage} done`;
const STATES: readonly State[] = [
  ...OF_TICKET,
  ...STAGES.flatMap((stage): State[] =>
    stage === 'closed' || stage === 'cancelled' || stage === 'void' ? [stage] : [stage, `${stage} done`],
  ),
];

interface Event {
  readonly name: string;
  readonly verb: CountedVerb;
  ask(scene: Scene): Promise<Observable<unknown>>;
}

type Variants = Readonly<Record<string, (scene: Scene) => Promise<Observable<unknown>> | Observable<unknown>>>;

/** What can be asked by each verb. */
const ASKED: { readonly [verb in CountedVerb]: Variants } = {
  enter: { enter: ({ bus }) => bus.enter(entering('joe')) },
  leave: { leave: ({ bus }) => bus.leave('A', 'joe') },
  reply: {
    confirm: ({ bus }) => bus.reply('joe-jeff', 'joe', 'confirmed'),
    decline: ({ bus }) => bus.reply('joe-jeff', 'joe', 'declined'),
  },
  joined: { joined: ({ bus }) => bus.joined(MATCH, 0, 'A') },
  team: { team: ({ bus }) => bus.team(MATCH, 0, 'A', 'team 0') },
  judge: {
    accept: ({ bus }) => bus.judge(MATCH, 0, 'A', null),
    refuse: ({ bus }) => bus.judge(MATCH, 0, 'A', { code: 'ValidationError', reason: 'six of a kind' }),
  },
  append: { append: ({ bus }) => bus.append(MATCH, 0, 'A', 1, 'move', '') },
  over: { over: ({ bus }) => bus.over(MATCH, 0, 'A', 0, 'end') },
  takeElo: { takeElo: ({ bus }) => bus.takeElo(MATCH, 0, 'A') },
  offer: {
    offer: async (scene) =>
      scene.bus.offer(await scene.fence(), { offerId: 'new', head: 'joe', candidate: 'jeff', windowMs: OFFER_MS }),
  },
  settle: Object.fromEntries(
    OUTCOMES.map((outcome: Outcome) => [
      `settle ${outcome}`,
      async (scene: Scene) => scene.bus.settle(await scene.fence(), settling({ offerId: 'joe-jeff', outcome })),
    ]),
  ),
  release: { release: async (scene) => scene.bus.release(await scene.fence(), 'joe') },
  drop: { drop: async (scene) => scene.bus.drop(await scene.fence(), 'joe', 'its server forgot it') },
  advance: Object.fromEntries(
    TARGETS.map((to) => [
      `to ${to}`,
      async (scene: Scene) => {
        const revision = (await scene.ask(scene.bus.match(MATCH)))?.revision ?? 1;
        const request = { matchId: MATCH, revision, step: STEPS[to], windowMs: WINDOW_MS, seed: SEED, floor: 0 };
        return scene.bus.advance(await scene.fence(), request);
      },
    ]),
  ),
};

const EVENTS: readonly Event[] = COUNTED_VERBS.flatMap((verb) =>
  Object.entries(ASKED[verb]).map(([name, ask]) => ({ name, verb, ask: async (scene: Scene) => ask(scene) })),
);

const OF_MATCH = 'joined team accept refuse append over takeElo';
const FAILED = 'settle headFailed,settle candidateFailed,settle bothFailed';

interface Row {
  /** Where it leads. */
  readonly legal?: Readonly<Record<string, State>>;
  /** Names, by spaces; those of several words by commas. */
  readonly illegal: { readonly [why in Why]?: string };
}

const inMatch = (legal: Row['legal'], illegal: Row['illegal']): Row => ({
  ...(legal ? { legal } : {}),
  illegal: {
    ...illegal,
    foreign: 'confirm decline',
    doubled: `settle match,${FAILED},${(illegal.doubled ?? '').replaceAll(' ', ',')}`,
    headTaken: 'offer',
    changed: `release,drop,${illegal.changed ?? ''}`,
  },
});

const notTo = (...targets: readonly Stage[]): string =>
  TARGETS.filter((to) => !targets.includes(to))
    .map((to) => `to ${to}`)
    .join();

const ROWS: { readonly [state in State]?: Row } & { readonly [state in OfTicket | Stage]: Row } = {
  unknown: {
    legal: { enter: 'waiting' },
    illegal: {
      foreign: `leave confirm decline ${OF_MATCH}`,
      headTaken: 'offer',
      doubled: FAILED,
      changed: `settle match,release,drop,${notTo()}`,
    },
  },
  waiting: {
    legal: { leave: 'gone', offer: 'offered', drop: 'gone' },
    illegal: {
      doubled: `enter,${FAILED}`,
      foreign: `confirm decline ${OF_MATCH}`,
      changed: `settle match,release,${notTo()}`,
    },
  },
  offered: {
    legal: { leave: 'gone', confirm: 'offered', decline: 'offered' },
    illegal: {
      doubled: 'enter',
      foreign: OF_MATCH,
      headTaken: 'offer',
      changed: `settle match,${FAILED},release,drop,${notTo()}`,
    },
  },
  confirmed: {
    legal: { leave: 'gone', 'settle match': 'joining' },
    illegal: {
      doubled: 'enter confirm',
      late: 'decline',
      foreign: OF_MATCH,
      headTaken: 'offer',
      changed: `${FAILED},release,drop,${notTo()}`,
    },
  },
  declined: {
    legal: { leave: 'gone', confirm: 'offered', decline: 'offered', 'settle candidateFailed': 'kept' },
    illegal: {
      doubled: 'enter',
      foreign: OF_MATCH,
      headTaken: 'offer',
      changed: `settle match,settle headFailed,settle bothFailed,release,drop,${notTo()}`,
    },
  },
  kept: {
    legal: { leave: 'gone', release: 'waiting', drop: 'gone' },
    illegal: {
      doubled: `enter,${FAILED}`,
      foreign: `confirm decline ${OF_MATCH}`,
      candidateTaken: 'offer',
      changed: `settle match,${notTo()}`,
    },
  },
  gone: {
    illegal: {
      late: 'enter',
      foreign: `confirm decline ${OF_MATCH}`,
      headTaken: 'offer',
      doubled: `leave,${FAILED}`,
      changed: `settle match,release,drop,${notTo()}`,
    },
  },
  joining: inMatch(
    { leave: 'joining', joined: 'joining', 'to cancelled': 'waiting' },
    { doubled: 'enter', late: 'team accept refuse append over takeElo', changed: notTo('cancelled') },
  ),
  'joining done': inMatch(
    { leave: 'joining', 'to teams': 'teams', 'to cancelled': 'waiting' },
    { doubled: 'enter joined', late: 'team accept refuse append over takeElo', changed: notTo('teams', 'cancelled') },
  ),
  teams: inMatch(
    { team: 'teams', refuse: 'teams', 'to void': 'void' },
    { doubled: 'joined', late: 'enter leave accept append over takeElo', changed: notTo('void') },
  ),
  'teams done': inMatch(
    { refuse: 'teams', 'to validating': 'validating', 'to void': 'void' },
    { doubled: 'joined team', late: 'enter leave accept append over takeElo', changed: notTo('validating', 'void') },
  ),
  validating: inMatch(
    { accept: 'validating', refuse: 'validating', 'to void': 'void' },
    { doubled: 'joined team', late: 'enter leave append over takeElo', changed: notTo('void') },
  ),
  'validating done': inMatch(
    { refuse: 'validating', 'to battle': 'battle', 'to void': 'void' },
    { doubled: 'joined team accept', late: 'enter leave append over takeElo', changed: notTo('battle', 'void') },
  ),
  battle: inMatch(
    { append: 'battle', refuse: 'battle', over: 'battle', 'to rated': 'rated', 'to void': 'void' },
    { doubled: 'joined team accept', late: 'enter leave takeElo', changed: notTo('rated', 'void') },
  ),
  'battle done': inMatch(
    { append: 'battle', refuse: 'battle', 'to rated': 'rated', 'to void': 'void' },
    { doubled: 'joined team accept over', late: 'enter leave takeElo', changed: notTo('rated', 'void') },
  ),
  rated: inMatch(
    { takeElo: 'rated', 'to closed': 'closed' },
    { doubled: 'joined team accept over', late: 'enter leave refuse append', changed: notTo('closed') },
  ),
  'rated done': inMatch(
    { 'to closed': 'closed' },
    { doubled: 'joined team accept over takeElo', late: 'enter leave refuse append', changed: notTo('closed') },
  ),
  closed: inMatch(undefined, {
    doubled: 'joined team accept over takeElo',
    late: 'enter leave refuse append',
    changed: notTo(),
  }),
  void: inMatch(undefined, {
    doubled: 'joined',
    late: 'enter leave team accept refuse append over takeElo',
    changed: notTo(),
  }),
  // Both are in the queue again.
  cancelled: {
    legal: { leave: 'gone', offer: 'offered', drop: 'gone' },
    illegal: {
      foreign: 'confirm decline',
      doubled: `enter,settle match,${FAILED}`,
      late: OF_MATCH,
      changed: `release,${notTo()}`,
    },
  },
};

const namesOf = (text: string): string[] => text.split(text.includes(',') ? ',' : ' ').filter(Boolean);

async function reach(scene: Scene, state: State): Promise<void> {
  const { bus } = scene;
  if (state === 'unknown') return void (await scene.fence());
  const stage = STAGES.find((each) => state === each || state === `${each} done`);
  if (stage) {
    const match = await scene.at(stage);
    if (state !== stage) await scene.ready(match);
    return;
  }
  await scene.enter('joe');
  await scene.enter('jeff', { node: 'B' });
  await scene.fence();
  if (state === 'waiting') return;
  if (state === 'gone') return void (await scene.ask(bus.leave('A', 'joe')));
  const { offerId } = await scene.offer('joe', 'jeff');
  if (state === 'confirmed') await scene.reply(offerId, { joe: 'confirmed', jeff: 'confirmed' });
  if (state === 'declined' || state === 'kept') await scene.reply(offerId, { jeff: 'declined' });
  if (state === 'kept') await scene.ask(bus.settle(await scene.fence(), settling({ offerId, outcome: 'candidateFailed' })));
}

async function stateOf(scene: Scene): Promise<State> {
  const standing = await scene.ask(scene.bus.standing('joe'));
  if (standing.at === 'match') return standing.match.stage;
  if (standing.at !== 'queue') return standing.at;
  return standing.offer ? 'offered' : standing.ticket.state === 'locked' ? 'kept' : 'waiting';
}

/** All that could be changed; the queue, whose messages are numbered, first. */
function everything(scene: Scene): Promise<unknown[]> {
  const { bus } = scene;
  const reads: Observable<unknown>[] = [
    ...[bus.snapshot(QUEUE), bus.match(MATCH), bus.log(MATCH, 1, 100), bus.incidents(null, 100)],
    ...['joe', 'jeff'].flatMap((id) => [bus.standing(id), bus.rating(QUEUE, id), bus.player(id)]),
  ];
  return scene.askAll(reads);
}

function more(before: Counts, after: Counts): Record<string, number> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Counts)[];
  const grown = names.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, by]) => by !== 0));
}

export function table(scenario: Scenario): void {
  for (const state of STATES) {
    const row = ROWS[state];
    const legal = Object.entries(row?.legal ?? {});
    const illegal = Object.entries(row?.illegal ?? {}).flatMap(([why, names]) =>
      namesOf(names).map((name) => [name, why as Why] as const),
    );

    scenario(`${state}: everything that can be asked has its place in the table, once`, async () => {
      const placed = [...legal, ...illegal].map(([name]) => name);
      assert.equal(placed.sort(), EVENTS.map(({ name }) => name).sort());
    });

    scenario(`${state}: what is illegal changes nothing, says nothing and is counted`, async (scene) => {
      const { bus } = scene;
      await reach(scene, state);
      const rooms = [bus.rooms.jaeger(QUEUE), bus.rooms.challenge(SECRET), ...['joe', 'jeff'].map(bus.rooms.waiting)];
      const heard = [];
      for (const room of rooms) heard.push(await scene.hear(room));
      let before = await everything(scene);
      for (const [name, why] of illegal) {
        const { verb, ask } = EVENTS.find((event) => event.name === name) as Event;
        const counts = await scene.ask(bus.counts());
        await scene.ask(await ask(scene));
        const after = await everything(scene);
        // A result that is said again is announced again, to ask for the OVER_OK that was lost.
        const said = name === 'over' && state === 'battle done' ? ['BATTLE_OVER'] : [];
        const from = said.length > 0 ? 1 : 0;
        assert.equal(after.slice(from), before.slice(from), name);
        before = after;
        assert.equal(more(counts, await scene.ask(bus.counts())), { [`${verb} ${why}`]: 1 }, name);
        assert.equal(kindsOf(heard.flatMap((messages) => messages.splice(0))), said, name);
      }
    });

    for (const [name, next] of legal)
      scenario(`${state} ── ${name} ──► ${next}`, async (scene) => {
        await reach(scene, state);
        const counts = await scene.ask(scene.bus.counts());
        const before = await everything(scene);
        const { ask } = EVENTS.find((event) => event.name === name) as Event;
        await scene.ask(await ask(scene));
        assert.is(await stateOf(scene), next);
        assert.not.equal(await everything(scene), before);
        assert.equal(more(counts, await scene.ask(scene.bus.counts())), {});
      });
  }
}
