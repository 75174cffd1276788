/** Every state of a factory run with everything that can come to it: what fits leads where the protocol says, what does not changes nothing. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OUTCOMES, type Outcome, RUN_INPUTS, RUN_STATES, type RunInput, type RunState } from '../../matcher/index.ts';
import { DrivenRun } from './driven-run.ts';

/** Joe is head, Bob the first candidate, Jeff the next. */
const ASKED: readonly RunInput[] = ['head HERE', 'candidate HERE'];
const OFFERED: readonly RunInput[] = [...ASKED, 'offer locked'];
/** Bob declined: Joe stays locked, Jeff is asked. */
const KEPT: readonly RunInput[] = [...OFFERED, 'candidate declined', 'settled'];
const CONFIRMED: readonly RunInput[] = [...OFFERED, 'head confirmed'];

/** How long a state waits. */
const TIME_MS: Readonly<Partial<Record<RunState, number>>> = { asking: 1000, deciding: 20_001 };
const LONG_MS = 3_600_000;

interface Row {
  readonly state: RunState;
  readonly by: readonly RunInput[];
  /** What comes of it. `noted`: nothing yet, another row has what comes of it later. */
  readonly leads: Readonly<Partial<Record<RunInput, string>>>;
  readonly nothing: string;
}

const HEAD = 'head-HERE head-BUSY head-GONE';
const CANDIDATE = 'candidate-HERE candidate-BUSY candidate-GONE';
const OFFER = 'offer-locked offer-headTaken offer-candidateTaken';
const REPLIED = 'head-confirmed head-declined head-removed candidate-confirmed candidate-declined candidate-removed';
const SETTLED = 'settled settlement-refused';
const out = (...who: readonly ('Joe' | 'Bob' | 'Jeff')[]): string =>
  `{${['Joe', 'Bob', 'Jeff'].map((each) => `${each}:${who.some((one) => one === each) ? 'out' : 'waits'}`).join()}}`;
const NOTED = { 'head HERE': 'noted', 'head BUSY': 'noted', 'head GONE': 'noted' } as const;
const NOTED_OF_CANDIDATE = { 'candidate HERE': 'noted', 'candidate BUSY': 'noted', 'candidate GONE': 'noted' } as const;
const REFUSED = 'settlement refused';

/** What comes of a settlement of this outcome: how its offer was answered, and where that leads. */
const SETTLES: { readonly [outcome in Outcome]: { readonly by: readonly RunInput[]; readonly done: string } } = {
  match: { by: ['candidate confirmed'], done: 'settled, matched, over, {Joe:out,Bob:out,Jeff:waits}' },
  headFailed: { by: ['head removed'], done: 'settled, over, {Joe:out,Bob:waits,Jeff:waits}' },
  candidateFailed: { by: ['candidate removed'], done: 'settled, ask Jeff, {Joe:locked,Bob:out,Jeff:waits}' },
  bothFailed: { by: ['time over'], done: 'settled, over, {Joe:out,Bob:out,Jeff:waits}' },
};
const decides = (outcome: Outcome): readonly RunInput[] => [
  ...(outcome === 'match' ? CONFIRMED : OFFERED),
  ...SETTLES[outcome].by,
];

const ROWS: { readonly [name: string]: Row } = {
  'nobody has answered': {
    state: 'asking',
    by: [],
    leads: { ...NOTED, ...NOTED_OF_CANDIDATE, 'time over': 'Joe SILENT, Bob SILENT, discarded headNotThere, over' },
    nothing: `${OFFER} ${REPLIED} ${SETTLED}`,
  },
  'the head is there': {
    state: 'asking',
    by: ['head HERE'],
    leads: {
      'candidate HERE': 'offer Joe Bob',
      'candidate BUSY': 'Bob BUSY, ask Jeff',
      'candidate GONE': `Bob GONE, drop Bob, ask Jeff, ${out('Bob')}`,
      'time over': 'Bob SILENT, ask Jeff',
    },
    nothing: `${HEAD} ${OFFER} ${REPLIED} ${SETTLED}`,
  },
  'the head is busy': {
    state: 'asking',
    by: ['head BUSY'],
    leads: {
      'candidate HERE': 'Joe BUSY, discarded headNotThere, over',
      'candidate BUSY': 'Joe BUSY, Bob BUSY, discarded headNotThere, over',
      'candidate GONE': `Joe BUSY, Bob GONE, drop Bob, discarded headNotThere, over, ${out('Bob')}`,
      'time over': 'Joe BUSY, Bob SILENT, discarded headNotThere, over',
    },
    nothing: `${HEAD} ${OFFER} ${REPLIED} ${SETTLED}`,
  },
  'the candidate is there': {
    state: 'asking',
    by: ['candidate HERE'],
    leads: {
      'head HERE': 'offer Joe Bob',
      'head BUSY': 'Joe BUSY, discarded headNotThere, over',
      'head GONE': `Joe GONE, drop Joe, discarded headNotThere, over, ${out('Joe')}`,
      'time over': 'Joe SILENT, discarded headNotThere, over',
    },
    nothing: `${CANDIDATE} ${OFFER} ${REPLIED} ${SETTLED}`,
  },
  'the head is locked, and the last candidate asked': {
    state: 'asking',
    by: KEPT,
    leads: {
      'candidate HERE': 'offer Joe Jeff',
      'candidate BUSY': 'Jeff BUSY, release Joe, back nobodyLeft, over, {Joe:waits,Bob:out,Jeff:waits}',
      'candidate GONE': 'Jeff GONE, drop Jeff, release Joe, back nobodyLeft, over, {Joe:waits,Bob:out,Jeff:out}',
      'time over': 'Jeff SILENT, release Joe, back nobodyLeft, over, {Joe:waits,Bob:out,Jeff:waits}',
    },
    nothing: `${HEAD} ${OFFER} ${REPLIED} ${SETTLED}`,
  },
  'nobody is locked': {
    state: 'offering',
    by: ASKED,
    leads: {
      'offer locked': '{Joe:locked,Bob:locked,Jeff:waits}',
      'offer headTaken': 'taken Bob, discarded headTaken, over',
      'offer candidateTaken': 'ask Jeff',
    },
    nothing: `${HEAD} ${CANDIDATE} ${REPLIED} ${SETTLED} time-over`,
  },
  'the head is locked': {
    state: 'offering',
    by: [...KEPT, 'candidate HERE'],
    leads: {
      'offer locked': '{Joe:locked,Bob:out,Jeff:locked}',
      // Its lock is this run's own: only the bus can have lost it, and says so.
      'offer headTaken': 'taken Jeff, release Joe, back headTaken, over, {Joe:waits,Bob:out,Jeff:waits}',
      'offer candidateTaken': 'release Joe, back nobodyLeft, over, {Joe:waits,Bob:out,Jeff:waits}',
    },
    nothing: `${HEAD} ${CANDIDATE} ${REPLIED} ${SETTLED} time-over`,
  },
  'nobody has replied': {
    state: 'deciding',
    by: OFFERED,
    leads: {
      ...{ 'head confirmed': 'noted', 'candidate confirmed': 'noted' },
      ...{ 'head declined': 'headFailed', 'head removed': 'headFailed' },
      ...{ 'candidate declined': 'candidateFailed', 'candidate removed': 'candidateFailed', 'time over': 'bothFailed' },
    },
    nothing: `${HEAD} ${CANDIDATE} ${OFFER} ${SETTLED}`,
  },
  'the head has confirmed': {
    state: 'deciding',
    by: CONFIRMED,
    leads: {
      ...{ 'candidate confirmed': 'match', 'head declined': 'headFailed', 'head removed': 'headFailed' },
      ...{ 'candidate declined': 'candidateFailed', 'candidate removed': 'candidateFailed', 'time over': 'candidateFailed' },
    },
    nothing: `${HEAD} ${CANDIDATE} ${OFFER} ${SETTLED} head-confirmed`,
  },
  'the candidate has confirmed': {
    state: 'deciding',
    by: [...OFFERED, 'candidate confirmed'],
    leads: {
      ...{ 'head confirmed': 'match', 'head declined': 'headFailed', 'head removed': 'headFailed' },
      ...{ 'candidate declined': 'candidateFailed', 'candidate removed': 'candidateFailed', 'time over': 'headFailed' },
    },
    nothing: `${HEAD} ${CANDIDATE} ${OFFER} ${SETTLED} candidate-confirmed`,
  },
  'the head has confirmed an offer before': {
    state: 'deciding',
    by: [...CONFIRMED, 'candidate declined', 'settled', 'candidate HERE', 'offer locked'],
    leads: {
      ...{ 'candidate confirmed': 'match', 'head declined': 'headFailed', 'head removed': 'headFailed' },
      ...{ 'candidate declined': 'candidateFailed', 'candidate removed': 'candidateFailed', 'time over': 'candidateFailed' },
    },
    nothing: `${HEAD} ${CANDIDATE} ${OFFER} ${SETTLED} head-confirmed`,
  },
  ...Object.fromEntries(
    OUTCOMES.map((outcome): [string, Row] => [
      outcome,
      {
        state: 'settling',
        by: decides(outcome),
        // A settlement that was refused is asked for again, as the offer then stands.
        leads: { settled: SETTLES[outcome].done, [REFUSED]: outcome },
        nothing: `${HEAD} ${CANDIDATE} ${OFFER} ${REPLIED} time-over`,
      },
    ]),
  ),
  matched: {
    state: 'over',
    by: [...decides('match'), 'settled'],
    leads: {},
    nothing: `${HEAD} ${CANDIDATE} ${OFFER} ${REPLIED} ${SETTLED} time-over`,
  },
  discarded: {
    state: 'over',
    by: [...ASKED, 'offer headTaken'],
    leads: {},
    nothing: `${HEAD} ${CANDIDATE} ${OFFER} ${REPLIED} ${SETTLED} time-over`,
  },
};

const nameOf = (written: string): RunInput => written.replace('-', ' ') as RunInput;

function reach({ by }: Row): DrivenRun {
  const run = new DrivenRun();
  for (const input of by) run.come(input, input === 'time over' ? (TIME_MS.deciding as number) : 0);
  return run;
}

test('every state has its rows, and every outcome its own', () => {
  assert.equal([...new Set(Object.values(ROWS).map(({ state }) => state))].sort(), [...RUN_STATES].sort());
  for (const outcome of OUTCOMES) assert.is(ROWS[outcome]?.state, 'settling');
});

for (const [name, row] of Object.entries(ROWS)) {
  const { state, leads, nothing } = row;
  const ms = TIME_MS[state] ?? LONG_MS;

  test(`${state}, ${name}: everything that can come has its place in the table, once`, () => {
    assert.equal([...Object.keys(leads), ...nothing.split(' ').map(nameOf)].sort(), [...RUN_INPUTS].sort());
  });

  for (const [input, comes] of Object.entries(leads) as [RunInput, string][])
    test(`${state}, ${name} ── ${input} ──► ${comes}`, () => {
      const run = reach(row);
      if (input === 'time over') assert.is(run.come(input, ms - 1), '', 'not before its time is over');
      assert.is(run.come(input, 1), comes === 'noted' ? '' : comes);
    });

  test(`${state}, ${name}: whatever else comes changes nothing`, () => {
    for (const input of nothing.split(' ').map(nameOf)) {
      const run = reach(row);
      assert.is(run.come(input, ms), '', input);
      // And it is where it was: what comes next leads on as ever.
      const [next, comes] = (Object.entries(leads).find(([, what]) => what !== 'noted') ?? []) as [RunInput?, string?];
      if (next) assert.is(run.come(next, ms), comes, `${input}, then ${next}`);
    }
  });
}

test.run();
