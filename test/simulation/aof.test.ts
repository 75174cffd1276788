import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wholeUntil } from './aof.ts';

const command = (...parts: readonly string[]): string =>
  `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;

test('a log is cut where a command ends, and what belongs together goes together', () => {
  const pieces = ['#TS:1700000000\r\n', command('SET', 'a', '*1\r\n$4\r\nEXEC'), command('DEL', 'ä')];
  const together = command('MULTI') + command('SET', 'b', '') + command('EXEC');
  const all = [...pieces, together, command('DEL', 'c')];
  const log = Buffer.from(all.join(''));
  const ends = all.map((_, at) => Buffer.byteLength(all.slice(0, at + 1).join('')));
  for (let most = 0; most <= log.length; most++)
    assert.is(wholeUntil(log, most), ends.filter((end) => end <= most).at(-1) ?? 0, `until ${most}`);
  for (const end of ends) assert.is(wholeUntil(log.subarray(0, end), log.length), end);
  assert.is(wholeUntil(log.subarray(0, log.length - 3), log.length), ends.at(-2), 'a command of which a part is missing');
});

test.run();
