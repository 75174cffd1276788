/** The owner of a simulated network: at times drawn from the seed it has matches and players removed, bars, drains and corrects, through any server. */
import type { Command, CommandAnswer } from '../../../bus/admin.ts';
import { Asking } from '../../../plugin/admin.ts';
import { AdminError } from '../../../plugin/errors.ts';
import type { Random } from '../../../scripts/random.ts';
import type { Faults } from './faults.ts';
import type { Named, Odds } from './options.ts';
import type { Realm } from './realm.ts';
import type { Server } from './server.ts';

/** A command, and what became of it as the owner was told. */
export interface Commanded {
  readonly id: string;
  readonly command: Command;
  readonly server: Server;
  /** When it was asked for, in virtual ms. */
  readonly since: number;
  readonly told: CommandAnswer | AdminError['why'] | undefined;
}

export interface OwnerContext {
  readonly queue: string;
  readonly odds: Odds;
  readonly random: Random;
  readonly faults: Faults;
  readonly realm: Realm;
  /** All players, by id. */
  readonly players: readonly string[];
  now(): number;
  after(ms: number, run: () => void): void;
  servers(): readonly Server[];
  newId(): string;
  did(what: string, where: string): void;
  /** The owner is told what became of a command. */
  told(commanded: Commanded): void;
  failed(what: string): void;
}

const MINUTE_MS = 60_000;
export const WITHIN_MS = 30_000;
/** How often the owner looks, once all is well, whether all that it has shut is open again. */
const LOOK_MS = 5000;
const REASON = 'the owner says so';

export class Owner {
  private readonly context: OwnerContext;
  private readonly acts: Readonly<Partial<Record<Named, () => Command | undefined>>> = {
    ownerVoids: () => {
      const open = [...this.context.realm.store.matches.values()].filter(({ stage }) => stage !== 'closed' && stage !== 'void');
      const match = this.one(open);
      return match && { kind: 'void', queue: this.context.queue, matchId: match.matchId, reason: REASON };
    },
    ownerRemoves: () => ({ kind: 'remove', queue: this.context.queue, whom: this.player(), reason: REASON }),
    ownerBars: () => {
      const player = this.player();
      const ms = this.context.random.integer(5000, 120_000);
      const isForEver = this.context.random.fraction() < 0.5;
      if (isForEver) this.context.after(ms, () => this.command({ kind: 'allow', player }));
      const until = isForEver ? null : Math.floor(this.context.realm.clock.now()) + ms;
      return { kind: 'bar', player, until, reason: REASON };
    },
    ownerDrains: () => {
      const node = this.one(this.context.servers())?.name;
      if (node === undefined) return undefined;
      this.context.after(this.context.random.integer(5000, 120_000), () => this.command({ kind: 'undrain', node }));
      return { kind: 'drain', node, reason: REASON };
    },
    ownerElos: () => {
      const elo = this.context.random.integer(1000, 2000);
      return { kind: 'elo', queue: this.context.queue, player: this.player(), elo, reason: REASON };
    },
  };

  constructor(context: OwnerContext) {
    this.context = context;
  }

  begin(): void {
    for (const name of Object.keys(this.acts) as Named[]) this.next(name);
  }

  /** All that was shut is opened again. */
  heal(): void {
    const { bars, closed } = this.context.realm.store;
    for (const player of bars.keys()) this.command({ kind: 'allow', player });
    for (const { node } of closed.values()) this.command({ kind: 'undrain', node });
    this.context.after(LOOK_MS, () => this.heal());
  }

  private next(name: Named): void {
    const { odds, random, after, faults } = this.context;
    const rate = odds[name];
    if (rate <= 0) return;
    after(random.exponential(MINUTE_MS / rate), () => {
      if (faults.isHealed) return;
      const command = faults.strikes(name, 'owner') ? this.acts[name]?.() : undefined;
      if (command) this.command(command);
      this.next(name);
    });
  }

  private one<T>(of: readonly T[]): T | undefined {
    return of[this.context.random.integer(0, Math.max(0, of.length - 1))];
  }

  private player(): string {
    return this.one(this.context.players) as string;
  }

  /** Over any server that is there. */
  private command(command: Command): void {
    const { context } = this;
    const server = this.one(context.servers().filter(({ isUp, isStopping }) => isUp && !isStopping));
    if (!server) return;
    const since = context.now();
    let id = '';
    const newId = (): string => {
      id = context.newId();
      return id;
    };
    const told = (what: Commanded['told']): void => {
      context.did(
        `is told of ${command.kind}: ${typeof what === 'object' ? `${what.outcome}, ${what.says}` : what}`,
        server.name,
      );
      context.told({ id, command, server, since, told: what });
    };
    context.did(`commands ${Object.values(command).join(' ')}`, server.name);
    const runtime = { bus: server.network.bus, scheduler: server.clock, newId };
    new Asking(runtime, { who: 'owner', withinMs: WITHIN_MS }).command(command).subscribe({
      next: (answer) => told(answer),
      error: (error: unknown) => {
        if (error instanceof AdminError) told(error.why);
        else context.failed(`the owner's ${command.kind} broke: ${String(error)}`);
      },
    });
  }
}
