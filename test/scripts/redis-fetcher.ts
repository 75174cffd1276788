/** A process that wants a redis-server of a cache folder, starts it, and notes in a file who fetched. Fetching is slow, and comes by halves. */
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, startRedis } from '../../scripts/redis.ts';
import { cachedBinary, redisBinary } from '../../scripts/redis-binary.ts';

const [cache = '', fetches = ''] = process.argv.slice(2);
const binary = cachedBinary(cache, (folder) => {
  appendFileSync(fetches, `${process.pid}\n`);
  const [bin, lib] = ['bin', 'lib'].map((name) => join(folder, 'usr', name)) as [string, string];
  for (const each of [bin, lib]) mkdirSync(each, { recursive: true });
  const file = join(bin, 'redis-server');
  writeFileSync(file, 'not yet');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  const { file: real, libraries } = redisBinary();
  writeFileSync(
    file,
    `#!/bin/sh\n${libraries === undefined ? '' : `export LD_LIBRARY_PATH=${libraries}\n`}exec ${real} "$@"\n`,
  );
  chmodSync(file, 0o755);
  return '';
});
if (typeof binary === 'string') throw new Error(binary);
startRedis({ binary })
  .then(async (server) => {
    process.stdout.write((await ask(server.port, 'PING')) ?? 'no answer');
    await server.stop();
  })
  .catch((error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  });
