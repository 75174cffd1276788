/**
 * For authors of adapters: an adapter taken through every stage of a match and everything that may go wrong on the way, on two servers in this process. Real time,
 * some seconds of it.
 */
import { isPromise } from '../guard.ts';
import { problemsOfHost } from '../host.ts';
import {
  type AdapterUnderTest,
  Broken,
  type Check,
  type CheckName,
  type Conformance,
  type ConformanceOptions,
  type MakeAdapter,
  type Recording,
} from './adapter.ts';
import { TRIALS, tried } from './failures.ts';
import { type Held, regularMatch } from './match.ts';
import { FROM_THE_RECORD, replay } from './replay.ts';
import { Stage, type StageOptions } from './stage.ts';

export type { AdapterUnderTest, Check, CheckName, Conformance, ConformanceOptions, MakeAdapter, Recording } from './adapter.ts';
export { type Replayed, replay } from './replay.ts';

const MOST_RULESET = 128;
/** Of a regular match, in order. */
const REGULAR: readonly CheckName[] = ['accept', 'tell', 'team', 'validate', 'battle', 'inputs', 'digests', 'result', 'end'];

/**
 * Takes an adapter through every stage and failure. Nothing is printed: `text` of the result has it as lines.
 * @param make makes the adapter of a server, and what its players do; called anew for each server of each check
 */
export async function conformance(make: MakeAdapter, options: ConformanceOptions = {}): Promise<Conformance> {
  const { queue = 'ranked', players = ['anna', 'berta'], withinMs = 2000, mostTurns = 1000, only } = options;
  const stageOptions: StageOptions = { make, queue, players, withinMs, mostTurns };
  const checks: Check[] = [];
  const wanted = (name: CheckName): boolean => !only || only.includes(name);
  const note = async (name: CheckName, run: () => Promise<Held> | Held): Promise<boolean> => {
    if (!wanted(name)) return true;
    const check = checkOf(name, await caught(run));
    checks.push(check);
    return check.outcome !== 'failed';
  };
  const skip = (name: CheckName, says: string): void => {
    if (wanted(name)) checks.push({ name, outcome: 'skipped', says, remedy: '' });
  };
  let recording: Recording | undefined;
  let goesOn = await note('shape', () => shapeOf(make));
  if (goesOn) goesOn = await note('ruleset', () => rulesetOf(make, queue));
  if (goesOn) {
    const stage = new Stage(stageOptions);
    const played = await regularMatch(stage).finally(() => stage.stop());
    recording = played.recording;
    for (const { name, held } of played.checks) if (wanted(name) || held instanceof Broken) checks.push(checkOf(name, held));
    goesOn = recording !== undefined;
    for (const name of REGULAR.slice(played.checks.length)) skip(name, 'the match did not come so far');
  }
  const found = recording;
  if (found) await note('replay', () => replayed(make, found, withinMs));
  else skip('replay', 'there is no whole battle to be played again');
  for (const trial of TRIALS) {
    if (!goesOn) skip(trial.name, 'a regular match comes first');
    else await note(trial.name, () => tried(trial, stageOptions));
  }
  const passed = checks.every(({ outcome }) => outcome !== 'failed');
  return { passed, checks, recording, text: checks.map(lineOf).join('\n') };
}

const lineOf = ({ name, outcome, says, remedy }: Check): string =>
  `${outcome.padEnd(7)} ${name.padEnd(13)} ${says}${remedy === '' ? '' : `. ${remedy}`}`;

async function caught(run: () => Promise<Held> | Held): Promise<Held | Broken> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Broken) return error;
    return new Broken(`it threw: ${error instanceof Error ? error.message : error}`, 'See where it was thrown.');
  }
}

function checkOf(name: CheckName, held: Held | Broken): Check {
  if (held instanceof Broken) return { name, outcome: 'failed', says: held.message, remedy: held.remedy };
  if (typeof held === 'string') return { name, outcome: 'held', says: held, remedy: '' };
  return { name, outcome: 'skipped', says: held.skipped, remedy: '' };
}

const AS_MADE =
  'make returns { host, play } and what else the players do, for each server and check anew; see AdapterUnderTest.';

/** What `make` makes may be anything: plain JavaScript calls this too. */
function shapeOf(make: unknown): Held {
  if (typeof make !== 'function') throw new Broken(`make: expected a function, found ${kindOf(make)}`, AS_MADE);
  // Both at a time, as in every check.
  for (const made of ['A', 'B'].map((server) => madeBy(make as MakeAdapter, server))) {
    if (isPromise(made)) throw new Broken('make returned a promise', `Wait before conformance is called. ${AS_MADE}`);
    if (typeof made !== 'object' || made === null) throw new Broken(`make returned ${kindOf(made)}`, AS_MADE);
    const [found] = problemsOfHost(made.host);
    if (found)
      throw new Broken(
        `${found.path}: expected ${found.expected}, found ${found.found}`,
        'A host is an object with these functions; see Host.',
      );
    for (const hand of ['play', 'answer', 'undo', 'forfeit'] as const)
      if (typeof made[hand] !== 'function' && (hand === 'play' || made[hand] !== undefined))
        throw new Broken(`${hand}: expected a function, found ${kindOf(made[hand])}`, AS_MADE);
  }
  return 'the host has every function';
}

const kindOf = (value: unknown): string =>
  value === undefined ? 'nothing' : value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;

function madeBy(make: MakeAdapter, server: string): Partial<AdapterUnderTest> | null | undefined {
  try {
    return make(server);
  } catch (error) {
    throw new Broken(`make failed for server ${server}: ${error instanceof Error ? error.message : error}`, AS_MADE);
  }
}

function rulesetOf(make: MakeAdapter, queue: string): Held {
  const hosts = ['A', 'B'].map((server) => make(server).host);
  if (!hosts[0]?.ruleset) return { skipped: 'there is no ruleset: all servers play by the same rules' };
  const rules: unknown[] = hosts.flatMap((host) => [host.ruleset?.(queue), host.ruleset?.(queue)]);
  const isRule = (rule: unknown): boolean => typeof rule === 'string' && rule.length <= MOST_RULESET;
  if (!rules.every(isRule))
    throw new Broken(
      `ruleset returned ${JSON.stringify(rules.find((rule) => !isRule(rule)) ?? 'nothing').slice(0, 60)}`,
      `Return a hash of the rules, text of at most ${MOST_RULESET} characters, now and not later.`,
    );
  if (new Set(rules).size > 1)
    throw new Broken(
      `ruleset is not the same twice: ${rules.join(', ')}`,
      'Return the same text for the same rules, on every server and at every call.',
    );
  return 'the same rules have the same hash';
}

async function replayed(make: MakeAdapter, recording: Recording, withinMs: number): Promise<Held> {
  const { differsAfter, ends, compared } = await replay(make, recording, withinMs);
  if (differsAfter !== undefined)
    throw new Broken(`two copies of the battle differ after turn ${differsAfter}`, FROM_THE_RECORD);
  if (ends[0] !== ends[1]) throw new Broken(`two copies of the battle end as ${ends[0]} and as ${ends[1]}`, FROM_THE_RECORD);
  return `a recorded battle comes out the same on two copies: ${recording.turns.length} turns, ${compared} digests`;
}
