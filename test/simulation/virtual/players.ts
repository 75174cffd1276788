/** Players who queue, play and queue again on the servers of a simulated world, each by its own odds; and the game they play. */
import { NEVER, Observable } from 'rxjs';
import { BusUnreachable } from '../../../bus/bus.ts';
import type { BattleEnd, BattleTurn, ControllableBattleActor } from '../../../plugin/battle-actor.ts';
import { AddError, StateError } from '../../../plugin/errors.ts';
import type { BattleSetup, Host, LocalActor, Notice } from '../../../plugin/host.ts';
import { type Random, randomOf } from '../../../scripts/random.ts';
import type { Named, Odds } from './options.ts';
import type { Server } from './server.ts';

export type StayKind = 'ranked' | 'instant' | 'rematch';

/** One stay of a player, from when it is asked for until its player is told that it is over. */
export interface StayRecord {
  readonly player: string;
  readonly server: Server;
  readonly kind: StayKind;
  readonly since: number;
  /** Once it is acknowledged. */
  ticket: string | undefined;
  /** As it was told; of an instant match nothing is. */
  first: number | undefined;
  matchId: string | undefined;
  /** Why it is over. */
  end: string | undefined;
  endedAt: number;
  /** Has its player asked to leave? */
  leaves: boolean;
  /** The offers that its player declines. */
  readonly declined: Set<string>;
}

/** One side's battle, as its host saw it. */
export interface SeenBattle {
  readonly player: string;
  readonly server: Server;
  readonly setup: BattleSetup;
  readonly turns: BattleTurn[];
  end: BattleEnd | undefined;
}

/** What a player is told once it is added. */
interface Answer {
  readonly ticket: string;
  readonly firstConsidered?: number;
}

export interface PlayersContext {
  readonly seed: string;
  readonly odds: Odds;
  /** How long a player does something else between two stays, on average. */
  readonly thinkMs: number;
  now(): number;
  after(ms: number, run: () => void): void;
  /** All servers, by name. */
  servers(): readonly Server[];
  isHealed(): boolean;
  /** Do ratings come from the realm alone? */
  readonly isLadder: boolean;
  /** Something is done by a player. */
  did(server: string, player: string, what: string): void;
  opened(stay: StayRecord): void;
  ended(stay: StayRecord): void;
  fights(battle: SeenBattle): void;
  turned(battle: SeenBattle, turn: BattleTurn): void;
  closed(battle: SeenBattle): void;
  failed(what: string): void;
}

const MODES = ['fast', 'slow'] as const;
const NOTHING_MS = 3000;
/** When somebody leaves who is about to play, on average; who waits. */
const SOON_MS = 3000;
const AT_ONCE_MS = 1000;
const LATER_MS = 20_000;
/** What a player is told when it is over. */
const ENDS: ReadonlySet<string> = new Set(['withdrawn', 'elo', 'void']);
/** How long after all is well players still queue. */
const LAST_MS = 20_000;

/** Somewhere else already, the bus out of reach, the server stopping: what a player is told, and nobody's mistake. */
const isExpected = (error: unknown): boolean =>
  (error instanceof AddError && error.problems.every(({ path }) => path !== 'preferences' && path !== 'data')) ||
  error instanceof BusUnreachable ||
  error instanceof StateError;

export class Player {
  readonly id: string;
  home: string;
  stay: StayRecord | undefined;
  /** What it has moved away from, until it is told. */
  private readonly left = new Set<StayRecord>();
  readonly random: Random;
  private readonly context: PlayersContext;
  private readonly elo: number;
  private hasPlayed = false;
  private acting = 0;
  private wantsRematch = true;
  /** From then on it queues no more. */
  private until = Number.POSITIVE_INFINITY;

  constructor(id: string, home: string, context: PlayersContext) {
    this.id = id;
    this.home = home;
    this.context = context;
    this.random = randomOf(context.seed, `player ${id}`);
    this.elo = Math.max(100, Math.round(this.random.normal(1500, 250)));
    this.actIn(this.random.exponential(context.thinkMs));
  }

  chance(name: Named): boolean {
    const hits = this.random.fraction() < this.context.odds[name];
    return hits && !this.context.isHealed();
  }

  /** All is well from now on: whoever is nowhere queues once more. */
  heal(): void {
    this.until = this.context.now() + LAST_MS;
    if (!this.stay) this.actIn(this.random.integer(0, 5000));
  }

  /** Its server is gone. */
  lost(server: Server): void {
    if (this.stay?.server === server) this.end('its server is gone');
    for (const stay of this.left) if (stay.server === server) this.over(stay, 'its server is gone');
  }

  /** Of whichever of its stays is on this server. */
  declines(server: Server, offerId: string): void {
    for (const stay of [...this.left, ...(this.stay ? [this.stay] : [])])
      if (stay.server === server) stay.declined.add(offerId);
  }

  heard(server: Server, notice: Notice): void {
    const { stay } = this;
    const before = [...this.left].find((one) => one.server === server);
    if (before && stay?.server !== server) {
      if (notice.kind === 'matched') before.matchId = notice.matchId;
      if (ENDS.has(notice.kind)) this.over(before, `left: ${notice.kind}`);
      return;
    }
    switch (notice.kind) {
      case 'matched':
        if (stay?.server === server) stay.matchId = notice.matchId;
        else if (!stay) {
          const again = this.begin(server, 'rematch');
          again.matchId = notice.matchId;
          if (this.chance('leaves')) this.context.after(this.random.exponential(SOON_MS), () => this.leave(again));
        }
        break;
      case 'back':
        if (stay?.server === server) stay.matchId = undefined;
        break;
      case 'withdrawn':
        if (stay?.server === server) this.end(notice.reason);
        break;
      case 'elo':
      case 'void':
        this.hasPlayed ||= notice.kind === 'elo';
        if (stay?.server === server && stay.matchId === notice.matchId) this.end(notice.kind);
        break;
      case 'rematch':
        if (notice.may !== 'not') this.mayPlayAgain(server);
        break;
      default:
    }
  }

  private begin(server: Server, kind: StayKind): StayRecord {
    const none = { ticket: undefined, first: undefined, matchId: undefined, end: undefined, endedAt: 0, leaves: false };
    this.stay = { player: this.id, server, kind, since: this.context.now(), ...none, declined: new Set() };
    this.context.opened(this.stay);
    return this.stay;
  }

  private end(why: string): void {
    const { stay } = this;
    if (!stay) return;
    this.stay = undefined;
    this.over(stay, why);
    this.actIn(this.random.exponential(this.context.thinkMs));
  }

  private over(stay: StayRecord, why: string): void {
    stay.end = why;
    stay.endedAt = this.context.now();
    this.left.delete(stay);
    this.context.ended(stay);
  }

  /** It is told that it is added. A server that it has left and that has not heard of that yet answers as before: it is that stay that goes on. */
  private added(stay: StayRecord, { ticket, firstConsidered }: Answer): void {
    stay.ticket = ticket;
    stay.first = firstConsidered;
    const before = [...this.left].find((one) => one.ticket === ticket);
    if (!before || this.stay !== stay) return;
    this.left.delete(before);
    this.stay = before;
    this.over(stay, 'still there from before');
  }

  private actIn(ms: number): void {
    const number = ++this.acting;
    this.context.after(ms, () => {
      if (number === this.acting) this.act();
    });
  }

  private server(): Server | undefined {
    const { context } = this;
    const here = context.servers().find(({ name }) => name === this.home);
    if (here?.isUp && !this.chance('wanders')) return here;
    const others = context.servers().filter(({ isUp }) => isUp);
    if (others.length === 0 || !(this.chance('wanders') || context.isHealed())) return undefined;
    const other = others[this.random.integer(0, others.length - 1)] as Server;
    this.home = other.name;
    return other;
  }

  private act(): void {
    const { context } = this;
    if (this.stay || context.now() > this.until) return;
    const server = this.server();
    if (!server) {
      this.actIn(NOTHING_MS);
      return;
    }
    this.wantsRematch = true;
    const kind = this.random.fraction() < context.odds.instants ? 'instant' : 'ranked';
    const stay = this.begin(server, kind);
    const blocks = this.chance('blocks') ? { blocks: [`p${this.random.integer(0, 39)}`] } : {};
    const elo = this.hasPlayed || context.isLadder ? {} : { elo: this.elo };
    const move = this.chance('moves') ? { move: true } : {};
    const asked$: Observable<Answer> =
      kind === 'ranked'
        ? server.node.add({ id: this.id, ...elo, ...blocks, ...move })
        : server.node.instant({ id: this.id, ...elo, ...blocks, ...move, ...this.wish() });
    asked$.subscribe({
      next: (answer) => this.added(stay, answer),
      error: (error: unknown) => {
        if (this.stay !== stay) return;
        if (!isExpected(error)) context.failed(`${this.id} could not be added: ${String(error)}`);
        context.did(server.name, this.id, `is not added: ${String(error).replaceAll(/\s+/g, ' ')}`);
        this.end('not added');
        this.actIn(NOTHING_MS);
      },
    });
    if (this.chance('moves')) context.after(this.random.integer(100, 20_000), () => this.move(stay));
    if (this.chance('leaves')) context.after(this.leavesAfterMs(), () => this.leave(stay));
  }

  /** Goes over to another server while it waits. */
  private move(from: StayRecord): void {
    const { context } = this;
    const others = context.servers().filter(({ isUp, name }) => isUp && name !== from.server.name);
    const server = others[this.random.integer(0, Math.max(0, others.length - 1))];
    if (this.stay !== from || from.ticket === undefined || from.matchId !== undefined || !server || context.isHealed()) return;
    this.stay = undefined;
    this.left.add(from);
    const stay = this.begin(server, 'ranked');
    if (this.chance('leaves')) context.after(this.leavesAfterMs(), () => this.leave(stay));
    server.node.add({ id: this.id, move: true }).subscribe({
      next: (answer) => this.added(stay, answer),
      error: (error: unknown) => {
        if (!isExpected(error)) context.failed(`${this.id} could not move: ${String(error)}`);
        if (this.stay !== stay) return;
        // It is still where it was.
        this.stay = this.left.delete(from) ? from : undefined;
        this.over(stay, 'not moved');
        if (!this.stay) this.actIn(NOTHING_MS);
      },
    });
  }

  /** Half want anybody; the others somebody of their own mode. */
  private wish(): { readonly data: unknown; readonly preferences?: unknown } {
    const mode = MODES[this.random.integer(0, 1)] as string;
    const data = { mode };
    return this.random.fraction() < 0.5 ? { data } : { data, preferences: { field: 'mode', eq: mode } };
  }

  /** Some leave as soon as they have asked: before they are told that they are in, or just then. */
  private leavesAfterMs(): number {
    return this.random.exponential(this.random.fraction() < 0.75 ? AT_ONCE_MS : LATER_MS);
  }

  private leave(stay: StayRecord): void {
    if (this.stay !== stay || !stay.server.isUp) return;
    this.context.did(stay.server.name, this.id, 'wants to leave');
    stay.leaves = true;
    stay.server.node.remove(this.id).subscribe({
      next: (from) => {
        this.context.did(stay.server.name, this.id, `was removed from ${from}`);
        if (from === 'PLAYING' || from === 'joining') return;
        const why = `removed from ${from}`;
        if (this.stay === stay) this.end(why);
        // It has moved away while it waited for the answer, which is all that it is told.
        else if (this.left.has(stay)) this.over(stay, why);
      },
      error: (error: unknown) => {
        if (!(error instanceof StateError)) this.context.failed(`${this.id} could not leave: ${String(error)}`);
      },
    });
  }

  /** Whoever has asked for a rematch wants none any more. Where it has begun meanwhile that is no longer heard. */
  private leaveRematch(server: Server): void {
    const { stay, context } = this;
    if (stay && (stay.kind !== 'rematch' || stay.server !== server)) return;
    if (stay) this.leave(stay);
    else if (server.isUp) {
      context.did(server.name, this.id, 'wants no rematch any more');
      server.node.remove(this.id).subscribe({
        next: (from) => context.did(server.name, this.id, `was removed from ${from}`),
        error: (error: unknown) => {
          if (!(error instanceof StateError)) context.failed(`${this.id} could not leave its rematch: ${String(error)}`);
        },
      });
    }
  }

  private mayPlayAgain(server: Server): void {
    if (this.stay || !this.wantsRematch) return;
    this.wantsRematch = false;
    if (!this.chance('rematches')) return;
    const wants = this.random.fraction() < 0.8;
    // Meanwhile it queues nowhere else, most of the time.
    if (this.random.fraction() < 0.8) this.actIn(40_000);
    this.context.after(this.random.integer(100, 20_000), () => {
      if (!server.isUp || this.stay) return;
      this.context.did(server.name, this.id, wants ? 'asks for a rematch' : 'wants no rematch');
      server.node.rematch(this.id, wants).subscribe({
        error: (error: unknown) => {
          if (!isExpected(error)) this.context.failed(`${this.id} could not ask for a rematch: ${String(error)}`);
        },
      });
      if (this.chance('leaves')) this.context.after(this.random.exponential(SOON_MS), () => this.leaveRematch(server));
    });
  }
}

/** A game that both servers can compute: each side sends so many inputs, and who wins depends on all of them. */
export function gameOf(server: Server, players: ReadonlyMap<string, Player>, context: PlayersContext): Host {
  const playerOf = (id: string): Player => players.get(id) as Player;
  const { clock } = server;
  const in_ = <T>(ms: number, value: T): Observable<T> =>
    new Observable((subscriber) =>
      clock.after(ms, () => {
        subscriber.next(value);
        subscriber.complete();
      }),
    );
  return {
    tell: (actor: LocalActor, notice: Notice) => {
      if (!server.isUp) return;
      context.did(server.name, actor.id, `is told ${notice.kind}${'reason' in notice ? `: ${notice.reason}` : ''}`);
      playerOf(actor.id).heard(server, notice);
    },
    accept: ({ id }, { offerId }) => {
      const player = playerOf(id);
      if (player.chance('ignores')) return NEVER;
      const [from, to] = player.chance('dawdles') ? DAWDLES_MS : ACCEPTS_MS;
      const afterMs = player.random.integer(from, to);
      const declines = player.chance('declines');
      if (declines) player.declines(server, offerId);
      return in_(afterMs, !declines);
    },
    rejoin: ({ id }) => playerOf(id).random.fraction() < context.odds.rejoins,
    team: ({ id }) => {
      const player = playerOf(id);
      return player.chance('noTeam') ? NEVER : in_(player.random.integer(0, 3000), `team of ${id}`);
    },
    validate: ({ sides, side }) => (playerOf(sides[side].id).chance('refuses') ? 'not by our rules' : null),
    battle: (setup, actor) => {
      const { id } = setup.sides[setup.side];
      const seen: SeenBattle = { player: id, server, setup, turns: [], end: undefined };
      context.fights(seen);
      new Game(seen, actor, playerOf(id), server, context).begin();
    },
  };
}

const FORFEIT = 'forfeit';
const ACCEPTS_MS = [200, 8000] as const;
/** Around the end of the time that there is. */
const DAWDLES_MS = [19_000, 21_500] as const;
const INPUTS = [1, 6] as const;
const THINKS_MS = [300, 6000] as const;
/** Some battles are fast: of those much can be missed at once. */
const FAST = 0.25;
const FAST_INPUTS = [6, 14] as const;
const FAST_THINKS_MS = [200, 1400] as const;

class Game {
  private readonly seen: SeenBattle;
  private readonly actor: ControllableBattleActor;
  private readonly player: Player;
  private readonly server: Server;
  private readonly context: PlayersContext;
  private readonly counts: readonly [number, number];
  private readonly thinksMs: readonly [number, number];
  private readonly own = { sent: 0, back: 0 };
  private sum = 0;
  private isOver = false;
  private isLive = false;
  private readonly idles: boolean;
  private readonly forfeits: boolean;
  private readonly cheats: number;

  constructor(seen: SeenBattle, actor: ControllableBattleActor, player: Player, server: Server, context: PlayersContext) {
    this.seen = seen;
    this.actor = actor;
    this.player = player;
    this.server = server;
    this.context = context;
    const random = randomOf(seen.setup.seed, 'inputs');
    const isFast = random.fraction() < FAST;
    const inputs = isFast ? FAST_INPUTS : INPUTS;
    this.counts = [random.integer(inputs[0], inputs[1]), random.integer(inputs[0], inputs[1])];
    this.thinksMs = isFast ? FAST_THINKS_MS : THINKS_MS;
    this.idles = player.chance('idles');
    this.forfeits = player.chance('forfeits');
    this.cheats = player.chance('cheats') ? player.random.integer(1, 4) : 0;
  }

  begin(): void {
    const { actor, seen, player, context, server } = this;
    actor.onEnd((end) => {
      this.isOver = true;
      seen.end = end;
      context.closed(seen);
    });
    actor.onTurn((turn) => this.turn(turn));
    actor.onLive(() => {
      this.isLive = true;
      this.own.sent = this.own.back;
      this.next();
    });
    if (!player.chance('drops')) return;
    const back = player.random.integer(500, 40_000);
    server.clock.after(player.random.integer(0, 15_000), () => {
      if (this.isOver) return;
      context.did(server.name, player.id, `drops out for ${back} ms`);
      actor.dropped();
      server.clock.after(back, () => actor.returned());
    });
  }

  private turn(turn: BattleTurn): string | undefined {
    const { seen, context, own } = this;
    seen.turns.push(turn);
    context.turned(seen, turn);
    if (turn.side === seen.setup.side) own.back++;
    for (let at = 0; at < turn.data.length; at++)
      this.sum = (Math.imul(this.sum, 31) + turn.data.charCodeAt(at) + turn.side) | 0;
    if (this.isOver) return undefined;
    if (turn.data === FORFEIT) this.over(turn.side === 0 ? 1 : 0);
    else if (seen.turns.length === this.counts[0] + this.counts[1])
      this.over(([0, 1, 'draw'] as const)[Math.abs(this.sum) % 3] as 0 | 1 | 'draw');
    else if (this.isLive && turn.side === seen.setup.side) this.next();
    return this.cheats === 3 ? `${this.sum} of another battle` : String(this.sum);
  }

  private next(): void {
    const { actor, own, counts, seen, player, server } = this;
    if (this.isOver || own.sent > own.back || own.sent >= counts[seen.setup.side] || this.idles) return;
    const number = ++own.sent;
    server.clock.after(player.random.integer(...this.thinksMs), () => {
      if (this.isOver) return;
      if (this.cheats === 4) actor.refuse('cheated');
      else actor.send(this.forfeits && number > 1 ? FORFEIT : `${player.id} ${number}`);
    });
  }

  private over(winner: 0 | 1 | 'draw'): void {
    this.isOver = true;
    const { actor, player, server, seen } = this;
    const cheated = this.cheats === 1 ? seen.setup.side : winner;
    const digest = this.cheats === 2 ? 'another one' : String(this.sum);
    server.clock.after(player.random.integer(0, 2000), () => actor.over(cheated, digest));
  }
}
