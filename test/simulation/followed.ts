/** A master and replicas behind a wire, which is how far they are behind; with Sentinels or without. Who follows the master is decided here. */
import type { SentinelTarget } from '../../bus/redis/target.ts';
import { ask, type RedisServer, startRedis, until } from '../../scripts/redis.ts';
import { type SentinelSet, startSentinels } from '../../scripts/sentinels.ts';
import { Wire } from '../bus/redis/wire.ts';

export interface Followed {
  readonly master: RedisServer;
  readonly sentinels: SentinelTarget | undefined;
  /** From now on no replica hears what the master does. */
  leaveBehind(): Promise<void>;
  /** The master dies, and the first of the replicas takes its place, as it is. */
  failOver(): Promise<RedisServer>;
  stop(): Promise<void>;
}

async function tell(port: number, command: string): Promise<void> {
  const said = await ask(port, command);
  if (!said?.includes('OK')) throw new Error(`${command}: ${said}`);
}

const isUp = async ({ port }: RedisServer): Promise<boolean> =>
  /master_link_status:up/.test((await ask(port, 'INFO replication')) ?? '');

async function startPair(): Promise<{ master: RedisServer; replicas: RedisServer[]; stop(): Promise<void> }> {
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  const replica = await startRedis();
  return {
    ...{ master, replicas: [replica] },
    stop: async () => {
      for (const server of [replica, master]) await server.stop();
    },
  };
}

export async function startFollowed(hasSentinels: boolean): Promise<Followed> {
  const set = hasSentinels ? await startSentinels() : undefined;
  const { master, replicas, stop } = set ?? (await startPair());
  const wire = new Wire(master.port);
  const port = await wire.listen();
  const tellSentinels = async (command: string): Promise<void> => {
    for (const sentinel of set?.sentinels ?? []) await tell(sentinel.port, `SENTINEL ${command}`);
  };
  // They would lead the replicas past the wire. Who is connected stays so.
  const follow = async (): Promise<void> => {
    for (const replica of replicas) await tell(replica.port, `REPLICAOF 127.0.0.1 ${port}`);
    for (const replica of replicas) await until('the replica follows', () => isUp(replica));
  };
  if (!set) await follow();
  return {
    master,
    sentinels: set && { sentinels: addressesOf(set), name: set.name },
    leaveBehind: async () => {
      if (set) {
        await tellSentinels(`REMOVE ${set.name}`);
        await follow();
      }
      wire.freeze();
    },
    failOver: async () => {
      const [first, ...others] = replicas as [RedisServer, ...RedisServer[]];
      process.kill(master.pid, 'SIGKILL');
      await master.stop();
      await tell(first.port, 'REPLICAOF NO ONE');
      for (const other of others) await tell(other.port, `REPLICAOF ${first.host} ${first.port}`);
      if (set) await tellSentinels(`MONITOR ${set.name} ${first.host} ${first.port} 2`);
      return first;
    },
    stop: async () => {
      await wire.close();
      await stop();
    },
  };
}

const addressesOf = ({ sentinels }: SentinelSet): { host: string; port: number }[] =>
  sentinels.map(({ host, port }) => ({ host, port }));
