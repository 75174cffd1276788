/** "Pokémon Showdown in five minutes", typed as it stands in README.md, then Ctrl-C; but for the ports, which may be in use here, and where Redis is. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildJaeger } from '../../../scripts/build/dist.ts';
import { freePort, startRedis, until } from '../../../scripts/redis.ts';
import { blocksOf, isOfShowdown, root } from '../../readme.ts';

test('two servers are installed, get the plugin, start it, and stop with a word at Ctrl-C', async () => {
  const blocks = blocksOf().filter(isOfShowdown);
  assert.is(blocks.length, 3);
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-minutes-'));
  const here = join(folder, 'jaeger');
  mkdirSync(join(here, 'dist'), { recursive: true });
  buildJaeger(root, join(here, 'dist'));
  const redis = await startRedis();
  const env = { ...process.env, npm_config_prefer_offline: 'true', npm_config_audit: 'false', JAEGER_REDIS_URL: redis.url };
  const running: ChildProcess[] = [];
  const stops: (() => Promise<void>)[] = [];
  const end = (): void => {
    for (const { pid } of running.splice(0)) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  };
  process.on('exit', end);
  try {
    for (const { text } of blocks.slice(0, 2)) {
      const { status, stderr } = spawnSync('bash', ['-ec', text], { cwd: here, env, encoding: 'utf8' });
      assert.is(status, 0, stderr);
    }
    const lines = (blocks[2]?.text ?? '').trim().split('\n');
    assert.is(lines.length, 2);
    for (const line of lines) {
      assert.match(line, / start 800[12] --skip-build$/);
      const typed = line.replace(/\b800[12]\b/, String(await freePort()));
      const child = spawn('bash', ['-ec', typed], { cwd: here, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      running.push(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
      const name = /\.\.\/(\w+)\//.exec(line)?.[1];
      await until(`${name} runs`, () => output.includes(`[jaeger ${name}] started`), 180_000).catch((error) => {
        throw new Error(`${error}\n${output.slice(-2000)}`);
      });
      stops.push(async () => {
        // What a terminal does: also the processes that the server has started get it.
        process.kill(-(child.pid as number), 'SIGINT');
        await until(`${name} ends`, () => child.exitCode !== null || child.signalCode !== null, 20_000);
        running.splice(running.indexOf(child), 1);
        assert.match(output, `[jaeger ${name}] stopped`);
        assert.is(child.exitCode, 0);
      });
    }
    for (const stop of stops) await stop();
  } finally {
    end();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

test.run();
