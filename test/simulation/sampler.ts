/**
 * What must hold at every moment, looked at from beside the nodes: one atomic script reads all records many times a second, and
 * everything that is said in the realm is heard in the order in which Redis did it.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { tagOf } from '../../bus/rooms.ts';
import { until } from '../../scripts/redis.ts';

const SAMPLE = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'sample.lua'), 'utf8');
const EVERY_MS = 50;
/** What only a leader's fenced transition says. */
const FENCED = new Set(['OFFER', 'WITHDRAWN', 'BACK', 'SUCCESS', 'CANCELLED', 'BEGIN', 'TEAM', 'START', 'ELO', 'VOID']);

export interface Sample {
  readonly problems: readonly string[];
  readonly now: number;
  readonly epochs: Readonly<Record<string, number>>;
  /** Who leads: `epoch:token`, or empty. */
  readonly leases: Readonly<Record<string, string>>;
  readonly tickets: readonly {
    readonly ticket: string;
    readonly queue: string;
    readonly node: string;
    readonly player: string;
    readonly state: 'waiting' | 'locked';
    readonly offerId?: string;
    readonly first: number;
  }[];
  /** Of those who wait for an instant match. */
  readonly requests: readonly { readonly ticket: string; readonly node: string; readonly player: string }[];
  readonly matches: readonly {
    readonly matchId: string;
    readonly stage: string;
    readonly deadline: number;
    readonly nodes: readonly [string, string];
    readonly taken: readonly [boolean, boolean];
  }[];
  readonly offers: readonly { readonly offerId: string; readonly deadline: number }[];
}

/** An empty list comes from Lua as an object. */
const list = <T>(value: readonly T[] | object): readonly T[] => (Array.isArray(value) ? value : []);

const clientOf = (port: number): Redis => {
  const client = new Redis(port, '127.0.0.1', {
    ...{ lazyConnect: true, autoResendUnfulfilledCommands: false, enableOfflineQueue: false, maxRetriesPerRequest: 0 },
    ...{ commandTimeout: 1000, autoResubscribe: false, replyMapping: 'legacy', retryStrategy: () => 50 },
  });
  client.on('error', () => undefined);
  return client;
};

export class Sampler {
  /** Everything that was found wrong, each once. */
  readonly problems = new Set<string>();
  samples = 0;
  latest: Sample | undefined;
  /** When each ticket was first considered, as it was seen first. */
  readonly first = new Map<string, number>();
  /** The servers of each match that was seen. */
  readonly nodesOf = new Map<string, Sample['matches'][0]['nodes']>();
  private readonly client: Redis;
  private readonly ear: Redis;
  private readonly tag: string;
  private readonly queues: readonly string[];
  private before: Sample | undefined;
  /** The newest epoch that spoke or led, by queue. */
  private readonly spoken = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private sampling: Promise<unknown> = Promise.resolve();

  constructor(port: number, realm: string, queues: readonly string[]) {
    this.tag = tagOf(realm);
    this.queues = queues;
    this.client = clientOf(port);
    this.ear = clientOf(port);
    const listen = (): void => void this.ear.psubscribe(`${this.tag}:*`).catch(() => this.ear.disconnect(true));
    this.ear.on('ready', listen);
    this.ear.on('pmessage', (_: string, room: string, text: string) => this.hear(room, text));
  }

  async start(): Promise<void> {
    const both = [this.client, this.ear];
    // Where all has just begun an answer may take too long: it connects again by itself.
    for (const client of both) client.connect().catch(() => undefined);
    await until('the sampler is connected', () => both.every(({ status }) => status === 'ready'));
    this.timer = setInterval(() => {
      this.sampling = this.sampling.then(() => this.sample().catch(() => undefined));
    }, EVERY_MS);
  }

  /** A last look, which must succeed. */
  async stop(): Promise<Sample> {
    clearInterval(this.timer);
    await this.sampling;
    return this.sample();
  }

  close(): void {
    clearInterval(this.timer);
    this.client.disconnect();
    this.ear.disconnect();
  }

  async sample(): Promise<Sample> {
    const text = await this.client.eval(SAMPLE, 1, `${this.tag}:any`, ...this.queues);
    const raw = JSON.parse(text as string) as Sample;
    const sample: Sample = {
      ...raw,
      ...{
        problems: list(raw.problems),
        tickets: list(raw.tickets),
        requests: list(raw.requests),
        matches: list(raw.matches),
        offers: list(raw.offers),
      },
    };
    for (const problem of sample.problems) this.problems.add(problem);
    this.compare(sample);
    this.before = sample;
    this.latest = sample;
    this.samples++;
    return sample;
  }

  /** Says something in the realm, so many times; how many heard it at last. */
  async shout(room: string, text: string, times: number): Promise<number> {
    const heard = await Promise.all(Array.from({ length: times }, () => this.client.publish(`${this.tag}:${room}`, text)));
    return heard.at(-1) ?? 0;
  }

  /** Redis comes back with older data: it is not compared with what there was. */
  wentBack(): void {
    this.before = undefined;
  }

  private compare(sample: Sample): void {
    const { before } = this;
    for (const queue of this.queues) {
      const [epoch, was] = [sample.epochs[queue] ?? 0, before?.epochs[queue] ?? 0];
      const [lease, held] = [sample.leases[queue] ?? '', before?.leases[queue] ?? ''];
      // Redis that lost its data has none until somebody leads again.
      if (epoch < was && epoch !== 0) this.problems.add(`the epoch of ${queue} went from ${was} back to ${epoch}`);
      if (lease !== '' && held !== '' && lease !== held && epoch <= was)
        this.problems.add(`the lease of ${queue} went from ${held} to ${lease} under the same epoch`);
    }
    for (const { matchId, nodes } of sample.matches) this.nodesOf.set(matchId, nodes);
    for (const { ticket, first } of sample.tickets) {
      const known = this.first.get(ticket);
      if (known !== undefined && known !== first)
        this.problems.add(`ticket ${ticket} was first considered at ${known}, now it says ${first}`);
      this.first.set(ticket, first);
    }
  }

  /** What is heard comes in the order in which Redis did it, the samples too. */
  private hear(room: string, text: string): void {
    const sampled = `${this.tag}:sampled:`;
    if (room.startsWith(sampled)) {
      this.speaks(room.slice(sampled.length), Number(text));
      return;
    }
    // Not everything that is said in a realm is a message: junk, and that a lease was given back.
    if (!text.startsWith('{')) return;
    const { kind, queue, epoch } = JSON.parse(text) as { kind: string; queue: string; epoch: number };
    if (!FENCED.has(kind)) return;
    const newest = this.spoken.get(queue) ?? 0;
    if (epoch < newest) this.problems.add(`${kind} was written under epoch ${epoch} after ${newest} had led`);
    this.speaks(queue, epoch);
  }

  private speaks(queue: string, epoch: number): void {
    this.spoken.set(queue, Math.max(epoch, this.spoken.get(queue) ?? 0));
  }
}
