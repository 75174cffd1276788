/**
 * Connecting by TLS. The library listens for one error of a socket; a handshake that is refused can have two, and the second, heard by
 * nobody, would end the game server.
 */
import type { AbstractConnector, Redis, RedisOptions, SentinelConnector } from 'ioredis';
import { library } from '../pieces.ts';

type Emit = Parameters<AbstractConnector['connect']>[0];
type Stream = Awaited<ReturnType<AbstractConnector['connect']>>;
type ConnectorClass = NonNullable<RedisOptions['Connector']>;

/** What there is in the library, of which its types say nothing. */
interface Client {
  readonly connector: { readonly constructor: new (options: unknown) => Connector };
}
declare class Connector extends AbstractConnector {
  connect(emit: Emit): Promise<Stream>;
}
interface AskingSentinels {
  connectToSentinel(endpoint: unknown, options?: object): Redis;
}

async function heard(connecting: Promise<Stream>): Promise<Stream> {
  const stream = await connecting;
  stream.on('error', () => undefined);
  return stream;
}

/** For one server, and for each node of a cluster. */
export function directly(): ConnectorClass {
  // Nothing connects: it is made to see the class that the library has for this and does not export.
  const Usual = (new (library().Redis)({ lazyConnect: true }) as unknown as Client).connector.constructor;
  return class extends Usual {
    override connect(emit: Emit): Promise<Stream> {
      return heard(super.connect(emit));
    }
  };
}

/** For the master that Sentinels know, and for the Sentinels. */
export function bySentinel(): ConnectorClass {
  return class extends library().SentinelConnector {
    constructor(options: unknown) {
      super(options as ConstructorParameters<typeof SentinelConnector>[0]);
      if (!this.options.sentinelTLS) return;
      const inner = this as unknown as AskingSentinels;
      const usual = inner.connectToSentinel.bind(this);
      inner.connectToSentinel = (endpoint, given) => usual(endpoint, { ...given, Connector: directly() });
    }

    override connect(emit: Emit): Promise<Stream> {
      return heard(super.connect(emit));
    }
  };
}
