/** `export` and `import`: a ladder as a file, best first, and back. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Rank } from '../../bus/admin.ts';
import { AdminError } from '../errors.ts';
import { CliError, EXIT, failureOf } from './exit.ts';
import type { Realm } from './realm.ts';

const PAGE = 1000;
/** How many players an import may have: each is a command of its own, and an incident that says so. */
export const MOST_IMPORTED = 5000;
const AT_ONCE = 10;

export interface LadderFile {
  readonly queue: string;
  readonly season: string | null;
  readonly players: readonly Rank[];
}

export async function readLadder({ admin }: Realm, queue: string, season: string | null): Promise<LadderFile> {
  const players: Rank[] = [];
  for (let size = 1; players.length < size; ) {
    const page = await admin.ladder(queue, { from: players.length, most: PAGE, season });
    size = page.size;
    if (page.page.length === 0) break;
    players.push(...page.page);
  }
  // One who rises while pages are read would stand in two of them.
  return { queue, season, players: [...new Map(players.map((rank) => [rank.player, rank])).values()] };
}

export function writeLadder(file: string, ladder: LadderFile): void {
  try {
    writeFileSync(file, `${JSON.stringify(ladder, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new CliError(`${file} is there already.`, 'Give another name, or remove it.', EXIT.wrong);
    throw new CliError(
      `${file} cannot be written (${code}).`,
      'See that its directory is there and may be written to.',
      EXIT.wrong,
    );
  }
}

export function ladderFileOf(file: string): LadderFile {
  const wrong = (why: string): CliError =>
    new CliError(
      `${basename(file)} is no exported ladder: ${why}.`,
      '`jaeger export` writes one; nothing was changed.',
      EXIT.wrong,
    );
  let input: unknown;
  try {
    input = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined) throw new CliError(`${file} cannot be read (${code}).`, 'Look at its name and rights.', EXIT.wrong);
    throw wrong('it is not JSON');
  }
  const { queue, players } = (typeof input === 'object' && input !== null ? input : {}) as {
    queue?: unknown;
    players?: unknown;
  };
  if (typeof queue !== 'string') throw wrong('it names no queue');
  if (!Array.isArray(players)) throw wrong('it has no list of players');
  if (players.length > MOST_IMPORTED) throw wrong(`it has ${players.length} players, at most ${MOST_IMPORTED} can be imported`);
  const seen = new Set<string>();
  const ranks = players.map((each: unknown, at): Rank => {
    const { player, elo } = (typeof each === 'object' && each !== null ? each : {}) as { player?: unknown; elo?: unknown };
    if (typeof player !== 'string' || player === '' || player.length > 128) throw wrong(`entry ${at + 1} names no player`);
    if (typeof elo !== 'number' || !Number.isFinite(elo)) throw wrong(`entry ${at + 1}, ${player}, has no Elo`);
    if (seen.has(player)) throw wrong(`${player} stands twice`);
    seen.add(player);
    return { player, elo };
  });
  return { queue, season: null, players: ranks };
}

export interface Imported {
  readonly set: number;
  readonly same: number;
  /** Who waits or plays: their Elo is in use. */
  readonly refused: readonly { readonly player: string; readonly why: string }[];
}

/**
 * Sets the Elo of each player whose own differs. Who is refused is named; the rest is done. What ends it before says how far it came: who has the Elo already
 * is left alone the next time.
 */
export async function importLadder(realm: Realm, queue: string, { players }: LadderFile, reason: string): Promise<Imported> {
  const { admin } = realm;
  const now = new Map((await readLadder(realm, queue, null)).players.map(({ player, elo }) => [player, elo]));
  const different = players.filter(({ player, elo }) => now.get(player) !== elo);
  const refused: { player: string; why: string }[] = [];
  let set = 0;
  const rest = [...different];
  const lane = async (): Promise<void> => {
    for (let next = rest.shift(); next; next = rest.shift())
      try {
        await admin.elo(queue, next.player, next.elo, reason);
        set++;
      } catch (error) {
        if (!(error instanceof AdminError) || error.why !== 'refused') {
          rest.length = 0;
          throw error;
        }
        refused.push({ player: next.player, why: error.message });
      }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane)).catch((error: unknown) => {
    const { exit, error: says, remedy } = failureOf(error);
    throw new CliError(
      `${says.replace(/\.$/, '')}. ${set} of ${different.length} were set before that; the same import sets the rest.`,
      remedy,
      exit,
    );
  });
  return { set, same: players.length - different.length, refused };
}
