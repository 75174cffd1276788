/** Every match's Elo is applied exactly once: what the logs say, what the servers were told, and the ratings that came of it. */
import { Redis } from 'ioredis';
import type { LogEntry } from '../../bus/messages.ts';
import { tagOf } from '../../bus/rooms.ts';

/** A change of Elo that a server was told of. */
export interface EloTaken {
  readonly matchId: string;
  readonly player: string;
  readonly old: number;
  readonly new: number;
  /** Of which start of which server: one that begins anew may be told what it was told just before it was killed. */
  readonly boot: number;
}

interface EloChange {
  readonly old: number;
  readonly new: number;
}

const INITIAL = 1000;

/**
 * Where Redis has lost its data its ladder begins anew, each player with the Elo of the ticket that was asserted again: then the changes lead in one chain,
 * which uses each once, from some Elo to the rating.
 */
function isChain(changes: readonly EloChange[], rating: number): boolean {
  const balance = new Map([[rating, 1]]);
  const add = (elo: number, by: number): unknown => balance.set(elo, (balance.get(elo) ?? 0) + by);
  for (const change of changes) {
    add(change.old, 1);
    add(change.new, -1);
  }
  return [...balance.values()].filter((count) => count !== 0).join() === '1';
}

/**
 * What does not fit. Reads the logs of all matches of the realm, which are kept for an hour after they have ended. `loses`: of matches that Redis has lost,
 * only what both sides were told can be compared.
 */
export async function problemsOfElo(
  { port, realm, queue, loses }: { port: number; realm: string; queue: string; loses: 'all' | 'last' | undefined },
  taken: readonly EloTaken[],
): Promise<string[]> {
  const tag = tagOf(realm);
  const client = new Redis(port, '127.0.0.1', { replyMapping: 'legacy' });
  client.on('error', () => undefined);
  try {
    const problems: string[] = [];
    const changes = new Map<string, EloChange[]>();
    const logged = new Set<string>();
    const published = new Set<string>();
    for (const key of await client.keys(`${tag}:log:*`)) {
      const lines = await client.lrange(key, 0, -1);
      const entries = lines.map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)) as LogEntry);
      const begin = entries.find((entry) => entry.kind === 'BEGIN');
      const elos = entries.filter((entry) => entry.kind === 'ELO');
      const ends = entries.filter(({ kind }) => kind === 'ELO' || kind === 'VOID');
      if (ends.length > 1) problems.push(`${key} has ${ends.length} ends`);
      entries.forEach(({ turn }, index) => {
        if (turn !== index + 1) problems.push(`${key} has turn ${turn} in place ${index + 1}`);
      });
      for (const { matchId, sides } of elos) {
        logged.add(matchId);
        if (sides.reduce((sum, change) => sum + change.new - change.old, 0) !== 0)
          problems.push(`the Elo of match ${matchId} does not sum up to nothing`);
        sides.forEach((change, side) => {
          const player = begin?.sides[side as 0 | 1].id ?? '';
          changes.set(player, [...(changes.get(player) ?? []), change]);
          published.add(JSON.stringify([matchId, player, change.old, change.new]));
        });
      }
    }
    const flat = await client.zrange(`${tag}:ratings:${queue}`, '0', '-1', 'WITHSCORES');
    const ratings: Record<string, string> = {};
    for (let at = 0; at < flat.length; at += 2) ratings[flat[at] as string] = flat[at + 1] as string;
    for (const player of new Set([...Object.keys(ratings), ...changes.keys()])) {
      const own = changes.get(player) ?? [];
      const due = own.reduce((sum, change) => sum + change.new - change.old, INITIAL);
      if (loses === 'all' && !isChain(own, Number(ratings[player])))
        problems.push(`the rating of ${player} is ${ratings[player]}, and its matches do not lead there`);
      if (loses !== 'all' && Number(ratings[player]) !== due)
        problems.push(`the rating of ${player} is ${ratings[player]}, its matches make ${due}`);
    }
    const toldOf = new Map<string, Map<string, number>>();
    for (const { matchId, player, ...change } of taken)
      toldOf.set(matchId, (toldOf.get(matchId) ?? new Map()).set(player, change.new - change.old));
    for (const [matchId, ofBoth] of toldOf)
      if (ofBoth.size === 2 && [...ofBoth.values()].reduce((a, b) => a + b) !== 0)
        problems.push(`the two sides of match ${matchId} were told Elos that do not fit`);
    const kept = loses ? taken.filter(({ matchId }) => logged.has(matchId)) : taken;
    const told = kept.map((each) => JSON.stringify([each.matchId, each.player, each.old, each.new]));
    for (const each of new Set(told)) if (!published.has(each)) problems.push(`an Elo was told that is in no log: ${each}`);
    const toldTo = taken.map((each) => `${each.matchId} ${each.player} ${each.boot}`);
    if (new Set(toldTo).size < toldTo.length) problems.push('an Elo was told twice');
    return problems;
  } finally {
    client.disconnect();
  }
}
