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

const INITIAL = 1000;

/** What does not fit. Reads the logs of all matches of the realm, which are kept for an hour after they have ended. */
export async function problemsOfElo(port: number, realm: string, queue: string, taken: readonly EloTaken[]): Promise<string[]> {
  const tag = tagOf(realm);
  const client = new Redis(port, '127.0.0.1', { replyMapping: 'legacy' });
  client.on('error', () => undefined);
  try {
    const problems: string[] = [];
    const sums = new Map<string, number>();
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
      for (const { matchId, sides } of elos)
        sides.forEach((change, side) => {
          const player = begin?.sides[side as 0 | 1].id ?? '';
          sums.set(player, (sums.get(player) ?? 0) + change.new - change.old);
          published.add(JSON.stringify([matchId, player, change.old, change.new]));
        });
    }
    const flat = await client.zrange(`${tag}:ratings:${queue}`, '0', '-1', 'WITHSCORES');
    const ratings: Record<string, string> = {};
    for (let at = 0; at < flat.length; at += 2) ratings[flat[at] as string] = flat[at + 1] as string;
    for (const player of new Set([...Object.keys(ratings), ...sums.keys()])) {
      const due = INITIAL + (sums.get(player) ?? 0);
      if (Number(ratings[player]) !== due)
        problems.push(`the rating of ${player} is ${ratings[player]}, its matches make ${due}`);
    }
    const told = taken.map((each) => JSON.stringify([each.matchId, each.player, each.old, each.new]));
    for (const each of new Set(told)) if (!published.has(each)) problems.push(`an Elo was told that is in no log: ${each}`);
    const toldTo = taken.map((each) => `${each.matchId} ${each.player} ${each.boot}`);
    if (new Set(toldTo).size < toldTo.length) problems.push('an Elo was told twice');
    return problems;
  } finally {
    client.disconnect();
  }
}
