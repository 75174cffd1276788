/**
 * One node of the demo over real processes: a game server that loads Jaeger, plays real battles, and does what the process that started it says.
 * It ends with that process.
 */
import type { SchedulerLike } from 'rxjs';
import { BusUnreachable, jaeger } from '../../plugin/index.ts';
import { realScheduler } from '../../plugin/runtime.ts';
import { pokemonHost } from './pokemon.ts';
import type { Asked, NodeSettings, Said } from './processes.ts';

const AGAIN_MS = 250;

const { nodeId, realm, redis, seed, speed, pool } = JSON.parse(process.argv[2] ?? '{}') as NodeSettings;
const say = (said: Said): void => void process.send?.(said);

/** Players think so many times as fast. */
const hasty: SchedulerLike = {
  now: () => realScheduler.now(),
  schedule: (work, delay = 0, state) => realScheduler.schedule(work, delay / speed, state as never),
};
const host = pokemonHost({
  seed,
  scheduler: hasty,
  tell: () => undefined,
  ended: (matchId, turns) => say({ kind: 'ended', matchId, turns }),
});
const server = jaeger({ nodeId, realm, redis, log: 'none', queues: { ranked: { pool } } }, host);
server.events$.subscribe((event) => say({ kind: 'event', event }));

async function queue({ id, name, elo }: { id: string; name: string; elo: number }): Promise<void> {
  for (;;) {
    try {
      await server.add({ id, name, elo });
      return say({ kind: 'came', id });
    } catch (error) {
      if (!(error instanceof BusUnreachable)) return say({ kind: 'came', id, problem: (error as Error).message });
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

process.on('message', (asked: Asked) => {
  if (asked.kind === 'queue') queue(asked.player);
  else server.stop().then(() => process.disconnect());
});
// A Ctrl-C in the terminal is for the process that started this one.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
server.start().then(() => say({ kind: 'ready' }));
