/** A call as it is written out here is, byte for byte, what the library would write. */
import * as fc from 'fast-check';
import { Command } from 'ioredis';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scripts } from '../../../bus/generated/lua.ts';
import type { Script } from '../../../bus/redis/link.ts';
import { scriptCall } from '../../../bus/redis/script-call.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const written = (script: Script, keys: readonly string[], args: readonly string[]): string => {
  const name = script.source.includes('flags=no-writes') ? 'evalsha_ro' : 'evalsha';
  return String(new Command(name, [script.sha, String(keys.length), ...keys, ...args]).toWritable({}));
};

test('whatever keys and arguments there are, in whatever order scripts, queues and matches come', () => {
  const few = [scripts.advance, scripts.append, scripts.match, scripts.clock];
  const call = fc.record({
    script: fc.constantFrom<Script>(...few),
    realm: fc.constantFrom('a', 'b'),
    match: fc.constantFrom('m1', 'm2', 'π'),
    args: fc.array(text, { minLength: 30, maxLength: 30 }),
  });
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 20 }), (calls) => {
      for (const { script, realm, match, args } of calls) {
        const keys = script.keys.map((key) => `{jg:${realm}}:${key}${key === 'log' || key === 'parts' ? `:${match}` : ''}`);
        const given = args.slice(0, script.args.length);
        assert.is(scriptCall(script, keys, given).toWritable({}), written(script, keys, given));
      }
    }),
  );
});

test('heads of many realms are not kept without end', () => {
  for (let realm = 0; realm < 1000; realm++) {
    const keys = [`{jg:${realm}}:matches`, '{jg}:ended', '{jg}:entries'];
    assert.is(scriptCall(scripts.match, keys, ['m']).toWritable({}), written(scripts.match, keys, ['m']));
  }
});

test('the library finds the node of a cluster by the first key', () => {
  const one = scriptCall(scripts.match, ['{jg:a}:matches', '{jg:a}:ended', '{jg:a}:entries'], ['m']);
  const other = scriptCall(scripts.append, ['{jg:a}:x'], ['m']);
  assert.equal(one.getKeys(), ['{jg:a}:matches']);
  assert.is(one.getSlot(), other.getSlot());
});

test.run();
