/** The command connection: scripts by their SHA-1, errors as `BusUnreachable`, never an error that nobody handles. */
import type { Cluster, Redis } from 'ioredis';
import { defer, from, Observable } from 'rxjs';
import { BusUnreachable } from '../bus.ts';
import { scripts } from '../pieces.ts';
import { type Address, type ConnectionOptions, commandClient } from './connection.ts';
import { gather, isCluster } from './gather.ts';
import type { Script, ServerSettings } from './link.ts';
import { isReading, scriptCall } from './script-call.ts';
import { codeOf, isForNow, isMute, isReply, unreachable } from './unreachable.ts';

/** How long what is asked first waits for the first connection. */
const OPEN_WITHIN_MS = 2000;
/** How long what was asked before the end may take. */
const CLOSE_WITHIN_MS = 1000;

/** What the library says beside an error of its own, or of Redis. */
type ClientError = Error & {
  readonly lastNodeError?: Error;
  readonly command?: { readonly name: string; readonly args?: readonly unknown[] };
};

const ignore = (): void => undefined;
const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

export class Commands {
  private readonly options: ConnectionOptions;
  private client: Redis | Cluster | undefined;
  /** Resolves when the first connection was made, or could not be made in time. */
  private opened: Promise<void> | undefined;
  private isOpened = false;
  private closed = false;
  /** How much was asked and is not answered. */
  private underWay = 0;
  /** Said when that comes to nothing. */
  private idle: (() => void) | undefined;
  /** Why there is no connection: what the library says of a command then is only that there is none. */
  private trouble: unknown;
  /** Why nothing may be asked on the connection that there is. */
  private misplaced: BusUnreachable | undefined;

  constructor(options: ConnectionOptions) {
    this.options = options;
  }

  run(script: Script, keys: readonly string[], args: readonly string[]): Observable<unknown> {
    return new Observable((subscriber) => {
      this.underWay++;
      const settled = (): void => {
        if (--this.underWay === 0) this.idle?.();
      };
      const answered = (answer: unknown): void => {
        settled();
        subscriber.next(answer);
        subscriber.complete();
      };
      const failed = (error: unknown): void => {
        settled();
        subscriber.error(unreachable(error, this.trouble));
      };
      this.ask(script, keys, args).then(answered, (error: unknown) => {
        if (!isReply(error) || codeOf(error) !== 'NOSCRIPT') failed(error);
        // Redis was restarted or forgot its scripts: it did nothing, and knows this one from now on.
        else this.sendWhole(script, keys, args).then(answered, failed);
      });
    });
  }

  /** How many replicas have what was written before this was asked: as soon as they are enough, or after a time. */
  replicated(enough: number, withinMs: number): Observable<number> {
    return defer(() => from((this.open() as Redis).wait(enough, withinMs)));
  }

  /** What the servers are set to. */
  settings(): Observable<ServerSettings[]> {
    return defer(() => from(this.readSettings()));
  }

  private async readSettings(): Promise<ServerSettings[]> {
    try {
      const client = this.open();
      await this.opened;
      if (this.misplaced) throw this.misplaced;
      const servers = isCluster(client) ? client.nodes('master') : [client];
      return await Promise.all(
        servers.map(async (server) => ({
          name: `${server.options.host}:${server.options.port}`,
          info: await orRefused(server.info()),
          config: pairs(await orRefused(server.config('GET', ...SETTINGS))),
        })),
      );
    } catch (error) {
      throw unreachable(error, this.trouble);
    }
  }

  /** The node of a cluster that holds a key; undefined where there is no cluster, or it cannot be asked. */
  async ownerOf(key: string): Promise<Address | undefined> {
    try {
      const client = this.open();
      if (!isCluster(client)) return undefined;
      if (client.status !== 'ready') await this.opened;
      const slot = await client.cluster('KEYSLOT', key);
      const [host, port] = /^(.*):(\d+)$/.exec(client.slots[slot]?.[0] ?? '')?.slice(1) ?? [];
      return host === undefined ? undefined : { host, port: Number(port) };
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    // The lease that is given back has just been sent.
    const idle = new Promise<void>((resolve) => (this.idle = resolve));
    if (this.underWay > 0) await Promise.race([idle, elapsed(CLOSE_WITHIN_MS)]);
    this.client?.disconnect();
  }

  private ask(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    try {
      const client = this.open();
      if (this.isOpened) return this.send(client, script, keys, args);
      // Only what is asked while the first connection is being made waits for it; later on who is not connected is out of reach.
      return (this.opened as Promise<void>).then(() => this.send(client, script, keys, args));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private send(client: Redis | Cluster, script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    if (this.misplaced) throw this.misplaced;
    gather(client);
    // Where one server hears everything the script has nothing to add.
    if (script.name === 'say' && !isCluster(client)) return client.publish(args[0] as string, args[1] as string);
    return client.sendCommand(scriptCall(script, keys, args)) as Promise<unknown>;
  }

  private async sendWhole(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const client = this.open();
    gather(client);
    return isReading(script)
      ? client.eval_ro(script.source, keys.length, ...keys, ...args)
      : client.eval(script.source, keys.length, ...keys, ...args);
  }

  private open(): Redis | Cluster {
    if (this.closed) throw new BusUnreachable('the bus is closed', true);
    if (this.misplaced) throw this.misplaced;
    if (this.client) return this.client;
    const client = commandClient(this.options);
    this.client = client;
    client.on('error', (error: ClientError) => {
      const { command, lastNodeError, message } = error;
      if (command?.name !== 'select') this.trouble = lastNodeError && !isMute(lastNodeError) ? lastNodeError : error;
      // The library goes on in database 0, among the keys of somebody else.
      else this.misplaced = new BusUnreachable(`Redis does not open database ${command.args?.[0]}: ${message}`, true);
    });
    client.on('connect', () => {
      this.misplaced = undefined;
    });
    let isFirst = true;
    client.on('ready', () => {
      this.trouble = undefined;
      if (!isFirst) load(client);
    });
    // Each node of a cluster has a connection of its own, which refuses what is asked while it is being made: loading waits for it.
    // Whether all that worked is seen by what is sent then.
    const opened = client.connect().then(() => load(client));
    const done = (): void => {
      isFirst = false;
      this.isOpened = true;
    };
    this.opened = Promise.race([opened, elapsed(OPEN_WITHIN_MS)]).then(done, done);
    return client;
  }
}

/** Settings of which INFO says nothing. */
const SETTINGS = ['appendfsync', 'min-replicas-to-write'] as const;

/** Undefined where this user may not ask that. */
const orRefused = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isReply(error) && !isForNow(error)) return undefined;
    throw error;
  });

const pairs = (list: unknown): Record<string, string> | undefined =>
  Array.isArray(list)
    ? Object.fromEntries(list.flatMap((name, at) => (at % 2 === 0 ? [[String(name), String(list[at + 1])]] : [])))
    : undefined;

/**
 * Redis learns all scripts that it does not know before the first is asked for, or those of the first moment would be sent twice, in another
 * order. Most know them: what all servers say when Redis is back would be many megabytes.
 */
async function load(client: Redis | Cluster): Promise<void> {
  const all = Object.values(scripts());
  const learn = async (node: Redis): Promise<void> => {
    const known = await node.script('EXISTS', ...all.map(({ sha }) => sha)).then(list, () => []);
    const news = all.filter((_, at) => known[at] !== 1);
    await Promise.all(news.map(({ source }) => node.script('LOAD', source).catch(ignore)));
  };
  await Promise.all((isCluster(client) ? client.nodes('master') : [client]).map(learn));
}

const list = (answer: unknown): readonly unknown[] => (Array.isArray(answer) ? answer : []);
