/** A match's log has every turn once and without a gap, and both sides apply it in this order, all of it. */
import type { LogEntry } from '../../../../bus/messages.ts';
import type { MakeChecker } from '../checker.ts';
import type { SeenBattle } from '../players.ts';

const ENTRIES: ReadonlySet<string> = new Set(['BEGIN', 'TEAM', 'START', 'TURN', 'ELO', 'VOID']);
const OPENING: readonly LogEntry['kind'][] = ['BEGIN', 'TEAM', 'TEAM', 'START'];

export const turns: MakeChecker = (view, fail) => {
  let logs = new Map<string, LogEntry[]>();
  /** What the store has lost, by match: who had heard it by then has applied it. */
  const lost = new Map<string, LogEntry[]>();
  const namesOf = ({ setup }: SeenBattle): string[] => setup.sides.map(({ id }) => id);
  return {
    remembered: () => {
      const were = new Map([...logs].map(([matchId, log]) => [matchId, [...log]]));
      return () => {
        for (const [matchId, log] of logs) {
          const since = log.slice(were.get(matchId)?.length ?? 0);
          if (since.length > 0) lost.set(matchId, [...(lost.get(matchId) ?? []), ...since]);
        }
        logs = were;
      };
    },
    said: (_, message) => {
      if (!ENTRIES.has(message.kind)) return;
      const entry = message as LogEntry;
      const { matchId, turn, kind } = entry;
      const log = logs.get(matchId) ?? [];
      logs.set(matchId, log);
      const names =
        view
          .store()
          .matches.get(matchId)
          ?.sides.map(({ actor }) => actor.id) ?? [];
      const last = log.at(-1);
      if (turn !== log.length + 1) fail(`match ${matchId}: ${kind} is turn ${turn}, after ${log.length}`, ...names);
      if (last?.kind === 'ELO' || last?.kind === 'VOID') fail(`match ${matchId}: ${kind} after ${last.kind}`, ...names);
      const opens = OPENING[turn - 1];
      if (kind !== 'VOID' && (opens === undefined ? kind !== 'TURN' && kind !== 'ELO' : kind !== opens))
        fail(`match ${matchId}: turn ${turn} is ${kind}`, ...names);
      if (entry.kind === 'TURN') {
        const before = log.filter((one) => one.kind === 'TURN' && one.side === entry.side).length;
        if (entry.counter !== before + 1)
          fail(`match ${matchId}: side ${entry.side} has its input ${entry.counter} in the log after ${before}`, ...names);
      }
      log.push(entry);
    },
    turned: (battle, turn) => {
      const { setup, turns: applied, player } = battle;
      const entry = logs.get(setup.matchId)?.[turn.turn - 1];
      const due = OPENING.length + applied.length;
      if (turn.turn !== due)
        fail(`${player} applies turn ${turn.turn} of match ${setup.matchId}, and ${due} is next`, ...namesOf(battle));
      const isLost = lost
        .get(setup.matchId)
        ?.some((one) => one.kind === 'TURN' && one.turn === turn.turn && one.side === turn.side && one.data === turn.data);
      if (isLost) return;
      if (entry?.kind !== 'TURN' || entry.side !== turn.side || entry.data !== turn.data)
        fail(`${player} applies a turn ${turn.turn} of match ${setup.matchId} that is not in its log`, ...namesOf(battle));
    },
    closed: (battle) => {
      const { setup, turns: applied, player, end } = battle;
      if (end?.kind === 'stopped' || (end?.kind === 'void' && end.reason === 'StoreLost')) return;
      const played = (logs.get(setup.matchId) ?? []).filter(({ kind }) => kind === 'TURN').length;
      if (applied.length !== played && !lost.has(setup.matchId))
        fail(
          `${player} has applied ${applied.length} of the ${played} turns of match ${setup.matchId} at its end`,
          ...namesOf(battle),
        );
    },
  };
};
