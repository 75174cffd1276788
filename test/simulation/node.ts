/** A game server in a process of its own: the plugin over Redis, with scripted players. Does what it is told over IPC, and says what happens. */
import { linkTo, redisBusOver } from '../../bus/redis.ts';
import { jaeger } from '../../plugin/index.ts';
import { realScheduler } from '../../plugin/runtime.ts';
import { randomOf } from '../../scripts/random.ts';
import { mutated } from './mutant.ts';
import type { NodeSetup, Order, Ordered, Report } from './orders.ts';
import { scriptedPlayers } from './players.ts';

const report = (what: Report): void => {
  // Nobody listens any more when the test is over.
  if (process.connected) process.send?.(what, () => undefined);
};
const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
process.on('uncaughtException', (error) => report({ kind: 'unhandled', error: textOf(error) }));
process.on('unhandledRejection', (error) => report({ kind: 'unhandled', error: textOf(error) }));
process.on('disconnect', () => process.exit(0));

const setup = JSON.parse(process.argv[2] ?? '') as NodeSetup;
const { nodeId, redis, realm, seed, options, lease, mutants, declines } = setup;

const random = randomOf(seed, 'bus');
const busOptions = { scheduler: realScheduler, random: () => random.fraction(), realm, lease };
const link = linkTo(redis, busOptions);
const changed: typeof link = { ...link, run: (script, keys, args) => link.run(mutated(script, mutants), keys, args) };
const bus = redisBusOver(mutants.length > 0 ? changed : link, busOptions);
const players = scriptedPlayers({ seed, declines, held: (player, at) => report({ kind: 'held', player, at }) });
const server = jaeger({ ...options, nodeId, realm, log: 'none' }, players.host, { bus });
server.events$.subscribe((event) => {
  // The longest of all, and of use to nobody here.
  if (event.kind !== 'found') report({ kind: 'event', event });
});

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'start':
      return server.start();
    case 'stop':
      await server.stop();
      return bus.close();
    case 'add':
      return server.add({ id: order.player, blocks: [...order.blocks] });
    case 'instant':
      return server.instant({ id: order.player, move: true });
    case 'remove':
      return server.remove(order.player);
    case 'hold':
      return players.hold(order.player, order.at);
    case 'letGo':
      return players.letGo();
    case 'ping':
      return undefined;
    case 'err':
      void Promise.reject(new Error('nobody rejects this'));
      setImmediate(() => {
        throw new Error('nobody throws this');
      });
      return undefined;
    case 'block': {
      const end = performance.now() + order.forMs;
      while (performance.now() < end);
      return undefined;
    }
  }
}

process.on('message', (message) => {
  const order = message as Ordered;
  const { number } = order;
  carryOut(order).then(
    (result) => report({ kind: 'done', number, result: result ?? null }),
    (error: Error & { code?: string }) =>
      report({ kind: 'failed', number, code: error.code ?? error.name, error: error.message }),
  );
});
report({ kind: 'ready' });
