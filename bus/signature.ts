/**
 * Signed texts: whoever knows the realm's secret said this, in this room, once.
 *
 *   s<HMAC-SHA-256> [node, boot, sequence, at, number, room]⏎ message     said by a node
 *   c<keyed SHA-1>  [node, boot, sequence, at, number, room]⏎ message     said by a script that a node called
 *
 * Everything behind the signature is signed, to the letter. A script may know more than the node that calls it (a revision, a turn
 * number, a deadline), so it signs by itself, with the one hash that Redis lends to Lua; the node hands it a key that is made by
 * HMAC-SHA-256 of this call's node, boot, sequence and time, and good for nothing else (`seal`, and `lua/shared/rooms.lua`).
 */

import { Hmac, sha1 } from './hmac.ts';
import { crypto } from './pieces.ts';

export interface SigningOptions {
  readonly secret: string;
  /** Whose messages these are, for those who refuse them. Whoever has the secret can say to be any node. */
  readonly node: string;
}

/** By which servers see that they have the same secret, and nobody what it is; of one secret another one in each realm. */
export const markOf = (realm: string, secret: string): string =>
  crypto().createHmac('sha256', secret).update(`jaeger mark ${realm}`).digest('hex').slice(0, 12);

/** What stands before a message. */
export interface Header {
  readonly node: string;
  /** New at each start: sequences begin anew. */
  readonly boot: string;
  /** Of the sender's boot, growing: one a message that a node says, one a script that it calls. */
  readonly sequence: number;
  /** The sender's idea of the bus's time, in ms. */
  readonly at: number;
  /** Which message of the script: 0, 1, 2 … */
  readonly number: number;
  readonly room: string;
}

export interface Sealed extends Header {
  /** The message. */
  readonly text: string;
  readonly mac: string;
  /** What the mac is of. */
  readonly signed: string;
}

/** Longest part of a text that stands before its message. */
export const MOST_HEADER = 2048;
const SAID = { mark: 's', length: 64 };
const CALLED = { mark: 'c', length: 40 };

/** Does this text begin as a signed one does? */
export const isSealed = (text: string): boolean => text[0] === SAID.mark || text[0] === CALLED.mark;

/** The header and the message of a signed text, whoever signed it; undefined where there is no such header. */
export function openSeal(text: string): Sealed | undefined {
  const { length } = text[0] === SAID.mark ? SAID : CALLED;
  const from = length + 2;
  const end = text.indexOf('\n', from);
  if (end === -1 || end >= MOST_HEADER || text[from - 1] !== ' ') return undefined;
  let header: unknown;
  try {
    header = JSON.parse(text.slice(from, end));
  } catch {
    return undefined;
  }
  if (!Array.isArray(header) || header.length !== 6) return undefined;
  const [node, boot, sequence, at, number, room] = header as readonly unknown[];
  if (typeof node !== 'string' || typeof boot !== 'string' || typeof room !== 'string') return undefined;
  if (!isCount(sequence) || !isCount(at) || !isCount(number)) return undefined;
  const [mac, signed] = [text.slice(0, from - 1), text.slice(from)];
  return { node, boot, sequence, at, number, room, mac, signed, text: text.slice(end + 1) };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export class Signature {
  readonly boot = crypto().randomBytes(12).toString('base64url');
  private readonly hmac: Hmac;
  private readonly who: string;
  private sequence = 0;

  /** The same secret makes another key in another realm. */
  constructor(realm: string, { secret, node }: SigningOptions) {
    this.hmac = new Hmac(crypto().createHmac('sha256', secret).update(`jaeger 1 ${realm}`).digest());
    this.who = JSON.stringify([node, this.boot]).slice(0, -1);
  }

  /** A text that a node says. */
  sign(room: string, text: string, at: number): string {
    const signed = `${this.who},${++this.sequence},${at},0,${JSON.stringify(room)}]\n${text}`;
    return `${SAID.mark}${this.hmac.of(signed)} ${signed}`;
  }

  /** For one call of a script: the key by which it signs, in 64 characters, and how its headers begin. */
  seal(at: number): string {
    const begin = `${this.who},${++this.sequence},${at},`;
    return this.keyOfCall(begin) + begin;
  }

  /** Was this signed with the realm's secret? */
  confirms(sealed: Sealed): boolean {
    const { mac, signed } = sealed;
    const due = Buffer.from(mac[0] === SAID.mark ? SAID.mark + this.hmac.of(signed) : CALLED.mark + this.byScript(sealed));
    const given = Buffer.from(mac);
    return due.length === given.length && crypto().timingSafeEqual(due, given);
  }

  private byScript({ node, boot, sequence, at, signed }: Sealed): string {
    const key = this.keyOfCall(`${JSON.stringify([node, boot, sequence, at]).slice(0, -1)},`);
    return sha1(key + sha1(key + signed));
  }

  private keyOfCall(begin: string): string {
    return this.hmac.of(`call ${begin}`);
  }
}

/** How long a name that means nothing is used: it must not become a name. */
const ALIAS_MS = 60_000;

/** Signs as somebody of the realm, nobody knows who. */
export class Alias {
  private readonly realm: string;
  private readonly secret: string;
  private signature: Signature | undefined;
  private madeAt = 0;

  constructor(realm: string, secret: string) {
    this.realm = realm;
    this.secret = secret;
  }

  at(now: number): Signature {
    if (!this.signature || now - this.madeAt >= ALIAS_MS) {
      this.signature = new Signature(this.realm, { secret: this.secret, node: '' });
      this.madeAt = now;
    }
    return this.signature;
  }
}
