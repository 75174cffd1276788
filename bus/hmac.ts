/**
 * HMAC-SHA-256 and SHA-1 of short texts, many times a second: Node's one-shot hash costs a fraction of the objects that make one piece by piece.
 * A Node that has none (before 20.12), and a long text, go the ordinary way.
 */
import type { KeyObject } from 'node:crypto';
import { crypto } from './pieces.ts';

const BLOCK = 64;
/** Longest text that is copied behind the key. */
const MOST_COPIED = 4096;

export class Hmac {
  private readonly key: KeyObject;
  /** The key in two disguises, each with room behind it for what is hashed. */
  private readonly inner = Buffer.alloc(BLOCK + 3 * MOST_COPIED, 0x36);
  private readonly outer = Buffer.alloc(BLOCK + 32, 0x5c);

  /** @param secret of at most 64 bytes, as a hash makes it */
  constructor(secret: Buffer) {
    if (secret.length > BLOCK) throw new RangeError(`hmac: a key of ${secret.length} bytes`);
    this.key = crypto().createSecretKey(secret);
    for (const [index, byte] of secret.entries()) {
      this.inner[index] = byte ^ 0x36;
      this.outer[index] = byte ^ 0x5c;
    }
  }

  /** In hex digits. */
  of(text: string): string {
    const { createHmac, hash } = crypto();
    if (!hash || text.length > MOST_COPIED) return createHmac('sha256', this.key).update(text).digest('hex');
    const length = this.inner.write(text, BLOCK);
    // As digits and back: a digest that is a buffer of its own costs more.
    this.outer.write(hash('sha256', this.inner.subarray(0, BLOCK + length), 'hex'), BLOCK, 'hex');
    return hash('sha256', this.outer, 'hex');
  }
}

export function sha1(text: string): string {
  const { createHash, hash } = crypto();
  return hash ? hash('sha1', text, 'hex') : createHash('sha1').update(text).digest('hex');
}
