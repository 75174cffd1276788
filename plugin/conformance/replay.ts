/** A recorded battle, played again on two copies of the game, each from the seat of another player: what is not decided by the record shows. */
import { ControllableBattleActor } from '../battle-actor.ts';
import { errorText, guarded } from '../guard.ts';
import { Broken, type MakeAdapter, type Recording } from './adapter.ts';
import { differenceIn } from './match.ts';
import { type SeenBattle, seenOf, watch } from './spy.ts';

export interface Replayed {
  /** The first turn of the log after which the two copies differ, from each other or from the record; undefined: none, or only their ends do. */
  readonly differsAfter: number | undefined;
  /** The ends that the copies reported, as text. */
  readonly ends: readonly [string, string];
  /** After how many turns both gave a digest. */
  readonly compared: number;
}

const LOOK_MS = 5;

/**
 * Plays a recording on two copies.
 * @throws Broken where a copy fails, or does not come to the end
 */
export async function replay(make: MakeAdapter, recording: Recording, withinMs = 2000): Promise<Replayed> {
  const copies = [new Copy(make, recording, 0), new Copy(make, recording, 1)] as const;
  const recorded = new Map(Object.entries(recording.digests).map(([turn, digest]) => [Number(turn), digest]));
  const [one, two] = copies.map(({ seen }) => seen) as [SeenBattle, SeenBattle];
  const differsAfter = (): number | undefined =>
    [differenceIn(one.digests, two.digests), differenceIn(one.digests, recorded), differenceIn(two.digests, recorded)]
      .flatMap((found) => (found ? [found.turn] : []))
      .sort((a, b) => a - b)[0];
  try {
    for (const turn of recording.turns) {
      for (const { actor } of copies) actor.receive(turn);
      // The copies take their time, as two servers do.
      await pause(1);
    }
    for (let moves = -1, since = performance.now(); copies.some((copy) => !copy.isOver); ) {
      const now = copies[0].moves + copies[1].moves;
      if (now !== moves) [moves, since] = [now, performance.now()];
      const failure = copies.find(({ failures }) => failures.length > 0)?.failures[0];
      const turn = differsAfter();
      if (failure === undefined && turn !== undefined) break;
      if (failure !== undefined) throw new Broken(failure, FROM_THE_RECORD);
      if (performance.now() - since > withinMs) throw new Broken('a recorded battle does not come to its end', FROM_THE_RECORD);
      await pause(LOOK_MS);
    }
  } finally {
    for (const { actor } of copies) actor.close({ kind: 'stopped' });
  }
  return {
    differsAfter: differsAfter(),
    ends: [one.reports[0] ?? 'none', two.reports[0] ?? 'none'],
    compared: [...one.digests.keys()].filter((turn) => two.digests.has(turn)).length,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The game of a server of its own, which is told the battle from the seat of one side. */
class Copy {
  readonly actor: ControllableBattleActor;
  readonly seen: SeenBattle;
  readonly failures: string[] = [];
  moves = 0;

  constructor(make: MakeAdapter, { setup }: Recording, side: 0 | 1) {
    const server = side === 0 ? 'C' : 'D';
    this.actor = new ControllableBattleActor(side, true);
    this.seen = seenOf({ ...setup, side }, this.actor);
    watch(this.seen, () => this.moves++);
    const failed = (text: string): void => void this.failures.push(`${text}, on copy ${server}`);
    this.actor.fromHost.failed$.subscribe(({ where, error }) => failed(`${where} failed: ${errorText(error)}`));
    this.actor.fromHost.refusal$.subscribe(({ reason }) => failed(`it was refused: ${reason}`));
    guarded(
      () => make(server).host.battle(this.seen.setup, this.actor),
      (error) => failed(`battle failed: ${errorText(error)}`),
    );
  }

  get isOver(): boolean {
    return this.seen.reports.length > 0;
  }
}

export const FROM_THE_RECORD =
  'The setup and the turns decide everything: no clock, no randomness but of the seed, the same from either seat.';
