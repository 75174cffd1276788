/** What a checker of a simulated world is: it is told everything that happens, and says what should not have. */
import type { Store } from '../../../bus/memory/store.ts';
import type { Message } from '../../../bus/messages.ts';
import type { BattleTurn } from '../../../plugin/battle-actor.ts';
import type { Config } from '../../../plugin/config.ts';
import type { JaegerEvent } from '../../../plugin/events.ts';
import type { Faults } from './faults.ts';
import type { Commanded } from './owner.ts';
import type { SeenBattle, StayRecord } from './players.ts';
import type { Call } from './realm.ts';
import type { Server } from './server.ts';

/** What checkers see. Nothing that they do may change the run. */
export interface View {
  readonly config: Config;
  readonly faults: Faults;
  readonly stays: readonly StayRecord[];
  /** Those that are not over. */
  readonly open: ReadonlySet<StayRecord>;
  readonly battles: readonly SeenBattle[];
  /** Matches that a server claimed which nobody should trust: perhaps of two who do not fit. */
  readonly forced: ReadonlySet<string>;
  store(): Store;
  /** Virtual ms. */
  now(): number;
  /** The store's own time. */
  busNow(): number;
  server(name: string): Server | undefined;
  /** Who holds a queue's lease, and since when in virtual ms. */
  leader(queue: string): { readonly node: string; readonly since: number } | undefined;
  /** When the store last lost its data, in virtual ms; undefined where it never did. */
  lostAt(): number | undefined;
  /** By how much the store's clock was set so far, at most, in ms. */
  jumped(): number;
  /** The same, of what was set since then, in virtual ms; and when it was set last. */
  jumpedSince(at: number): number;
  jumpedAt(): number;
}

export interface Checker {
  /** The store has done what a server asked. */
  asked?(call: Call): void;
  answered?(call: Call, answer: unknown): void;
  /** The store says something, as it does it. */
  said?(room: string, message: Message): void;
  /** It has come to a server; undefined: it hears a room, anew perhaps. */
  heard?(node: string, message: Message | undefined): void;
  led?(node: string, queue: string, epoch: number, generation: number): void;
  /** The store has lost everything. */
  lost?(): void;
  /** The store may go back to what it holds now: the answer tells that it has. */
  remembered?(): () => void;
  event?(event: JaegerEvent, server: Server): void;
  turned?(battle: SeenBattle, turn: BattleTurn): void;
  closed?(battle: SeenBattle): void;
  /** The owner is told what became of a command. */
  commanded?(commanded: Commanded): void;
  /** Once a second. */
  look?(): void;
  /** All was well for long enough. */
  end?(): void;
}

/** Of tables that follow the store: the answer makes them what they are now. */
export function rememberAll(...tables: readonly (Map<unknown, unknown> | Set<unknown>)[]): () => void {
  const copies = tables.map((table) => [...table]);
  return () =>
    tables.forEach((table, at) => {
      table.clear();
      for (const one of copies[at] as unknown[])
        table instanceof Set ? table.add(one) : table.set(...(one as [unknown, unknown]));
    });
}

/** `players`: whom it is about. */
export type Fail = (what: string, ...players: readonly string[]) => void;
export type MakeChecker = (view: View, fail: Fail) => Checker;
