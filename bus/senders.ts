/** Who has said what: each message counts once, and nobody says more than so many a second. */

/** Many times what a busy node says. */
export const MESSAGES_PER_SECOND = 20_000;
/** Sequences of a sender that are told apart; an older one counts as said before. */
const WINDOW = 4096;
/** Most messages of one call of a script. */
const MOST_OF_A_CALL = 65_535;
const MOST_SENDERS = 1024;
/** How far from the bus's time the first message of a sender may be. */
export const FRESH_MS = 60_000;

interface Spoken {
  readonly node: string;
  readonly boot: string;
  readonly sequence: number;
  readonly number: number;
  readonly at: number;
}

/** Takes so many a second, and as many at once after a second of silence. */
export class Bucket {
  private readonly perSecond: number;
  private tokens: number;
  private filledAt: number;

  constructor(perSecond: number, now: number) {
    this.perSecond = perSecond;
    this.tokens = perSecond;
    this.filledAt = now;
  }

  take(now: number): boolean {
    const gained = (Math.max(0, now - this.filledAt) / 1000) * this.perSecond;
    this.tokens = Math.min(this.perSecond, this.tokens + gained);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}

/** The newest sequences of one boot of one node. */
class Sender {
  readonly bucket: Bucket;
  /** The latest time that it gave. */
  latestAt = 0;
  private highest: number;
  /** By sequence: how many of its messages were heard or passed over. A script's arrive in their order. */
  private readonly heard = new Uint16Array(WINDOW);

  constructor(first: number, bucket: Bucket) {
    this.highest = first;
    this.bucket = bucket;
  }

  isNew({ sequence, number }: Spoken): boolean {
    if (sequence <= this.highest - WINDOW || number >= MOST_OF_A_CALL) return false;
    if (sequence - this.highest >= WINDOW) this.heard.fill(0);
    else for (let passed = this.highest + 1; passed <= sequence; passed++) this.heard[passed % WINDOW] = 0;
    this.highest = Math.max(this.highest, sequence);
    const slot = sequence % WINDOW;
    if (number < (this.heard[slot] as number)) return false;
    this.heard[slot] = number + 1;
    return true;
  }
}

export type Unheard = 'replayed' | 'stale' | 'senders' | 'rate';

export class Senders {
  private readonly perSecond: number;
  private readonly known = new Map<string, Sender>();

  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  /**
   * Takes a message whose signature is right, or says why not. A sender that is not known yet must give the bus's time, or what it said long ago
   * could be said again to whoever was not there. When there are too many, those go whose messages have all become too old for that.
   */
  take(spoken: Spoken, now: number): Unheard | undefined {
    const name = `${spoken.boot} ${spoken.node}`;
    let sender = this.known.get(name);
    if (!sender) {
      if (Math.abs(spoken.at - now) > FRESH_MS) return 'stale';
      if (this.known.size >= MOST_SENDERS && !this.forget(now)) return 'senders';
      sender = new Sender(spoken.sequence, new Bucket(this.perSecond, now));
      this.known.set(name, sender);
    }
    if (!sender.isNew(spoken)) return 'replayed';
    sender.latestAt = Math.max(sender.latestAt, spoken.at);
    return sender.bucket.take(now) ? undefined : 'rate';
  }

  private forget(now: number): boolean {
    for (const [name, { latestAt }] of this.known) if (latestAt < now - FRESH_MS) this.known.delete(name);
    return this.known.size < MOST_SENDERS;
  }
}
