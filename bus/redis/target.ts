/** Where Redis is, as the connections need it. */

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Certificates and key as text (PEM). */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface Access {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: boolean | Tls;
}

export type ServerTarget = Address & Access & { readonly db?: number };

export interface SentinelTarget extends Access {
  readonly sentinels: readonly Address[];
  /** What the Sentinels call the master. */
  readonly name: string;
  readonly db?: number;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  readonly sentinelTls?: boolean | Tls;
}

export type ClusterTarget = Access & { readonly cluster: readonly Address[] };

/** Where Redis is: a URL (`redis://` or `rediss://`), one server, the Sentinels that know, or some nodes of a cluster. */
export type Target = string | ServerTarget | SentinelTarget | ClusterTarget;

export const REDIS_PORT = 6379;

/**
 * The server of `redis://user:password@host:6379/0`. (The library's own way would let a query string change the options that were tested.)
 * Throws, without saying what the text is: it may have a password in it.
 */
export function serverOf(text: string): ServerTarget {
  const found = URL.canParse(text) ? new URL(text) : undefined;
  const { protocol = '', hostname = '', port = '', username = '', password = '', pathname = '' } = found ?? {};
  const db = /^\/?(\d{0,6})$/.exec(pathname)?.[1];
  if (!/^rediss?:$/.test(protocol) || hostname === '' || db === undefined || found?.search || found?.hash)
    throw new TypeError('not a URL such as redis://user:password@host:6379/0');
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? REDIS_PORT : Number(port),
    db: Number(db),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: true } : {}),
  };
}
