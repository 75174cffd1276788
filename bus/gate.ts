/**
 * What goes out is signed, what comes in is looked at in the order of what it costs: size, room, signature, whether it was heard before, rate,
 * and only then is it parsed. A refused message is a value, counted by its reason; it never throws.
 */
import { Subject } from 'rxjs';
import type { BusFault } from './bus.ts';
import { decode, encode, show } from './codec.ts';
import { type Message, MOST_TEXT } from './messages.ts';
import { type Reason, type Refusals, refusals, WANTED } from './refusals.ts';
import { Bucket, Senders } from './senders.ts';
import { Alias, isSealed, MOST_HEADER, markOf, openSeal, Signature, type SigningOptions } from './signature.ts';

export interface GateOptions {
  readonly realm: string;
  /** Left out: messages are not signed, and signed ones are refused. */
  readonly signing?: SigningOptions | undefined;
  /** Of one sender; where nobody signs, of all together. */
  readonly messagesPerSecond: number;
  /** The bus's time in ms, as far as it is known. */
  busNow(): number;
}

export class Gate {
  readonly faults$ = new Subject<BusFault>();
  readonly refused: Refusals = refusals();
  /** Of the secret; empty where nobody signs. */
  readonly mark: string;
  private readonly signature: Signature | undefined;
  private readonly alias: Alias | undefined;
  private readonly senders: Senders;
  private readonly everybody: Bucket;
  private readonly busNow: () => number;

  constructor({ realm, signing, messagesPerSecond, busNow }: GateOptions) {
    this.mark = signing ? markOf(realm, signing.secret) : '';
    this.signature = signing && new Signature(realm, signing);
    this.alias = signing && new Alias(realm, signing.secret);
    this.senders = new Senders(messagesPerSecond);
    this.busNow = () => Math.max(0, Math.floor(busNow()));
    this.everybody = new Bucket(messagesPerSecond, this.busNow());
  }

  get signs(): boolean {
    return this.signature !== undefined;
  }

  /** The text of a message. Throws when it is too long. */
  out(room: string, message: Message): string {
    const text = encode(message);
    const now = this.busNow();
    const signature = message.kind === 'INSTANT_MATCH_WAITLIST' ? this.alias?.at(now) : this.signature;
    return signature ? signature.sign(room, text, now) : text;
  }

  /** What a script needs to sign what it says; of one call. Empty where nobody signs. `anonymous`: under a name that does not tell which node it is. */
  seal(anonymous = false): string {
    const now = this.busNow();
    const signature = anonymous ? this.alias?.at(now) : this.signature;
    return signature?.seal(now) ?? '';
  }

  /** The message that was heard in a room, or undefined when it is refused. */
  in(room: string, text: string): Message | undefined {
    if (text.length > MOST_TEXT + MOST_HEADER) return this.refuse('size', room, `${text.length} characters`);
    const { signature } = this;
    if (!signature) {
      if (isSealed(text)) return this.refuse('signed', room, show(openSeal(text)?.node));
      if (!this.everybody.take(this.busNow())) return this.refuse('rate', room, 'more');
      return this.decoded(room, text);
    }
    const sealed = isSealed(text) ? openSeal(text) : undefined;
    if (!sealed) return this.refuse('unsigned', room, show(text));
    if (sealed.room !== room) return this.refuse('room', room, show(sealed.room));
    if (!signature.confirms(sealed)) return this.refuse('forged', room, show(sealed.node));
    const unheard = this.senders.take(sealed, this.busNow());
    return unheard === undefined ? this.decoded(room, sealed.text) : this.refuse(unheard, room, show(sealed.node));
  }

  private decoded(room: string, text: string): Message | undefined {
    const decoded = decode(text);
    if ('message' in decoded) return decoded.message;
    const reason = text.length > MOST_TEXT ? 'size' : 'malformed';
    this.refused[reason]++;
    this.faults$.next({ ...decoded, reason, room });
    return undefined;
  }

  private refuse(reason: Exclude<Reason, 'malformed'>, room: string, found: string): undefined {
    this.refused[reason]++;
    this.faults$.next({ reason, room, kind: '', malformed: [{ path: '', expected: WANTED[reason], found }] });
    return undefined;
  }
}
