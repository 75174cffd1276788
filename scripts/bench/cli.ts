/** `jaeger status` where 10,000 wait and 500 matches are open: how long it takes, and how long Redis is held up by one of its commands. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { redisBus } from '../../bus/redis.ts';
import { runCli } from '../../plugin/cli/program.ts';
import { realScheduler } from '../../plugin/runtime.ts';
import { fillRealm } from '../full-realm.ts';
import type { Report } from './report.ts';
import { median } from './statistics.ts';
import { runPart, type Task } from './task.ts';

const WAITING = 10_000;
const MATCHES = 500;
const RUNS = 10;
const MOST_MS = 1000;
const MOST_COMMAND_MS = 5;

async function status(report: Report, { url }: Task): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-bench-'));
  const bus = redisBus(url, { scheduler: realScheduler, random: Math.random });
  const redis = new Redis(url);
  let resign = (): void => undefined;
  try {
    resign = await fillRealm(bus, WAITING, MATCHES);
    const config = join(folder, 'jaeger.json');
    writeFileSync(config, JSON.stringify({ nodeId: 'owner', redis: url }));
    const look = async (): Promise<number> => {
      const began = performance.now();
      const exit = await runCli(['status'], {
        ...{ environment: { JAEGER_CONFIG: config }, folder, isInteractive: false, home: folder },
        ...{ out: () => undefined, err: (text: string) => report.line(text), ask: async () => '' },
        interrupted: new Promise<void>(() => undefined),
      });
      if (exit !== 0) throw new Error(`jaeger status ended with ${exit}`);
      return performance.now() - began;
    };
    // Redis keeps the longest of its commands, in microseconds.
    await redis.config('SET', 'slowlog-log-slower-than', '0', 'slowlog-max-len', '100000');
    const times: number[] = [];
    const longest: number[] = [];
    let commands = 0;
    for (let run = 0; run < RUNS; run++) {
      await redis.call('SLOWLOG', 'RESET');
      times.push(await look());
      const slow = (await redis.call('SLOWLOG', 'GET', '-1')) as readonly (readonly [number, number, number, string[]])[];
      commands += slow.length;
      longest.push(Math.max(...slow.map(([, , micros]) => micros / 1000)));
    }
    report.section(`jaeger status, ${WAITING.toLocaleString('en')} wait, ${MATCHES} matches are open`);
    report.figure('the whole command, the median of 10', median(times), 'ms', { atMost: MOST_MS });
    report.figure('commands that Redis was asked', commands / RUNS, 'a time');
    // What no other time has was another process's turn.
    report.figure('the one that held Redis up longest, in the quietest of 10', Math.min(...longest), 'ms', {
      atMost: MOST_COMMAND_MS,
    });
  } finally {
    resign();
    await bus.close();
    redis.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

runPart({ status }).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
