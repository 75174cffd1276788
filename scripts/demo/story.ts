/** The demo's story: the players and when they come, and what became of each match, told by the events of all nodes. */
import { Subject } from 'rxjs';
import type { Stage } from '../../matcher/index.ts';
import type { JaegerEvent } from '../../plugin/events.ts';
import { randomOf } from '../random.ts';

export interface StoryOptions {
  readonly seed: string;
  /** Generated players, or null for the four of the seeds. */
  readonly players: number | null;
  readonly nodes: number;
  /** Generated players that come, a second. */
  readonly rate: number;
}

export interface Player {
  readonly id: string;
  readonly name: string;
  readonly elo: number;
  readonly node: string;
  /** When it queues, in ms of the story's time. */
  readonly at: number;
}

/** One match, as far as it got. */
export interface Row {
  readonly matchId: string;
  readonly players: readonly [string, string];
  /** How long each waited, in ms. */
  readonly waitedMs: [number, number];
  turns: number;
  winner: 0 | 1 | 'draw' | undefined;
  readonly before: [number, number];
  readonly after: [number | undefined, number | undefined];
  readonly digests: [string | undefined, string | undefined];
  /** How it ended: `rated`, `void`, `cancelled`, or the stage in which it is. */
  stage: Stage;
}

/** The seeds' four. Joe's range has grown to ±30 when the others come. */
const SEED_PLAYERS: readonly Player[] = [
  { id: 'joe', name: 'Joe', elo: 1050, node: 'A', at: 0 },
  { id: 'jeff', name: 'Jeff', elo: 1080, node: 'B', at: 15_000 },
  { id: 'bob', name: 'Bob', elo: 1070, node: 'B', at: 15_000 },
  { id: 'janet', name: 'Janet', elo: 950, node: 'A', at: 15_000 },
];

export const nodeName = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

/** Players with Elo normal(1000, 200) who come as a Poisson stream, spread over the nodes. */
function generated({ seed, players, nodes, rate }: StoryOptions): Player[] {
  const random = randomOf(seed, 'players');
  let at = 0;
  return Array.from({ length: players ?? 0 }, (_, index) => {
    at += random.exponential(1000 / rate);
    const id = `p${String(index + 1).padStart(String(players).length, '0')}`;
    const elo = Math.max(0, Math.round(random.normal(1000, 200)));
    return { id, name: id.toUpperCase(), elo, node: nodeName(random.integer(0, nodes - 1)), at: Math.floor(at) };
  });
}

/** In the order in which a match comes to them; how it ends is the last. */
const STAGES: readonly Stage[] = ['joining', 'teams', 'validating', 'battle', 'rated', 'closed', 'cancelled', 'void'];

export class Story {
  readonly players: readonly Player[];
  readonly rows = new Map<string, Row>();
  /** Who is in a queue or an offer, with the time since when. */
  readonly waiting = new Map<string, { player: Player; since: number }>();
  private readonly happened = new Subject<JaegerEvent>();
  private readonly byId = new Map<string, Player>();
  private readonly entered = new Map<string, number>();
  private arrived = 0;
  private readonly faulty: string[] = [];

  constructor(options: StoryOptions) {
    this.players = options.players === null ? SEED_PLAYERS : generated(options);
    for (const player of this.players) this.byId.set(player.id, player);
  }

  get events$() {
    return this.happened.asObservable();
  }

  /** Everything that went wrong with Jaeger or a host. */
  get faults(): readonly string[] {
    return this.faulty;
  }

  /** Has everybody come? */
  get complete(): boolean {
    return this.arrived === this.players.length;
  }

  /** Has everybody come, and is nobody left who could still be matched? A single waiting player has no opponent. */
  get over(): boolean {
    return this.complete && this.open.length === 0 && this.waiting.size <= 1;
  }

  /** Matches that are not over. */
  get open(): Row[] {
    return [...this.rows.values()].filter(({ stage }) => stage !== 'closed' && stage !== 'void' && stage !== 'cancelled');
  }

  /** A player is in the queue, or could not be added. */
  came(player: Player, problem?: string): void {
    this.arrived++;
    if (problem !== undefined) this.faulty.push(`${player.name} could not queue: ${problem}`);
  }

  gameTurns(matchId: string, turns: number): void {
    const row = this.rows.get(matchId);
    if (row) row.turns = turns;
  }

  take(event: JaegerEvent): void {
    switch (event.kind) {
      case 'entered':
        this.entered.set(event.id, event.at);
        this.wait(event.id);
        break;
      case 'back':
        this.wait(event.id);
        break;
      case 'withdrawn':
      case 'removed':
        this.waiting.delete(event.id);
        break;
      case 'stage':
        if (!this.stage(event)) return;
        break;
      case 'over': {
        const row = this.rows.get(event.matchId);
        const side = row?.players.indexOf(event.id) as 0 | 1;
        if (row) row.digests[side] = event.digest;
        break;
      }
      case 'elo': {
        const row = this.rows.get(event.matchId);
        if (!row) break;
        row.winner = event.winner;
        row.before[event.side] = event.old;
        row.after[event.side] = event.new;
        break;
      }
      case 'fault':
        this.faulty.push(`${event.node}: ${event.where}: ${event.error}`);
        break;
      case 'refused':
        this.faulty.push(`${event.node}: ${event.count} messages refused in ${event.room}: ${event.reason}`);
        break;
      case 'incident':
        this.faulty.push(`${event.node}: ${event.code}: ${event.detail}`);
        break;
    }
    this.happened.next(event);
  }

  private wait(id: string): void {
    const player = this.byId.get(id);
    const since = this.entered.get(id);
    if (player && since !== undefined) this.waiting.set(id, { player, since });
  }

  /** Is it news? A new leader tells the stage of every match that it takes up; one that stood still may tell its last one after that. */
  private stage({ matchId, stage, sides, at }: JaegerEvent & { kind: 'stage' }): boolean {
    const known = this.rows.get(matchId);
    if (known) {
      const isNews = STAGES.indexOf(stage) > STAGES.indexOf(known.stage);
      if (isNews) known.stage = stage;
      return isNews;
    }
    const waited = (id: string): number => at - (this.waiting.get(id)?.since ?? at);
    this.rows.set(matchId, {
      matchId,
      players: [sides[0].id, sides[1].id],
      waitedMs: [waited(sides[0].id), waited(sides[1].id)],
      turns: 0,
      winner: undefined,
      before: [sides[0].elo, sides[1].elo],
      after: [undefined, undefined],
      digests: [undefined, undefined],
      stage,
    });
    for (const side of sides) this.waiting.delete(side.id);
    return true;
  }
}
