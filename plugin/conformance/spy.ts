/** Between Jaeger and a host: everything that passes is written down, and passed on as it is. */
import { isObservable, Observable } from 'rxjs';
import type { BattleEnd, BattleTurn, ControllableBattleActor } from '../battle-actor.ts';
import { errorText, guarded, isPromise } from '../guard.ts';
import type { BattleSetup, Host, Later, Notice } from '../host.ts';

/** A function of the host that answers. */
export interface Asked {
  readonly what: 'accept' | 'team' | 'validate';
  /** Everything that it answered. */
  readonly answers: unknown[];
}

export interface SeenBattle {
  readonly setup: BattleSetup;
  readonly actor: ControllableBattleActor;
  readonly hears: { turns: boolean; end: boolean };
  readonly sent: string[];
  readonly turns: BattleTurn[];
  /** By turn. */
  readonly digests: Map<number, string>;
  readonly reports: string[];
  /** What the tidying up failed at. */
  readonly failures: string[];
  end: BattleEnd | undefined;
}

/** What is to be another way than the host has it. */
export type Instead = Partial<Pick<Host, 'validate' | 'team'>>;

export class Spy {
  readonly asked: Asked[] = [];
  readonly told: Notice[] = [];
  readonly battles: SeenBattle[] = [];
  /** Grows with everything that happens. */
  moves = 0;
  readonly host: Host;

  constructor(host: Host, instead: Instead = {}) {
    const answering = <T>(what: Asked['what'], call: () => Later<T>): Later<T> => {
      const asked: Asked = { what, answers: [] };
      this.asked.push(asked);
      this.moves++;
      return this.heard(asked, call());
    };
    this.host = {
      ...(host.ruleset ? { ruleset: (queue: string) => (host.ruleset as NonNullable<Host['ruleset']>)(queue) } : {}),
      log: () => undefined,
      tell: (actor, notice) => {
        this.told.push(notice);
        this.moves++;
        return host.tell(actor, notice);
      },
      accept: (actor, offer) => answering('accept', () => host.accept(actor, offer)),
      team: (actor, match) => answering('team', () => (instead.team ?? host.team.bind(host))(actor, match)),
      validate: (match, teams) => answering('validate', () => (instead.validate ?? host.validate.bind(host))(match, teams)),
      battle: (setup, actor) => {
        const seen = seenOf(setup, actor);
        this.battles.push(seen);
        this.moves++;
        watch(seen, () => this.moves++);
        return host.battle(setup, actor);
      },
    };
  }

  private heard<T>(asked: Asked, value: Later<T>): Later<T> {
    const hear = (answer: T): T => {
      asked.answers.push(answer);
      this.moves++;
      return answer;
    };
    if (isObservable(value))
      return new Observable((subscriber) =>
        value.subscribe({
          next: (answer) => subscriber.next(hear(answer)),
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    return isPromise(value) ? value.then(hear) : hear(value);
  }
}

export const seenOf = (setup: BattleSetup, actor: ControllableBattleActor): SeenBattle => ({
  ...{
    setup,
    actor,
    hears: { turns: false, end: false },
    sent: [],
    turns: [],
    digests: new Map(),
    reports: [],
    failures: [],
    end: undefined,
  },
});

/** Writes down what a host does with its stand-in. */
export function watch(seen: SeenBattle, moved: () => void): void {
  const { actor } = seen;
  const [onTurn, onEnd, send, over] = [actor.onTurn, actor.onEnd, actor.send, actor.over].map((each) => each.bind(actor)) as [
    ControllableBattleActor['onTurn'],
    ControllableBattleActor['onEnd'],
    ControllableBattleActor['send'],
    ControllableBattleActor['over'],
  ];
  actor.fromHost.ended$.subscribe((end) => {
    seen.end = end;
    moved();
  });
  const digested = (turn: number, returned: unknown): unknown => {
    if (typeof returned === 'string' && returned !== '') seen.digests.set(turn, returned);
    moved();
    return returned;
  };
  Object.assign(actor, {
    onTurn: (apply: (turn: BattleTurn) => unknown): void => {
      seen.hears.turns = true;
      onTurn((turn) => {
        if (!seen.turns.some((known) => known.turn === turn.turn)) seen.turns.push(turn);
        moved();
        const returned = apply(turn);
        if (!isPromise(returned)) return digested(turn.turn, returned);
        return returned.then((digest) => digested(turn.turn, digest));
      });
    },
    onEnd: (tidy: (end: BattleEnd) => unknown): void => {
      seen.hears.end = true;
      onEnd((end) => {
        guarded(
          () => tidy(end),
          (error) => seen.failures.push(errorText(error)),
        );
        moved();
      });
    },
    send: (data: string): void => {
      seen.sent.push(data);
      moved();
      send(data);
    },
    over: (winner: 0 | 1 | 'draw', digest: string): void => {
      // The first counts; to say the same again is no other end.
      const isSame = seen.reports.some((report) => (JSON.parse(report) as unknown[])[0] === winner);
      if (!isSame) seen.reports.push(JSON.stringify([winner, digest]));
      moved();
      over(winner, digest);
    },
  });
}
