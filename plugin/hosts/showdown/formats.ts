/** The formats of this server: which are queues, by which rules they are played, and whose teams they are played with. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crypto } from '../../../bus/pieces.ts';
import { type ShowdownFormat, server } from './server.ts';

const hashOf = (...parts: readonly string[]): string => crypto().createHash('sha256').update(parts.join('\0')).digest('hex');

/** Where the server is: the nearest directory with a `package.json` at its main file or above. */
export function serverRoot(): string {
  for (let folder = dirname(require.main?.filename ?? join(process.cwd(), 'main')); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return process.cwd();
  }
}

let known: string | undefined;
/** The version of the server, and so of its simulator. */
function version(): string {
  known ??= (JSON.parse(readFileSync(join(serverRoot(), 'package.json'), 'utf8')) as { version: string }).version;
  return known;
}

/** The format of this id, or undefined where the server has none that two can play in one battle. */
export function formatOf(id: string): ShowdownFormat | undefined {
  const { formats } = server().Dex;
  const format = formats.get(id);
  if (!format.exists || format.effectType !== 'Format' || format.playerCount !== 2) return undefined;
  // Best of three is not a battle but several.
  return formats.getRuleTable(format).valueRules.has('bestof') ? undefined : format;
}

/** The server makes the teams itself. */
export const isRandom = (id: string): boolean => formatOf(id)?.team !== undefined;

const sorted = (map: ReadonlyMap<string, unknown>): [string, unknown][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** Hash of what has to be the same on two servers: the simulator, and the rules and bans of the format. */
export function rulesetOf(id: string): string {
  const format = formatOf(id);
  if (!format) return 'none';
  const rules = server().Dex.formats.getRuleTable(format);
  const { valueRules, complexBans, complexTeamBans } = rules;
  const table = [[...rules.keys()].sort(), sorted(valueRules), complexBans, complexTeamBans];
  return hashOf(version(), format.id, format.mod, format.team ?? '', JSON.stringify(table)).slice(0, 32);
}

/** A seed of the simulator, of the match's. */
export const simulatorSeed = (...parts: readonly string[]): string => `sodium,${hashOf(...parts).slice(0, 32)}`;

/** The team of a side, of a format that makes them: the same on both servers. */
export function randomTeam(format: string, seed: string, side: number): string {
  const { Teams } = server();
  return Teams.pack(Teams.generate(format, { seed: simulatorSeed(seed, 'team', String(side)) }));
}

/** The team as the format has it, or what is wrong with it, a line each. */
export async function judged(format: string, team: string): Promise<{ readonly team: string } | { readonly wrong: string[] }> {
  const verdict = await server().TeamValidatorAsync.get(format).validateTeam(team);
  return verdict.startsWith('1') ? { team: verdict.slice(1) } : { wrong: verdict.slice(1).split('\n') };
}
