/** One part of the bench of the whole, or one of its game servers: each a process that loads what a game server loads. */
import { latency } from './e2e/latency.ts';
import { serve } from './e2e/node.ts';
import { recovery } from './e2e/recovery.ts';
import { throughput } from './e2e/throughput.ts';
import { runPart } from './task.ts';

const { part } = JSON.parse(process.argv[2] as string) as { part: string };
if (part === 'node') serve();
else
  runPart({ latency, throughput, recovery }).catch((error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
