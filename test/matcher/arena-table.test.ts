/** Every stage of a match with everything that can be known of its sides: what leads on does, at once; nothing else changes what is waited for. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ArenaLimits,
  type MatchState,
  nextStep,
  type SideState,
  STAGES,
  type Stage,
  type Step,
} from '../../matcher/index.ts';
import { match, side } from './port.ts';

const LIMITS: ArenaLimits = {
  idleMs: 600_000,
  silenceMs: 60_000,
  secondResultMs: 30_000,
  elo: { k: 32, floor: 0, provisional: { games: 0, k: 0 }, kByRating: [] },
};
const DEADLINE = 1_000_000;
const GIVEN_UP = 5000;

/** What a side's record says of its part, each as it is when it has happened. */
type Part = Exclude<keyof SideState, 'ticket' | 'elo' | 'games' | 'node' | 'boot'>;
const PARTS: { readonly [part in Part]: Partial<SideState> } = {
  joined: { joined: true },
  left: { left: true },
  teamIn: { teamIn: true },
  valid: { valid: true },
  refusal: { refusal: { code: 'ValidationError', reason: 'illegal team' } },
  lost: { lost: true },
  result: { result: { winner: 0, digest: 'd' } },
  eloTaken: { eloTaken: true },
};
const HOWS = ['one', 'both'] as const;
const EVENTS = [
  ...Object.keys(PARTS).flatMap((part) => HOWS.map((how) => `${part} ${how}`)),
  ...HOWS.map((how) => `silent ${how}`),
];

interface Row {
  /** What is due at the stage's deadline; undefined: the match is over. */
  readonly waitsFor: Step['to'] | undefined;
  /** What leads on: at once, or (with `later`) sooner or elsewhere than by the deadline. */
  readonly leads: Readonly<Record<string, Step['to']>>;
  readonly later?: string;
  /** What changes nothing. */
  readonly nothing: string;
}

const ALL = 'joined left teamIn valid refusal lost result eloTaken silent';
const without = (...parts: string[]): string =>
  ALL.split(' ')
    .filter((part) => !parts.includes(part))
    .join(' ');
const both = (part: string, to: Step['to']): Record<string, Step['to']> => ({ [`${part} one`]: to, [`${part} both`]: to });
const VOIDING = { ...both('refusal', 'void'), ...both('lost', 'void'), ...both('silent', 'void') };

const ROWS: { readonly [stage in Stage]: Row } = {
  joining: {
    waitsFor: 'cancelled',
    leads: { 'joined both': 'teams', ...both('left', 'cancelled') },
    nothing: `${without('joined', 'left')} joined-one`,
  },
  teams: {
    waitsFor: 'void',
    leads: { 'teamIn both': 'validating', ...VOIDING },
    later: 'silent',
    nothing: `${without('teamIn', 'refusal', 'lost', 'silent')} teamIn-one`,
  },
  validating: {
    waitsFor: 'void',
    leads: { 'valid both': 'battle', ...VOIDING },
    later: 'silent',
    nothing: `${without('valid', 'refusal', 'lost', 'silent')} valid-one`,
  },
  battle: {
    waitsFor: 'void',
    // One result waits for the other one.
    leads: { 'result both': 'rated', 'result one': 'void', ...VOIDING },
    later: 'silent result-one',
    nothing: without('result', 'refusal', 'lost', 'silent'),
  },
  rated: {
    waitsFor: 'closed',
    leads: { 'eloTaken both': 'closed' },
    nothing: `${without('eloTaken')} eloTaken-one`,
  },
  closed: { waitsFor: undefined, leads: {}, nothing: ALL },
  cancelled: { waitsFor: undefined, leads: {}, nothing: ALL },
  void: { waitsFor: undefined, leads: {}, nothing: ALL },
};

const eventsOf = (names: string): string[] =>
  names.split(' ').flatMap((name) => (name.includes('-') ? [name.replace('-', ' ')] : HOWS.map((how) => `${name} ${how}`)));

/** What is due of a match in this stage, of which this has happened. */
function dueAfter(stage: Stage, event: string): ReturnType<typeof nextStep> {
  const [part, how] = event.split(' ') as [Part | 'silent' | 'nothing', (typeof HOWS)[number]];
  const change = part === 'silent' || part === 'nothing' ? {} : PARTS[part];
  const state: MatchState = match({
    ...{ stage, deadline: DEADLINE, lastEntryAt: DEADLINE, firstOverAt: part === 'result' ? 0 : null },
    sides: [side('Joe', change), side('Bob', { node: 'B', ...(how === 'both' ? change : {}) })],
  });
  const isSilent = (of: SideState): boolean => part === 'silent' && (how === 'both' || of.node === 'A');
  return nextStep(state, LIMITS, (of) => (isSilent(of) ? GIVEN_UP : undefined));
}

for (const stage of STAGES) {
  const { waitsFor, leads, later = '', nothing } = ROWS[stage];

  test(`${stage}: everything has its place in the table, once`, () => {
    assert.equal([...Object.keys(leads), ...eventsOf(nothing)].sort(), [...EVENTS].sort());
  });

  test(`${stage}: waits for ${waitsFor ?? 'nothing, it is the end'}`, () => {
    const due = dueAfter(stage, 'nothing one');
    assert.is(due?.step.to, waitsFor);
    if (due) assert.is(due.at, DEADLINE + 1);
  });

  for (const [event, to] of Object.entries(leads))
    test(`${stage} ── ${event} ──► ${to}`, () => {
      const due = dueAfter(stage, event);
      assert.is(due?.step.to, to);
      if (eventsOf(later || 'none').includes(event)) assert.ok(due && due.at < DEADLINE && due.at > 0);
      else assert.is(due?.at, Number.NEGATIVE_INFINITY);
    });

  for (const event of eventsOf(nothing))
    test(`${stage}: ${event} changes nothing`, () => {
      assert.equal(
        { ...dueAfter(stage, event), step: dueAfter(stage, event)?.step.to },
        { ...dueAfter(stage, 'nothing one'), step: dueAfter(stage, 'nothing one')?.step.to },
      );
    });
}

test.run();
