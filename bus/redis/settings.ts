/** Where Redis is and how to reach it, as `jaeger.json` says it. `plugin/redis.ts` turns it into what the connections need. */
import type { tags } from 'typia';

type Hostname = string & tags.MinLength<1> & tags.MaxLength<255>;
type Port = number & tags.Type<'uint32'> & tags.Minimum<1> & tags.Maximum<65535>;
type Word = string & tags.MinLength<1> & tags.MaxLength<1024>;
type Path = string & tags.MinLength<1> & tags.MaxLength<4096>;

export interface AddressSettings {
  /** Name or address of the machine. */
  host: Hostname;
  /** Default: 6379, of a Sentinel 26379. */
  port?: Port;
}

/** Paths are relative to where the game server was started. */
export interface TlsSettings {
  /** Path of the certificates (PEM) of those who may sign Redis's own. Default: those that Node.js knows. */
  ca?: Path;
  /** Path of this server's own certificate (PEM), where Redis asks for one. */
  cert?: Path;
  /** Path of the key (PEM) of `cert`. */
  key?: Path;
  /** The name that Redis's certificate has to have. Default: the host. */
  servername?: Hostname;
  /** May Redis be trusted by its certificate alone? `false` lets anybody pass for Redis. Default: true. */
  rejectUnauthorized?: boolean;
}

/** Exactly one of `url`, `sentinels` and `cluster`, and how to get in there. */
export interface RedisSettings {
  /** One server: `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
  url?: Word;
  /** The Sentinels that know which server is the master, by `name`. */
  sentinels?: AddressSettings[] & tags.MinItems<1> & tags.MaxItems<100>;
  /** The name by which the Sentinels know the master. */
  name?: Word;
  /** Some nodes of a cluster, each an address or a URL; they name the others. */
  cluster?: (Word | AddressSettings)[] & tags.MinItems<1> & tags.MaxItems<100>;
  /** User of Redis. Default: `default`. */
  username?: Word;
  /** Password of Redis. */
  password?: Word;
  /** Number of the database; a cluster has only 0. Default: 0. */
  db?: number & tags.Type<'uint32'> & tags.Maximum<100000>;
  /** TLS to Redis. Default: false, or true where the URL is `rediss://`. */
  tls?: boolean | TlsSettings;
  /** User of the Sentinels, where they have one of their own. */
  sentinelUsername?: Word;
  /** Password of the Sentinels, where they have one of their own. */
  sentinelPassword?: Word;
  /** TLS to the Sentinels. Default: false. */
  sentinelTls?: boolean | TlsSettings;
  /** What the names of all keys and channels begin with. Default: nothing. */
  keyPrefix?: string & tags.MaxLength<64>;
}

/** How long who leads a queue keeps the lead: renewMs < deadlineMs < leaseMs. */
export interface LeaseSettings {
  /** How often the lease is renewed, in ms. Default: 1000. */
  renewMs?: number & tags.Type<'uint32'> & tags.Minimum<10> & tags.Maximum<86400000>;
  /** How long after the last renewal that succeeded the leader stops by itself, in ms. Default: 2000. */
  deadlineMs?: number & tags.Type<'uint32'> & tags.Minimum<10> & tags.Maximum<86400000>;
  /** How long Redis keeps a lease that is not renewed: after that another server leads, in ms. Default: 3000. */
  leaseMs?: number & tags.Type<'uint32'> & tags.Minimum<10> & tags.Maximum<86400000>;
}
