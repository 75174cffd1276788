/** A private Sentinel set: a master, two replicas and three Sentinels that watch it, on free ports of this machine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, freePort, type RedisServer, startRedis, until } from './redis.ts';

export interface SentinelSet {
  readonly name: string;
  readonly master: RedisServer;
  readonly replicas: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** The port of the server that the Sentinels call the master by now. */
  masterPort(): Promise<number>;
  stop(): Promise<void>;
}

const NAME = 'jaeger-test';
const REPLICAS = 2;
const SENTINELS = 3;
const QUORUM = 2;
/** How soon a master that does not answer counts as down. */
const DOWN_AFTER_MS = 500;

export async function startSentinels(args: readonly string[] = []): Promise<SentinelSet> {
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-sentinels-'));
  const servers: RedisServer[] = [];
  const start = async (options: Parameters<typeof startRedis>[0]): Promise<RedisServer> => {
    const server = await startRedis(options);
    servers.push(server);
    return server;
  };
  const stop = async (): Promise<void> => {
    for (const server of servers.reverse()) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const master = await start({ args });
    // Quick to follow: a replica that has just come is synchronised at once.
    await ask(master.port, 'CONFIG SET repl-diskless-sync-delay 0');
    const replicas: RedisServer[] = [];
    for (let index = 0; index < REPLICAS; index++) {
      const replica = await start({ args: [...args, '--replicaof', `${master.host} ${master.port}`] });
      const follows = async () => /master_link_status:up/.test((await ask(replica.port, 'INFO replication')) ?? '');
      await until('the replica follows', follows);
      // It may be the master later.
      await ask(replica.port, 'CONFIG SET repl-diskless-sync-delay 0');
      replicas.push(replica);
    }
    const sentinels: RedisServer[] = [];
    for (let index = 0; index < SENTINELS; index++) {
      const port = await freePort();
      const file = join(folder, `${index}.conf`);
      const watch = [
        `sentinel monitor ${NAME} ${master.host} ${master.port} ${QUORUM}`,
        `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${NAME} 3000`,
      ];
      // A Sentinel writes into its configuration what it learns.
      writeFileSync(file, `${[`port ${port}`, 'bind 127.0.0.1', ...watch].join('\n')}\n`);
      sentinels.push(await start({ port, folder, sentinel: file }));
    }
    const said = async (port: number): Promise<string> => (await ask(port, `SENTINEL MASTER ${NAME}`)) ?? '';
    for (const { port } of sentinels)
      await until('the Sentinels know each other and the replicas', async () => {
        const text = await said(port);
        return (
          text.includes(`num-slaves\r\n$1\r\n${REPLICAS}\r`) &&
          new RegExp(`num-other-sentinels\\r\\n\\$\\d+\\r\\n${SENTINELS - 1}\\r`).test(text)
        );
      });
    const masterPort = async (): Promise<number> => {
      const text = (await ask(sentinels[0]?.port ?? 0, `SENTINEL GET-MASTER-ADDR-BY-NAME ${NAME}`)) ?? '';
      return Number(text.trim().split('\r\n').at(-1));
    };
    return { name: NAME, master, replicas, sentinels, masterPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
