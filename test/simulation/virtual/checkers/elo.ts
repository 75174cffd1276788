/** Every match's Elo is applied exactly once, to both sides alike: ratings are what the matches make of them, and their sum stays what it was. */
import type { CommandAnswer, CommandRecord } from '../../../../bus/admin.ts';
import type { LogEntry } from '../../../../bus/messages.ts';
import type { MatchRecord } from '../../../../bus/records.ts';
import { type MakeChecker, rememberAll } from '../checker.ts';

interface Claim {
  readonly winner: string | number;
  readonly digest: string;
}

const ENDS: ReadonlySet<string> = new Set(['ELO', 'VOID']);

export const elo: MakeChecker = (view, fail) => {
  /** What the matches so far make of each rating. */
  let due = new Map<string, number>();
  let ended = new Map<string, 'ELO' | 'VOID'>();
  /** What each side said of its match. */
  const claimed = new Map<string, [Claim | undefined, Claim | undefined]>();
  /** By boot, match and player: what was told. */
  const told = new Set<string>();
  /** Matches whose Elo is in what is due. */
  const taken = new Set<string>();
  const corrections = new Set<string>();
  const keyOf = (queue: string, player: string): string => `${queue}\n${player}`;
  const compare = (): void => {
    const { ratings } = view.store();
    if (ratings.size !== due.size) fail(`${ratings.size} players have a rating, ${due.size} have played for one`);
    for (const [key, rating] of ratings)
      if (due.get(key) !== rating)
        fail(`the rating of ${key.split('\n')[1]} is ${rating}, its matches make ${due.get(key)}`, key.split('\n')[1] ?? '');
  };
  /** By the owner, once in what the store has not lost since. */
  const corrected = ({ id, command }: CommandRecord, answer: CommandAnswer): void => {
    if (command.kind !== 'elo' || answer.outcome !== 'done' || corrections.has(id)) return;
    corrections.add(id);
    due.set(keyOf(command.queue, command.player), command.elo);
  };
  const rated = (entry: Extract<LogEntry, { kind: 'ELO' }>, match: MatchRecord): void => {
    const [one, other] = entry.sides;
    if (one.delta + other.delta !== 0)
      fail(
        `match ${entry.matchId}: the sides change by ${one.delta} and ${other.delta}`,
        ...match.sides.map(({ actor }) => actor.id),
      );
    for (const side of [0, 1] as const) {
      const change = entry.sides[side];
      const { actor } = match.sides[side];
      if (change.new !== change.old + change.delta || change.old !== actor.elo)
        fail(
          `match ${entry.matchId}: ${actor.id} with ${actor.elo} goes from ${change.old} by ${change.delta} to ${change.new}`,
          actor.id,
        );
      if (!match.rated && change.delta !== 0) fail(`match ${entry.matchId} is not rated, and changes an Elo`, actor.id);
      const { winner } = entry;
      const isSign = winner === 'draw' || (winner === side ? change.delta >= 0 : change.delta <= 0);
      if (!isSign)
        fail(
          `match ${entry.matchId}: ${actor.id} ${winner === side ? 'won' : 'lost'} and changes by ${change.delta}`,
          actor.id,
        );
    }
  };
  return {
    said: (_, message) => {
      if (!ENDS.has(message.kind)) return;
      const entry = message as Extract<LogEntry, { kind: 'ELO' | 'VOID' }>;
      const { matchId } = entry;
      const before = ended.get(matchId);
      const match = view.store().matches.get(matchId) as MatchRecord;
      const names = match.sides.map(({ actor }) => actor.id);
      if (before !== undefined) fail(`match ${matchId} ended by ${before}, and again by ${entry.kind}`, ...names);
      ended.set(matchId, entry.kind);
      if (entry.kind === 'VOID') return;
      const [first, second] = match.sides.map(({ result }) => result);
      const conceding = [first?.winner === 1, second?.winner === 0];
      if (!(first && second) && !conceding.some((one) => one))
        fail(`match ${matchId} is rated by the result of one side, which does not concede`, ...names);
      if (first && second && first.winner !== second.winner)
        fail(`match ${matchId} is rated, and its results differ`, ...names);
      rated(entry, match);
    },
    answered: ({ verb, args }, answer) => {
      if (verb === 'execute') corrected(args[1] as CommandRecord, answer as CommandAnswer);
      if (verb !== 'over' || answer !== 'done') return;
      const [matchId, side, , winner, digest] = args as [string, 0 | 1, string, string, string];
      const claims = claimed.get(matchId) ?? [undefined, undefined];
      claims[side] ??= { winner, digest };
      claimed.set(matchId, claims);
      if (view.store().matches.get(matchId)?.sides[side].result?.winner !== claims[side].winner)
        fail(`side ${side} of match ${matchId} says ${winner}, and something else is kept`);
    },
    asked: ({ verb, args }) => {
      if (verb !== 'advance') return;
      const { matchId, step } = args[1] as { readonly matchId: string; readonly step: { readonly to: string } };
      if (step.to !== 'rated') return;
      const match = view.store().matches.get(matchId);
      const log = view.store().parts.get(matchId)?.log ?? [];
      const entries = log.filter(({ entry }) => entry.kind === 'ELO');
      if (match?.rated && entries.length === 1 && !taken.has(matchId)) {
        taken.add(matchId);
        const { sides } = (entries[0] as { entry: Extract<LogEntry, { kind: 'ELO' }> }).entry;
        // A ladder's match that was not played from the ladder's own Elo changes none.
        const counts = match.sides.every(
          ({ actor }, side) => view.store().ratings.get(keyOf(match.queue, actor.id)) === sides[side as 0 | 1].new,
        );
        if (counts || sides[0].delta !== 0)
          for (const side of [0, 1] as const) due.set(keyOf(match.queue, match.sides[side].actor.id), sides[side].new);
      }
      compare();
    },
    event: (event, server) => {
      if (event.kind !== 'elo') return;
      const key = `${server.number} ${event.matchId} ${event.id}`;
      if (told.has(key)) fail(`${event.id} was told twice of the Elo of match ${event.matchId}`, event.id);
      told.add(key);
    },
    look: compare,
    remembered: () => {
      const [wasDue, wasEnded] = [new Map(due), new Map(ended)];
      const goBack = rememberAll(taken, claimed, corrections);
      return () => {
        [due, ended] = [wasDue, wasEnded];
        goBack();
      };
    },
    lost: () => {
      due = new Map();
      ended = new Map();
      taken.clear();
      // Whoever has no answer yet asks again, and it is done anew.
      corrections.clear();
    },
  };
};
