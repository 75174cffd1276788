/** A regular match, from the queue to the Elo, and everything that can be seen to be wrong with it, in the order in which it happens. */
import { Broken, type CheckName, type Recording } from './adapter.ts';
import type { SeenBattle } from './spy.ts';
import { asksOf, type Side, type Stage } from './stage.ts';

export type Held = string | { readonly skipped: string };

export interface Played {
  readonly recording: Recording | undefined;
  /** In order: what held, or what broke. Those after one that broke are left out. */
  readonly checks: readonly { readonly name: CheckName; readonly held: Held | Broken }[];
}

export async function regularMatch(stage: Stage): Promise<Played> {
  let broken: Broken | undefined;
  try {
    await stage.start();
    await stage.begin();
    await stage.playOut();
    stage.faulted();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    broken = error;
  }
  const checks: { name: CheckName; held: Held | Broken }[] = [];
  for (const [name, look] of LOOKS) {
    const seen = broken?.of === name ? broken : lookedAt(look, stage);
    // What failed on the way is why the match came no farther.
    const held = seen instanceof Broken && broken?.of && broken.of !== name ? { skipped: seen.message } : seen;
    checks.push({ name, held });
    if (held instanceof Broken) return { checks, recording: undefined };
  }
  if (broken) return { checks: [...checks.slice(0, -1), { name: broken.of ?? 'end', held: broken }], recording: undefined };
  return { checks, recording: recordingOf(stage) };
}

function lookedAt(look: (stage: Stage) => Held, stage: Stage): Held | Broken {
  try {
    return look(stage);
  } catch (error) {
    if (error instanceof Broken) return error;
    throw error;
  }
}

function recordingOf({ a }: Stage): Recording {
  const { setup, turns, digests } = a.spy.battles[0] as SeenBattle;
  const { side: _, ...rest } = setup;
  return { setup: rest, turns: [...turns], digests: Object.fromEntries(digests) };
}

const answersOf = ({ spy }: Side, what: 'accept' | 'team' | 'validate'): unknown[] | undefined =>
  spy.asked.find((asked) => asked.what === what)?.answers;

function answered(stage: Stage, what: 'accept' | 'team' | 'validate', remedy: string, is: (answer: unknown) => boolean): void {
  for (const side of stage.sides) {
    const answers = answersOf(side, what);
    if (!answers) throw new Broken(`${what} was not called on server ${side.server}: the match did not come so far`, remedy);
    if (answers.length === 0) {
      const isAsked = what === 'accept' && !side.adapter.answer;
      throw new Broken(
        `${what} never answered on server ${side.server}`,
        isAsked ? 'Where players are asked give `answer` beside the host, by which they answer.' : remedy,
      );
    }
    if (new Set(answers.map(String)).size > 1)
      throw new Broken(
        `${what} answered ${answers.length} times on server ${side.server}: ${answers.map(String).join(', ')}`,
        remedy,
      );
    if (!is(answers[0])) throw new Broken(`${what} answered ${JSON.stringify(answers[0])} on server ${side.server}`, remedy);
  }
}

const battlesOf = (stage: Stage): [SeenBattle, SeenBattle] =>
  stage.sides.map(({ spy, server }) => {
    const [battle] = spy.battles;
    if (!battle)
      throw new Broken(
        `battle was not called on server ${server}: the match did not come so far`,
        'Let validate return null for teams that the game takes.',
      );
    return battle;
  }) as [SeenBattle, SeenBattle];

/** The first turn after which both servers have given a digest and the two differ. */
export function differenceIn(one: ReadonlyMap<number, string>, other: ReadonlyMap<number, string>) {
  for (const [turn, digest] of [...one].sort(([a], [b]) => a - b)) {
    const theirs = other.get(turn);
    if (theirs !== undefined && theirs !== digest) return { turn, digest, theirs };
  }
  return undefined;
}

const NOT_THE_SAME =
  'Decide everything by the seed, the teams and the turns: no clock, no Math.random, nothing that only one server knows; apply an input of the local player when it comes back.';

const LOOKS: readonly (readonly [CheckName, (stage: Stage) => Held])[] = [
  [
    'accept',
    (stage) => {
      answered(stage, 'accept', 'Answer once: true when the player accepts, false when not.', (answer) => answer === true);
      if (stage.sides.some((side) => asksOf(side) !== 1))
        throw new Broken('a player was asked twice about one opponent', 'Answer the offer that is open.');
      return 'each player was asked once, and accepted';
    },
  ],
  ['tell', () => 'whatever players were told, tell did not fail'],
  [
    'team',
    (stage) => {
      answered(
        stage,
        'team',
        'Hand over the team as text; where the game has none, an empty one.',
        (answer) => typeof answer === 'string',
      );
      return 'each server handed over a team';
    },
  ],
  [
    'validate',
    (stage) => {
      answered(stage, 'validate', 'Return null for teams that the game itself has handed over.', (answer) => answer === null);
      return 'both servers accept the teams';
    },
  ],
  [
    'battle',
    (stage) => {
      for (const [at, { hears }] of battlesOf(stage).entries())
        for (const what of ['turns', 'end'] as const)
          if (!hears[what])
            throw new Broken(
              `battle does not ask for ${what === 'end' ? 'the end' : what} on server ${stage.sides[at as 0 | 1].server}`,
              `Call opponent.on${what === 'end' ? 'End' : 'Turn'} in battle.`,
            );
      return 'both servers opened the battle';
    },
  ],
  [
    'inputs',
    (stage) => {
      const battles = battlesOf(stage);
      if (battles.every(({ sent }) => sent.length === 0))
        throw new Broken('both players play, and nothing is sent', 'Give what a player does to opponent.send.');
      const [one, two] = battles.map(({ turns }) => JSON.stringify(turns));
      const isWhole = battles.every(({ end }) => end?.kind === 'elo');
      if (isWhole && one !== two)
        throw new Broken('the two servers were given different turns', 'Ask for turns with onTurn once, in battle.');
      for (const { sent, turns, setup } of battles)
        for (const data of sent)
          if (isWhole && !turns.some((turn) => turn.side === setup.side && turn.data === data))
            throw new Broken(
              `an input was sent when the battle was over: ${data.slice(0, 40)}`,
              'Send nothing after opponent.over.',
            );
      return `${battles[0].turns.length} inputs went out, and came back on both servers`;
    },
  ],
  [
    'digests',
    (stage) => {
      const [one, two] = battlesOf(stage);
      const found = differenceIn(one.digests, two.digests);
      if (found)
        throw new Broken(
          `the two battles differ after turn ${found.turn}: ${found.digest.slice(0, 60)} on A, ${found.theirs.slice(0, 60)} on B`,
          NOT_THE_SAME,
        );
      if (one.digests.size === 0 || two.digests.size === 0)
        return { skipped: 'onTurn returns no digest of the state: where two battles part is not seen before their end' };
      return `the digests after ${one.digests.size} turns are the same on both servers`;
    },
  ],
  [
    'result',
    (stage) => {
      const battles = battlesOf(stage);
      for (const [at, { reports }] of battles.entries()) {
        const { server } = stage.sides[at as 0 | 1];
        if (reports.length === 0)
          throw new Broken(
            `opponent.over was not called on server ${server}`,
            'Report the end with opponent.over on both servers, whoever has won.',
          );
        if (reports.length > 1)
          throw new Broken(
            `the end was reported twice on server ${server}: ${reports.join(' and ')}`,
            'Report one end: nothing that is applied afterwards changes it.',
          );
      }
      const [one, two] = battles.map(({ reports }) => reports[0]);
      if (one !== two) throw new Broken(`server A reports ${one}, server B reports ${two}`, NOT_THE_SAME);
      return `both servers report ${one}`;
    },
  ],
  [
    'end',
    (stage) => {
      for (const [at, { end }] of battlesOf(stage).entries())
        if (end?.kind !== 'elo')
          throw new Broken(
            `the match ended otherwise on server ${stage.sides[at as 0 | 1].server}: ${JSON.stringify(end ?? 'not at all')}`,
            'See what both servers reported.',
          );
      return 'both players were told their Elo, and both battles their end';
    },
  ],
];
