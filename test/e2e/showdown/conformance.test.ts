/** The adapter is tried out with `conformance`, as authors try out theirs: in a real server, whose battles they are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Conformance } from '../../../plugin/index.ts';
import { until } from '../../../scripts/redis.ts';
import { root } from '../../../scripts/showdown/install.ts';
import { ShowdownServer } from '../../../scripts/showdown/server.ts';

test('nothing that may go wrong in a match goes wrong', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-tried-'));
  const plugin = join(folder, 'tried-out.js');
  buildSync({
    ...{ absWorkingDir: root, entryPoints: ['test/e2e/showdown/tried-out.ts'], outfile: plugin },
    ...{ bundle: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'], external: ['ioredis'] },
  });
  const server = await ShowdownServer.start({ plugins: [plugin] });
  try {
    let found: Pick<Conformance, 'checks' | 'text'> | undefined;
    const reads = (): boolean => {
      const [, json] = /\[tried out\] (\{.*\})\n/.exec(server.output) ?? [];
      found = json === undefined ? undefined : JSON.parse(json);
      return found !== undefined;
    };
    await until('the adapter is tried out', reads, 60_000).catch((error: Error) => {
      throw new Error(`${error.message}\n${server.output.slice(-3000)}`);
    });
    const { checks = [], text } = found ?? {};
    assert.is(checks.length, 28, text);
    assert.equal(
      checks.filter(({ outcome }) => outcome !== 'held'),
      [],
      text,
    );
    assert.not.match(server.output, /CRASH/);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
