/** Two real servers that share a real Redis, and players on them. */
import { type Admin, admin, type Options, redisBus } from '../../plugin/index.ts';
import { type RedisServer, startRedis } from '../redis.ts';
import { Client } from './client.ts';
import { ShowdownServer } from './server.ts';

export const RANDOM = 'gen9randombattle';
/** A format of own teams. */
export const OWN = 'gen9ou';

const SECRET = 'what all servers of the network know';

export interface NetworkOptions {
  readonly queues?: Options['queues'];
  /** More lines for the servers' `config.js`. */
  readonly config?: string;
  readonly servers?: readonly string[];
  /** More of their `jaeger.json`. */
  readonly showdown?: Options['showdown'];
  readonly texts?: Options['texts'];
  /** The same, of one of them. */
  readonly of?: (nodeId: string) => Options;
  /** What else the servers' Node is told. */
  readonly node?: readonly string[];
  /** What their Redis is told. */
  readonly redis?: readonly string[];
}

export class Network {
  readonly redis: RedisServer;
  readonly servers: readonly ShowdownServer[];
  readonly owner: Admin;
  private readonly bus: ReturnType<typeof redisBus>;
  private readonly clients: Client[] = [];
  private joined = 0;

  private constructor(redis: RedisServer, servers: readonly ShowdownServer[]) {
    this.redis = redis;
    this.servers = servers;
    this.bus = redisBus(redis.url, { nodeId: 'test', secret: SECRET });
    this.owner = admin(this.bus, { who: 'test' });
  }

  static async start({
    queues = { [RANDOM]: {} },
    config = '',
    servers = ['east', 'west'],
    node = [],
    showdown = {},
    texts = {},
    of = () => ({}),
    redis: args = [],
  }: NetworkOptions = {}): Promise<Network> {
    const redis = await startRedis({ args });
    // Whoever queues meets whoever is on the other server, at once.
    const all = Object.fromEntries(
      Object.entries(queues).map(([name, queue]) => [name, { sameNode: false, pool: { base: 1000 }, ...queue }]),
    );
    const started = await Promise.all(
      servers.map((nodeId) =>
        ShowdownServer.start({
          jaeger: { nodeId, redis: redis.url, secret: SECRET, queues: all, showdown, texts, ...of(nodeId) },
          config,
          node,
        }),
      ),
    );
    return new Network(redis, started);
  }

  /** A player on a server; `address`: not that of the others. */
  async join(name: string, at: number, address?: string): Promise<Client> {
    const client = new Client(name, ++this.joined, address);
    this.clients.push(client);
    return client.connect((this.servers[at] as ShowdownServer).port);
  }

  /** All players leave, and queue nowhere. */
  leave(): void {
    for (const client of this.clients.splice(0)) {
      client.say('/ranked cancel');
      client.drop();
    }
  }

  async stop(): Promise<void> {
    this.leave();
    await this.bus.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.redis.stop();
  }

  /** What the servers printed last. */
  get output(): string {
    return this.servers.map(({ output }, at) => `server ${at}:\n${output.slice(-3000)}`).join('\n');
  }
}

/** Does something with a network, and ends it whatever comes of it. */
export async function withNetwork(options: NetworkOptions, work: (network: Network) => Promise<void>): Promise<void> {
  const network = await Network.start(options);
  try {
    await work(network);
  } catch (error) {
    process.stderr.write(`${network.output}\n`);
    throw error;
  } finally {
    await network.stop();
  }
}
