import { BehaviorSubject, defer, EMPTY, of } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ArenaLimits,
  type ArenaPort,
  arena,
  type MatchState,
  nextStep,
  type SideNumber,
  type SideState,
  type Stage,
  type Step,
} from '../../matcher/index.ts';
import { VirtualTime } from '../../scripts/virtual-time.ts';
import { match, side } from './port.ts';

const LIMITS: ArenaLimits = {
  idleMs: 600_000,
  silenceMs: 60_000,
  secondResultMs: 30_000,
  elo: { k: 32, floor: 0, provisional: { games: 0, k: 0 }, kByRating: [] },
};

/** A match in this stage, both sides with the same, and each with its own. */
const at = (stage: Stage, both: Partial<SideState>, one: Partial<SideState> = {}, more: Partial<MatchState> = {}): MatchState =>
  match({ stage, sides: [side('Joe', { ...both, ...one }), side('Bob', both)], ...more });

const won = (winner: SideNumber | 'draw', digest = 'd') => ({ result: { winner, digest } });

interface Case {
  readonly name: string;
  readonly state: MatchState;
  readonly step: Partial<Step> | undefined;
  /** Bus time at which it is due, or undefined for at once. */
  readonly due?: number;
}

const CASES: readonly Case[] = [
  { name: 'both joined: BEGIN', state: at('joining', { joined: true }), step: { to: 'teams' } },
  {
    name: 'one joined: cancelled after the deadline, the other one failed',
    state: at('joining', {}, { joined: true }),
    step: { to: 'cancelled', failed: [1], late: true },
    due: 10_001,
  },
  {
    name: 'one left before BEGIN: cancelled at once',
    state: at('joining', { joined: true }, { left: true }),
    step: { to: 'cancelled', failed: [0], late: false },
  },
  { name: 'both teams are in: shown', state: at('teams', { teamIn: true }), step: { to: 'validating' } },
  {
    name: 'one team is missing: void after the deadline, against the silent side',
    state: at('teams', {}, { teamIn: true }),
    step: { to: 'void', reason: 'TimeoutError', against: 1 },
    due: 10_001,
  },
  {
    name: 'no team at all: against nobody alone',
    state: at('teams', {}),
    step: { to: 'void', reason: 'TimeoutError', against: null },
    due: 10_001,
  },
  { name: 'both accept the teams: START', state: at('validating', { valid: true }), step: { to: 'battle' } },
  {
    name: 'no verdict: void after the deadline',
    state: at('validating', {}, { valid: true }),
    step: { to: 'void', reason: 'TimeoutError', against: 1 },
    due: 10_001,
  },
  {
    name: 'a battle without a turn: void when idle for too long',
    state: at('battle', {}, {}, { lastEntryAt: 5000, deadline: 7_200_000 }),
    step: { to: 'void', reason: 'TimeoutError', idleSince: 5000 },
    due: 605_001,
  },
  {
    name: 'a battle that goes on and on: void after its deadline',
    state: at('battle', {}, {}, { lastEntryAt: 7_000_000, deadline: 7_200_000 }),
    step: { to: 'void', reason: 'TimeoutError', idleSince: null },
    due: 7_200_001,
  },
  { name: 'results agree: rated', state: at('battle', won(0)), step: { to: 'rated', score: 1, delta: 16 } },
  { name: 'side 1 won: rated the other way', state: at('battle', won(1)), step: { to: 'rated', score: 0, delta: -16 } },
  {
    name: 'a draw between equals: nothing changes',
    state: at('battle', won('draw')),
    step: { to: 'rated', score: 0.5, delta: 0 },
  },
  {
    name: 'an unrated match changes nothing',
    state: at('battle', won(0), {}, { rated: false }),
    step: { to: 'rated', score: 1, delta: 0 },
  },
  {
    name: 'results differ: void',
    state: at('battle', won(0), won(1)),
    step: { to: 'void', reason: 'ResultMismatch', against: null },
  },
  {
    name: 'each claims the win, of a battle of which it has no state: they differ',
    state: at('battle', won(1, ''), won(0, '')),
    step: { to: 'void', reason: 'ResultMismatch', against: null },
  },
  {
    name: 'each has given up: void, for that reason',
    state: at('battle', won(0, ''), won(1, '')),
    step: { to: 'void', reason: 'TimeoutError', against: null, detail: 'both sides gave the battle up' },
  },
  {
    name: 'digests differ: void',
    state: at('battle', won(0), won(0, 'other')),
    step: { to: 'void', reason: 'DigestMismatch', against: null },
  },
  {
    name: 'one result that concedes: counts after 30 s',
    state: at('battle', {}, won(1), { firstOverAt: 1000 }),
    step: { to: 'rated', score: 0 },
    due: 31_001,
  },
  {
    name: 'one result that claims the win: void after 30 s, against the silent side',
    state: at('battle', {}, won(0), { firstOverAt: 1000 }),
    step: { to: 'void', reason: 'TimeoutError', against: 1 },
    due: 31_001,
  },
  {
    name: 'the same, and somebody played on: against nobody alone',
    state: at('battle', {}, won(0), { firstOverAt: 1000, lastEntryAt: 1001 }),
    step: { to: 'void', reason: 'TimeoutError', against: null, idleSince: null },
    due: 31_001,
  },
  { name: 'both took the Elo: closed', state: at('rated', { eloTaken: true }), step: { to: 'closed' } },
  {
    name: 'one did not take it: kept until the deadline',
    state: at('rated', {}, { eloTaken: true }),
    step: { to: 'closed' },
    due: 10_001,
  },
  ...(['teams', 'validating', 'battle'] as const).flatMap((stage) =>
    (['ValidationError', 'TimeoutError', 'DigestMismatch'] as const).map((code) => ({
      name: `a ${code} that a server reports in ${stage}: void at once, for that reason`,
      state: at(stage, { joined: true }, { refusal: { code, reason: 'illegal team' } }),
      step: { to: 'void' as const, reason: code, detail: 'illegal team' },
    })),
  ),
  {
    name: 'a server that began anew and does not go on: void at once, against it, as one that fell silent',
    state: at('battle', {}, { refusal: { code: 'NodeLost', reason: 'started anew' } }),
    step: { to: 'void', reason: 'NodeLost', detail: 'started anew', against: 0, silent: { sides: [0], forMs: 0 } },
  },
  ...(['closed', 'cancelled', 'void'] as const).map((stage) => ({
    name: `${stage} is the end`,
    state: at(stage, won(0), { refusal: { code: 'ValidationError', reason: 'too late' } }),
    step: undefined,
  })),
];

test('a newcomer’s match has the mean of both sides’ K; a forfeit needs no digest, a win does', () => {
  const limits = { ...LIMITS, elo: { ...LIMITS.elo, provisional: { games: 10, k: 64 } } };
  const result = (winner: 0 | 1, digest: string) => ({ result: { winner, digest } });
  const played = at('battle', { ...result(0, 'end'), games: 3 }, { ...result(0, 'end'), games: 30 });
  assert.equal(nextStep(played, limits)?.step, { to: 'rated', score: 1, delta: 24 });
  assert.is(nextStep(at('battle', result(0, ''), result(0, 'end')), LIMITS)?.step.to, 'rated', 'who lost gives up');
  assert.is(
    nextStep(at('battle', result(0, 'end'), result(0, '')), LIMITS)?.step.to,
    'void',
    'who won has to say how it ended',
  );
});

for (const { name, state, step, due } of CASES)
  test(name, () => {
    const next = nextStep(state, LIMITS);
    if (!step) return assert.is(next, undefined);
    assert.ok(next);
    for (const [key, value] of Object.entries(step))
      assert.equal((next.step as unknown as Record<string, unknown>)[key], value, key);
    assert.is(next.at, due ?? Number.NEGATIVE_INFINITY);
  });

/** A port that moves the match as it is told to, and refuses the first `refusals` times. */
function portOf(state$: BehaviorSubject<MatchState>, refusals = 0) {
  const acknowledged: SideNumber[] = [];
  const steps: string[] = [];
  let left = refusals;
  const port: ArenaPort = {
    match$: () => state$,
    advance: (state, step) =>
      defer(() => {
        if (left-- > 0) return of('refused' as const);
        steps.push(step.to);
        state$.next({ ...state, stage: step.to, revision: state.revision + 1 });
        return of('moved' as const);
      }),
    acknowledge: (_matchId, number) =>
      defer(() => {
        acknowledged.push(number);
        return EMPTY;
      }),
  };
  return { port, acknowledged, steps };
}

test('the whole way, in virtual time: join, begin, teams, start, over, Elo, closed', () => {
  const time = new VirtualTime();
  const state$ = new BehaviorSubject(match());
  const { port, acknowledged, steps } = portOf(state$);
  const stages: Stage[] = [];
  let over = false;
  arena('m', { port, limits: LIMITS, scheduler: time, busNow: () => time.now(), givenUpAt: () => undefined }).subscribe({
    next: ({ stage }) => stages.push(stage),
    complete: () => {
      over = true;
    },
  });
  const set = (change: Partial<SideState>): void => {
    time.runUntil(time.now() + 100);
    const { sides } = state$.value;
    for (const number of [0, 1] as const) {
      const next = [...state$.value.sides] as [SideState, SideState];
      next[number] = { ...sides[number], ...change };
      state$.next({ ...state$.value, revision: state$.value.revision + 1, sides: next });
    }
    time.runUntil(time.now() + 100);
  };
  set({ joined: true });
  set({ teamIn: true });
  set({ valid: true });
  set(won(1));
  assert.not(over);
  set({ eloTaken: true });
  assert.equal(stages, ['joining', 'teams', 'validating', 'battle', 'rated', 'closed']);
  assert.equal(steps, ['teams', 'validating', 'battle', 'rated', 'closed']);
  assert.ok(acknowledged.includes(0) && acknowledged.includes(1));
  assert.ok(over);
});

test('a result is acknowledged when it comes in, and again when it is said again, never else', () => {
  const time = new VirtualTime();
  const state$ = new BehaviorSubject(at('battle', {}, won(0)));
  const { port, acknowledged } = portOf(state$);
  arena('m', { port, limits: LIMITS, scheduler: time, busNow: () => time.now(), givenUpAt: () => undefined }).subscribe();
  assert.equal(acknowledged, [0]);
  // Something else of the match has changed.
  state$.next({ ...state$.value, revision: state$.value.revision + 1 });
  assert.equal(acknowledged, [0]);
  state$.next(state$.value);
  assert.equal(acknowledged, [0, 0]);
  state$.next(at('battle', won(0)));
  state$.next({ ...state$.value, sides: [{ ...state$.value.sides[0], eloTaken: true }, state$.value.sides[1]] });
  assert.equal(acknowledged, [0, 0, 1]);
});

test('a refused step is tried again, on the record as it then is', () => {
  const time = new VirtualTime();
  const state$ = new BehaviorSubject(at('joining', { joined: true }));
  const { port, steps } = portOf(state$, 3);
  arena('m', { port, limits: LIMITS, scheduler: time, busNow: () => time.now(), givenUpAt: () => undefined }).subscribe();
  time.runUntil(1000);
  assert.equal(steps, ['teams']);
});

test('a server that is not silent after all: what was due for that is not asked again, and the deadline is', () => {
  const time = new VirtualTime();
  const state$ = new BehaviorSubject(at('teams', {}, { teamIn: true }));
  const { port, steps } = portOf(state$);
  const asked: string[] = [];
  let givenUpAt: number | undefined = 0;
  const advance: ArenaPort['advance'] = (state, step) => {
    asked.push(step.to === 'void' ? step.reason : step.to);
    if (step.to !== 'void' || !step.silent) return port.advance(state, step);
    // The bus knows better, and so does the leader a moment later.
    return defer(() => {
      givenUpAt = undefined;
      return of('refused' as const);
    });
  };
  const context = { port: { ...port, advance }, limits: LIMITS, scheduler: time, busNow: () => time.now() };
  arena('m', { ...context, givenUpAt: () => givenUpAt }).subscribe();
  time.runUntil(10_001);
  assert.equal(asked, ['NodeLost', 'TimeoutError']);
  assert.equal(steps, ['void']);
});

test('10 s to join and not a moment less', () => {
  const time = new VirtualTime();
  const state$ = new BehaviorSubject(at('joining', {}, { joined: true }));
  const { port, steps } = portOf(state$);
  arena('m', { port, limits: LIMITS, scheduler: time, busNow: () => time.now(), givenUpAt: () => undefined }).subscribe();
  time.runUntil(10_000);
  assert.equal(steps, []);
  time.runUntil(10_001);
  assert.equal(steps, ['cancelled']);
});

test.run();
