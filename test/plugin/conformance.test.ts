/** What authors of adapters try theirs out with: it holds for one that is right, and names what is wrong with each of those that are not. */
import { NEVER, of } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AdapterUnderTest,
  type BattleSetup,
  type CheckName,
  type Conformance,
  type ControllableBattleActor,
  conformance,
  type Host,
  type Recording,
  replay,
} from '../../plugin/index.ts';
import { randomOf } from '../../scripts/random.ts';

const GOAL = 9;

/** Both draw numbers from the seed and add them up; who comes to 9 first wins. What was drawn last can be taken back once. */
class Race {
  readonly sums = [0, 0];
  readonly last: (number | null)[] = [null, null];
  drawn = 0;
  winner: 0 | 1 | undefined;
  private readonly seed: string;

  constructor(seed: string) {
    this.seed = seed;
  }

  apply(side: 0 | 1, data: string): void {
    if (this.winner !== undefined) return;
    const last = this.last[side] ?? 0;
    if (data === 'draw') {
      const number = 1 + ((this.seed.charCodeAt(this.drawn++ % this.seed.length) || 0) % 3);
      this.last[side] = number;
      this.sums[side] = (this.sums[side] as number) + number;
    } else if (data === 'undo') {
      this.sums[side] = (this.sums[side] as number) - last;
      this.last[side] = null;
    } else if (data === 'leave') this.winner = side === 0 ? 1 : 0;
    if ((this.sums[side] as number) >= GOAL) this.winner = side;
  }

  get state(): string {
    return JSON.stringify([this.sums, this.drawn]);
  }
}

interface Hands {
  readonly questions: Map<string, (accepts: boolean) => void>;
  readonly battles: Map<string, { readonly race: Race; readonly opponent: ControllableBattleActor }>;
}

/** What makes an adapter a broken one. */
type Breaks = (host: Host, hands: Hands, server: string) => Partial<Host> | Partial<Omit<AdapterUnderTest, 'host'>>;

const racing =
  (breaks: Breaks = () => ({})) =>
  (server: string): AdapterUnderTest => {
    const hands: Hands = { questions: new Map(), battles: new Map() };
    const { questions, battles } = hands;
    const host: Host = {
      ruleset: () => 'race 1',
      tell: () => undefined,
      accept: ({ id }) => new Promise((resolve) => questions.set(id, resolve)),
      team: () => '',
      validate: (_match, teams) => (teams.join('') === '' ? null : 'there are no teams'),
      battle: (setup, opponent) => open(hands, setup, opponent, new Race(setup.seed)),
    };
    const send = (player: string, data: string): void => battles.get(player)?.opponent.send(data);
    const broken = breaks(host, hands, server);
    return {
      answer: (player, accepts) => questions.get(player)?.(accepts),
      play: (player) => send(player, 'draw'),
      undo: (player) => send(player, 'undo'),
      forfeit: (player) => send(player, 'leave'),
      ...broken,
      host: { ...host, ...broken } as Host,
    };
  };

function open({ battles }: Hands, { sides, side }: BattleSetup, opponent: ControllableBattleActor, race: Race): void {
  const player = sides[side].id;
  battles.set(player, { race, opponent });
  opponent.onTurn((turn) => {
    race.apply(turn.side, turn.data);
    if (race.winner !== undefined) opponent.over(race.winner, race.state);
    return race.state;
  });
  opponent.onEnd(() => battles.delete(player));
}

/** A battle that is another one. */
const battling = (battle: (hands: Hands, setup: BattleSetup, opponent: ControllableBattleActor) => void): Breaks => {
  return (_host, hands) => ({ battle: (setup, opponent) => battle(hands, setup, opponent) });
};
/** A race that is another one on each server, or at each time. */
const other = (change: (race: Race, setup: BattleSetup) => void): Breaks =>
  battling((hands, setup, opponent) => {
    const race = new Race(setup.seed);
    change(race, setup);
    open(hands, setup, opponent, race);
  });
const withOwn = (change: (opponent: ControllableBattleActor, setup: BattleSetup) => void): Breaks =>
  battling((hands, setup, opponent) => {
    change(opponent, setup);
    open(hands, setup, opponent, new Race(setup.seed));
  });
const throws = (): never => {
  throw new Error('the game broke');
};
let opened = 0;
const dice = randomOf('conformance', 'dice');

const BROKEN: readonly (readonly [what: string, found: CheckName, says: RegExp, breaks: Breaks])[] = [
  ['has no validate', 'shape', /host\.validate: expected a function/, () => ({ validate: undefined }) as unknown as Host],
  ['has another ruleset each time', 'ruleset', /not the same twice/, () => ({ ruleset: () => `${dice.fraction()}` })],
  ['promises a ruleset', 'ruleset', /ruleset returned \{\}/, () => ({ ruleset: async () => 'x' }) as unknown as Host],
  ['throws when it asks', 'accept', /accept failed on server A: the game broke/, () => ({ accept: throws })],
  ['asks and never hears', 'accept', /accept never answered on server A/, () => ({ accept: () => NEVER })],
  [
    'answers twice',
    'accept',
    /accept answered 2 times on server A: true, false/,
    () => ({ accept: () => of(true, false), answer: () => 0 }),
  ],
  [
    'answers a text',
    'accept',
    /accept failed on server A: accept returns true or false/,
    () => ({ accept: () => 'yes' }) as unknown as Host,
  ],
  ['throws when it tells', 'tell', /tell failed on server A: the game broke/, () => ({ tell: throws })],
  ['rejects when it tells', 'tell', /tell failed on server A: the game broke/, () => ({ tell: async () => throws() })],
  ['has no team', 'team', /team failed on server A: the game broke/, () => ({ team: async () => throws() })],
  ['has a number for a team', 'team', /the team is not text/, () => ({ team: () => 5 }) as unknown as Host],
  ['thinks about its team for ever', 'team', /team never answered on server A/, () => ({ team: () => NEVER })],
  ['refuses its own teams', 'validate', /validate answered "bad" on server A/, () => ({ validate: () => 'bad' })],
  ['throws in battle', 'battle', /battle failed on server A: the game broke/, () => ({ battle: throws })],
  ['asks for no turns', 'battle', /does not ask for turns/, battling((_hands, _setup, opponent) => opponent.onEnd(() => 0))],
  ['asks for no end', 'battle', /does not ask for the end/, withOwn((opponent) => Object.assign(opponent, { onEnd: () => 0 }))],
  ['sends nothing', 'inputs', /nothing is sent/, () => ({ play: () => 0 })],
  ['throws at a turn', 'inputs', /onTurn failed on server A: the game broke/, withOwn((opponent) => opponent.onTurn(throws))],
  [
    'applies its own inputs at once',
    'digests',
    /the two battles differ after turn \d+: .* on A, .* on B/,
    (_host, { battles }) => ({
      play: (player) => {
        const battle = battles.get(player);
        battle?.race.apply(battle.opponent.localSide, 'draw');
        battle?.opponent.send('draw');
      },
    }),
  ],
  [
    'plays dice of its own',
    'digests',
    /the two battles differ after turn/,
    other((race) => {
      race.drawn = dice.integer(0, 999);
    }),
  ],
  [
    'knows its own seat',
    'digests',
    /the two battles differ after turn/,
    other((race, { side }) => {
      race.sums[1] = side;
    }),
  ],
  [
    'never says that it is over',
    'result',
    /over was not called on server A|not over after/,
    withOwn((opponent) => Object.assign(opponent, { over: () => 0 })),
  ],
  [
    'says that each has won at home',
    'result',
    /server A reports \[\d,.* server B reports \[\d,/,
    withOwn((opponent, { side }) => {
      const over = opponent.over.bind(opponent);
      Object.assign(opponent, { over: (_winner: unknown, digest: string) => over(side, digest) });
    }),
  ],
  [
    'reports two ends',
    'result',
    /the end was reported twice/,
    withOwn((opponent) => {
      const over = opponent.over.bind(opponent);
      Object.assign(opponent, {
        over: (winner: 0 | 1, digest: string) => [winner, 'draw' as const].map((each) => over(each, digest)),
      });
    }),
  ],
  ['throws at the end', 'end', /onEnd failed on server A: the game broke/, withOwn((opponent) => opponent.onEnd(throws))],
  [
    'counts the battles that it has seen',
    'replay',
    /two copies of the battle differ after turn \d+/,
    other((race) => {
      race.drawn = Math.floor(opened++ / 2) % 2;
      race.sums[0] = race.drawn;
    }),
  ],
  [
    'does not let go of a battle',
    'again',
    /this never came: the battle is over|match 2/,
    battling((hands, setup, opponent) => {
      const player = setup.sides[setup.side].id;
      const before = hands.battles.get(player);
      open(hands, setup, opponent, new Race(setup.seed));
      const kept = before ?? hands.battles.get(player);
      if (kept) hands.battles.set(player, kept);
      opponent.onEnd(() => kept && hands.battles.set(player, kept));
    }),
  ],
  [
    'takes a no for a yes',
    'declined',
    /anna declined, and was matched/,
    (_host, { questions }) => ({ answer: (player) => questions.get(player)?.(true) }),
  ],
  [
    'declines for who thinks',
    'unanswered',
    /accept answered false for a player who has not answered/,
    (_host, { questions }) => ({
      accept: ({ id }) =>
        new Promise((resolve) => {
          questions.set(id, resolve);
          setTimeout(() => resolve(false), 150);
        }),
    }),
  ],
  [
    'throws where there is nothing to answer',
    'unanswered',
    /answer\("anna"\) on server A threw/,
    (_host, { questions }) => ({
      accept: ({ id }, { windowMs }) =>
        new Promise((resolve) => {
          questions.set(id, resolve);
          setTimeout(() => questions.delete(id), windowMs / 2);
        }),
      answer: (player, accepts) => (questions.get(player) as (accepts: boolean) => void)(accepts),
    }),
  ],
  [
    'reads any team',
    'foreignTeam',
    /validate failed on server A/,
    () => ({ validate: (_match, teams) => teams.map((team) => JSON.parse(team || '[]')) && null }),
  ],
  [
    'reads any input',
    'foreignInput',
    /onTurn failed on server A: .*no move/,
    withOwn((opponent) =>
      opponent.onTurn(({ data }) => {
        if (!/^(draw|undo|leave)$/.test(data)) throw new Error('no move of this game');
      }),
    ),
  ],
  [
    'takes back on its own server alone',
    'undo',
    /the two battles differ after turn \d+, by what was taken back/,
    (_host, { battles }) => ({
      undo: (player) => {
        const battle = battles.get(player);
        battle?.race.apply(battle.opponent.localSide, 'draw');
      },
    }),
  ],
  ['does not hear who gives up', 'forfeit', /this never came: a battle that was given up ends/, () => ({ forfeit: () => 0 })],
  [
    'lets nobody lose who gives up',
    'forfeit',
    /berta gave up, and it ended as/,
    withOwn((opponent) => opponent.onTurn(({ side, data }) => (data === 'leave' ? opponent.over(side, 'x') : undefined))),
  ],
  [
    'cannot stand a battle without a result',
    'idle',
    /onEnd failed on server A/,
    withOwn((opponent) => opponent.onEnd(({ kind }) => kind === 'void' && throws())),
  ],
  [
    'cannot stop',
    'stopPlaying',
    /onEnd failed|ended/,
    withOwn((opponent) => opponent.onEnd(({ kind }) => kind === 'stopped' && opponent.localSide >= 0 && throws())),
  ],
];

const say = ({ checks }: Awaited<ReturnType<typeof conformance>>): string[] =>
  checks.filter(({ outcome }) => outcome !== 'held').map(({ name, outcome, says }) => `${outcome} ${name}: ${says}`);

test('an adapter that is right holds in every check', async () => {
  const found = await conformance(racing());
  assert.equal(say(found), []);
  assert.is(found.passed, true);
  assert.is(found.checks.length, 28);
  assert.is(found.text.split('\n').length, 28);
});

test('what is no adapter, and hands that fail, are told as that', async () => {
  const { host, play } = racing()('A');
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /^failed shape: make: expected a function, found nothing$/],
    [() => undefined, /^failed shape: make returned nothing$/],
    [async () => racing()('A'), /^failed shape: make returned a promise$/],
    [() => ({}), /^failed shape: host: expected an object/],
    [() => ({ host }), /^failed shape: play: expected a function, found nothing$/],
    [() => ({ host, play, forfeit: 'quit' }), /^failed shape: forfeit: expected a function, found a string$/],
    [
      (server: string) => {
        if (server === 'B') throw new Error('the port is taken');
        return racing()(server);
      },
      /^failed shape: make failed for server B: the port is taken$/,
    ],
    [racing(() => ({ play: throws })), /^failed inputs: play\("anna"\) on server A threw/],
    [racing(() => ({ play: async () => throws() })), /^failed inputs: play\("anna"\) on server A threw/],
    [racing(() => ({ answer: throws })), /^failed accept: answer\("anna"\) on server A threw/],
    [racing(() => ({ answer: undefined }) as unknown as Host), /^failed accept: accept never answered on server A$/],
    [
      racing(withOwn((opponent) => opponent.onTurn(() => opponent.over(0, undefined as never)))),
      /^failed inputs: onTurn failed on server A: the digest of opponent\.over must be text/,
    ],
  ];
  const said = await Promise.all(cases.map(([make]) => conformance(make as never, { withinMs: 300 }).then(say)));
  for (const [at, [, expected]] of cases.entries())
    assert.match(said[at]?.find((line) => /^failed/.test(line)) ?? '', expected);
});

test('what a game does not have is left out, and said', async () => {
  const { checks, passed } = await conformance((server) => {
    const { host, play } = racing()(server);
    const { ruleset: _ruleset, ...rest } = host;
    const battle: Host['battle'] = (setup, opponent) => {
      const { onTurn } = opponent;
      opponent.onTurn = (apply) => onTurn.call(opponent, (turn) => void apply(turn));
      return host.battle(setup, opponent);
    };
    return { host: { ...rest, battle, accept: () => true }, play };
  });
  assert.is(passed, true);
  const skipped = checks.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name);
  assert.equal(skipped, ['ruleset', 'digests', 'declined', 'unanswered', 'answeredTwice', 'undo', 'forfeit']);
});

const REGULAR = ['shape', 'ruleset', 'accept', 'tell', 'team', 'validate', 'battle', 'inputs', 'digests', 'result', 'end'];
const AT_ONCE = 13;

/** Most of the time is waiting for what never comes: some at once. */
const found = new Map<Breaks, Promise<Conformance>>();
function foundOf(at: number): Promise<Conformance> {
  for (const [, name, , breaks] of BROKEN.slice(at - (at % AT_ONCE), at - (at % AT_ONCE) + AT_ONCE)) {
    const only = REGULAR.includes(name) ? {} : { only: [name] };
    if (!found.has(breaks)) found.set(breaks, conformance(racing(breaks), { withinMs: 600, mostTurns: 60, ...only }));
  }
  return found.get((BROKEN[at] as (typeof BROKEN)[0])[3]) as Promise<Conformance>;
}

for (const [at, [what, name, says]] of BROKEN.entries())
  test(`an adapter that ${what} fails in ${name}`, async () => {
    const { passed, checks, text } = await foundOf(at);
    assert.is(passed, false);
    const failed = checks.filter(({ outcome }) => outcome === 'failed');
    assert.equal(
      failed.map((check) => check.name),
      [name],
      text,
    );
    const [{ says: said, remedy }] = failed as [(typeof failed)[0]];
    assert.match(said, says);
    assert.ok(remedy.length > 20);
  });

test('a recorded battle is replayed anywhere, and where a game departs from it the turn is named', async () => {
  const { recording } = await conformance(racing(), { only: ['shape'] });
  const kept = JSON.parse(JSON.stringify(recording)) as Recording;
  const same = await replay(racing(), kept);
  assert.is(same.differsAfter, undefined);
  assert.is(same.compared, kept.turns.length);
  assert.is(same.ends[0], same.ends[1]);
  // From the third turn on.
  const third = (kept.turns[2] as (typeof kept.turns)[0]).turn;
  const later = (race: Race): void => {
    const { apply } = race;
    let turns = 0;
    race.apply = (side, data) => {
      if (++turns === 3) race.drawn += 7;
      return apply.call(race, side, data);
    };
  };
  assert.is((await replay(racing(other(later)), kept)).differsAfter, third);
});

test.run();
