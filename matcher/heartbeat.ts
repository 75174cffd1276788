/**
 * Which nodes are alive. A heartbeat is said, and judged when it is as old as the time between two of them: who gave no sign of life since is silent.
 *
 *   (none) ── said, and heard by the leader itself ──► counts ── heartbeatMs ──► judged, and the next one is said
 *      ▲                                                │
 *      └──────────────── the room is heard anew ────────┘
 *
 * A leader that does not hear its own heartbeat cannot know that the others did: such a one proves nothing.
 */

/** A node's last sign of life; times are bus time in ms. */
export interface Sign {
  node: string;
  boot: string;
  at: number;
  /** When this boot began. */
  since: number;
  /** Has it said goodbye, and does it mean to be back for its open matches? */
  gone: 'gone' | 'rejoin' | null;
}

/** One node's boot. */
export interface Booted {
  readonly node: string;
  readonly boot: string;
}

export interface Judged {
  /** Who gave a sign of life at this time or later is alive. */
  readonly since: number;
  /** Silent nodes, by name. */
  readonly silent: readonly string[];
  /** Of these who was not silent before, and who is not silent any more. */
  readonly lost: readonly string[];
  readonly back: readonly string[];
}

export class Heartbeats {
  /** When the heartbeat that counts was said. */
  private saidAt: number | undefined;
  /** By silent node: the first heartbeat that it did not answer. */
  private readonly silent = new Map<string, number>();
  private signs: ReadonlyMap<string, Sign> = new Map();
  private readonly silenceMs: number;

  /** @param silenceMs how long after the last sign of life a node's matches are given up */
  constructor(silenceMs: number) {
    this.silenceMs = silenceMs;
  }

  /** The leader has heard the heartbeat that it said at this time. */
  heard(saidAt: number): void {
    this.saidAt = saidAt;
  }

  /** The leader was deaf for a while: what it said before proves nothing. */
  interrupt(): void {
    this.saidAt = undefined;
  }

  /** When the heartbeat that is to be judged was said; undefined when there is none. */
  get counting(): number | undefined {
    return this.saidAt;
  }

  /** What is known of the nodes, as the bus keeps it. */
  learn(signs: readonly Sign[]): void {
    this.signs = new Map(signs.map((sign) => [sign.node, sign]));
  }

  /** The heartbeat that counts has had its time: judges these nodes by the signs that were learnt, at this bus time or before. Undefined when none counts. */
  judge(nodes: Iterable<string>, now: number): Judged | undefined {
    const since = this.saidAt;
    if (since === undefined) return undefined;
    this.saidAt = undefined;
    const silent = [...new Set(nodes)].filter((node) => !this.livesSince(node, since, now)).sort();
    const lost = silent.filter((node) => !this.silent.has(node));
    const back = [...this.silent.keys()].filter((node) => this.livesSince(node, since, now)).sort();
    for (const node of back) this.silent.delete(node);
    for (const node of lost) this.silent.set(node, since);
    return { since, silent, lost, back };
  }

  /** Bus time at which the matches of a node's boot are given up; undefined while it is alive as far as is known. */
  givenUpAt({ node, boot }: Booted): number | undefined {
    const sign = this.signs.get(node);
    const missed = this.silent.get(node);
    if (!sign) return missed === undefined ? undefined : missed + this.silenceMs;
    // Its battles ended with it: who began anew knows nothing of them.
    if (sign.boot !== boot) return sign.since + this.silenceMs;
    if (sign.gone === 'gone') return sign.at;
    if (sign.gone === 'rejoin') return sign.at + this.silenceMs;
    return missed === undefined ? undefined : sign.at + this.silenceMs;
  }

  isSilent(node: string): boolean {
    return this.silent.has(node);
  }

  /** These gave a sign of life after all. */
  acquit(nodes: readonly string[]): void {
    for (const node of nodes) this.silent.delete(node);
  }

  /** A sign from the future is no answer: it was given before the bus's clock was set back. */
  private livesSince(node: string, since: number, now: number): boolean {
    const sign = this.signs.get(node);
    return sign !== undefined && sign.gone === null && sign.at >= since && sign.at <= now;
  }
}
