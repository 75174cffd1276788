/** A game server of the bench, in a process of its own: what it is told comes over IPC, and so does what happened. */
import { NEVER } from 'rxjs';
import { type Jaeger, jaeger, type Notice, type Options, type RedisBus, redisBus } from '../../../plugin/index.ts';
import { rawClient, rawTrips } from '../raw.ts';
import { scriptedHost } from './player.ts';

export interface StartOptions {
  readonly url: string;
  readonly realm: string;
  readonly nodeId: string;
  /** Does it campaign for the lease? */
  readonly leads: boolean;
  /** What of its queue is not the default. */
  readonly queue?: NonNullable<Options['queues']>[string];
}

export interface Player {
  readonly id: string;
  readonly elo: number;
}

export interface Counts {
  /** Players of this node who were told their new Elo. */
  readonly rated: number;
  /** From each add to the BEGIN of the match that came of it, in ms, of those that began since the last count. */
  readonly addToBeginMs: readonly number[];
  /** Notices that no match of the bench should bring, and faults. */
  readonly wrong: number;
  /** What this process has used of a processor, in ms. */
  readonly cpuMs: number;
}

/** What the leader said of its work, with the time of this machine's monotonic clock, which all its processes share. */
export interface LeaderNews {
  readonly kind: 'leading' | 'found';
  readonly at: number;
}

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

class BenchNode {
  private node: Jaeger | undefined;
  private bus: RedisBus | undefined;
  private readonly waiters = new Map<string, (notice: Notice) => void>();
  private readonly addedAt = new Map<string, number>();
  private readonly news: LeaderNews[] = [];
  private looping = new Set<string>();
  private rated = 0;
  private wrong = 0;
  private addToBeginMs: number[] = [];

  async start({ url, realm, nodeId, leads, queue = {} }: StartOptions): Promise<void> {
    const host = scriptedHost((player, notice) => this.told(player, notice));
    const config = { nodeId, realm, log: 'none' as const, queues: { ranked: queue } };
    if (leads) this.node = jaeger({ ...config, redis: url }, host);
    else {
      this.bus = redisBus(url, { realm });
      this.node = jaeger(config, host, { bus: { ...this.bus, holdLease: () => NEVER } });
    }
    this.node.events$.subscribe((event) => {
      if (event.kind === 'leading' || event.kind === 'found')
        if (!this.news.some(({ kind }) => kind === event.kind)) this.news.push({ kind: event.kind, at: now() });
      if (event.kind === 'fault' || event.kind === 'refused' || event.kind === 'incident') {
        this.wrong++;
        process.stderr.write(`${JSON.stringify(event)}\n`);
      }
    });
    await this.node.start();
  }

  /** Ends it as a game server does when it stops; resolves with the time at which it was asked to. */
  async stop(): Promise<number> {
    const at = now();
    await this.node?.stop();
    await this.bus?.close();
    return at;
  }

  /** These wait from now on. */
  async add(players: readonly Player[]): Promise<void> {
    await Promise.all(players.map(({ id, elo }) => (this.node as Jaeger).add({ id, elo })));
  }

  /** Adds one whose opponent is there, and resolves with how long it took until BEGIN, in ms, once Elo is there too. */
  async addAndPlay({ id, elo }: Player): Promise<number> {
    const startedAt = now();
    let begunAt = 0;
    const rated = new Promise<void>((resolve) => {
      this.waiters.set(id, ({ kind }) => {
        if (kind === 'begun') begunAt = now();
        if (kind === 'elo') resolve();
      });
    });
    await (this.node as Jaeger).add({ id, elo });
    await rated;
    this.waiters.delete(id);
    return begunAt - startedAt;
  }

  /** Each of them plays one match after the other from now on: whoever was told the Elo is added again at once. */
  async loop(players: readonly Player[]): Promise<void> {
    for (const player of players) {
      this.looping.add(player.id);
      this.waiters.set(player.id, ({ kind }) => {
        if (kind === 'elo' && this.looping.has(player.id)) this.again(player);
      });
      this.again(player);
    }
  }

  async endLoop(): Promise<void> {
    this.looping.clear();
  }

  async counts(): Promise<Counts> {
    const { user, system } = process.cpuUsage();
    const { rated, wrong, addToBeginMs } = this;
    this.addToBeginMs = [];
    return { rated, wrong, addToBeginMs, cpuMs: (user + system) / 1000 };
  }

  /** Trips to Redis by ioredis alone, so many under way at once, for so long; how many were made. */
  async rawTrips(url: string, atOnce: number, forMs: number): Promise<number> {
    const [asks, hears] = [rawClient(url), rawClient(url)];
    try {
      return (await rawTrips({ asks, hears, channel: `raw:${process.pid}`, atOnce, forMs })).length;
    } finally {
      asks.disconnect();
      hears.disconnect();
    }
  }

  /** When this first happened as leader since the process began; null while it did not. */
  async leaderNews(kind: LeaderNews['kind']): Promise<number | null> {
    return this.news.find((each) => each.kind === kind)?.at ?? null;
  }

  private again({ id, elo }: Player): void {
    this.addedAt.set(id, now());
    (this.node as Jaeger).add({ id, elo }).catch((error: Error) => {
      this.wrong++;
      process.stderr.write(`${error.message}\n`);
    });
  }

  private told(player: string, notice: Notice): void {
    if (notice.kind === 'begun') {
      const addedAt = this.addedAt.get(player);
      if (addedAt !== undefined) this.addToBeginMs.push(now() - addedAt);
    } else if (notice.kind === 'elo') this.rated++;
    else if (notice.kind === 'withdrawn' || notice.kind === 'void' || notice.kind === 'back') this.wrong++;
    this.waiters.get(player)?.(notice);
  }
}

export type Method = {
  [K in keyof BenchNode]: BenchNode[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof BenchNode];
export type Call = { readonly id: number; readonly method: Method; readonly args: readonly unknown[] };
export type Reply = { readonly id: number; readonly result?: unknown; readonly error?: string };
export type Remote = Pick<BenchNode, Method>;

/** Does what it is told until the one that tells is gone. */
export function serve(): void {
  const node = new BenchNode();
  process.on('message', ({ id, method, args }: Call) => {
    const work = (node[method] as (...given: readonly unknown[]) => Promise<unknown>).call(node, ...args);
    work.then(
      (result) => process.send?.({ id, result } satisfies Reply),
      (error: Error) => process.send?.({ id, error: error.message } satisfies Reply),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
