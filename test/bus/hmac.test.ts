/** The quick way to a signature comes to what the ordinary one does. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Hmac, sha1 } from '../../bus/hmac.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  // Halves of surrogate pairs, and what is about as long as the quick way takes.
  fc.constantFrom('', '\ud800', 'a\udc00b', 'é'.repeat(4096), '\uffff'.repeat(4096), 'x'.repeat(4097), '😀'.repeat(5000)),
);

test('HMAC-SHA-256 and SHA-1 of any texts, one after the other with the same key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(anyText, { minLength: 1, maxLength: 8 }), (bytes, texts) => {
      const hmac = new Hmac(Buffer.from(bytes));
      for (const text of texts) {
        assert.is(hmac.of(text), createHmac('sha256', bytes).update(text).digest('hex'));
        assert.is(sha1(text), createHash('sha1').update(text).digest('hex'));
      }
    }),
  );
});

test('a key longer than a block is refused: it would have to be hashed first', () => {
  assert.throws(() => new Hmac(randomBytes(65)), /a key of 65 bytes/);
});

test.run();
