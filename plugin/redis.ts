/** `redis` of the configuration: what the connections need, or everything that is wrong with it. */
import { readFileSync } from 'node:fs';
import type { Problem } from '../bus/codec.ts';
import type { AddressSettings, RedisSettings, TlsSettings } from '../bus/redis/settings.ts';
import {
  type Access,
  type Address,
  REDIS_PORT,
  type ServerTarget,
  serverOf,
  type Target,
  type Tls,
} from '../bus/redis/target.ts';
import { NO_SUCH_KEY, problem } from './errors.ts';

export interface RedisConfig {
  readonly target: Exclude<Target, string>;
  readonly keyPrefix: string;
}

const SENTINEL_PORT = 26_379;
const URL_LIKE = 'a URL such as redis://user:password@host:6379/0';
/** Such as a password from a generator: what stands after it would count as something else. */
const ESCAPED = 'in user and password %23 for #, %2F for /, %3F for ?, %40 for @, %3A for :, %25 for %';
const PEM = {
  ca: ['a PEM file with a certificate', /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m],
  cert: ['a PEM file with a certificate', /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m],
  key: ['a PEM file with a private key', /^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/m],
} as const;
const PLACES = ['url', 'sentinels', 'cluster'] as const;

/** What may be shown of `redis`; whatever else stands there, or is misspelt there, may be a password. */
const SHOWN = /^redis\.(name|db|keyPrefix|tls|sentinelTls|(sentinels|cluster)\[\d+\]\.(host|port)|(tls|sentinelTls)\.\w+)$/;

/** The problem without what may be secret: of that it says only what kind of value was there. */
export function discreet(one: Problem): Problem {
  const isRedis = /^redis\b/.test(one.path);
  const isSecret = /secret|password/i.test(one.path);
  const isUnknown = one.path === '' || one.expected === NO_SUCH_KEY;
  const expected = one.path === 'redis' && one.expected !== NO_SUCH_KEY ? `${URL_LIKE}, or an object` : one.expected;
  if (!(isUnknown || isSecret || (isRedis && !SHOWN.test(one.path)))) return { ...one, expected };
  const kinds: Readonly<Record<string, string>> = { '"': 'text', '{': 'an object', '[': 'a list' };
  const kind =
    one.found === '[]' ? 'an empty list' : (kinds[one.found.charAt(0)] ?? (/^-?\d/.test(one.found) ? 'a number' : one.found));
  return { ...one, expected, found: kind };
}

/** Settings of the right types → what the connections need. `problems` get what is wrong. */
export function redisConfigOf(given: string | RedisSettings, problems: Problem[]): RedisConfig | undefined {
  const before = problems.length;
  const wrong = (path: string, expected: string, found: string): void => void problems.push({ path, expected, found });
  const settings: RedisSettings = typeof given === 'string' ? { url: given } : given;
  const { db, name, sentinels, cluster, keyPrefix = '' } = settings;
  const places = PLACES.filter((place) => settings[place] !== undefined);
  if (places.length !== 1)
    wrong('redis', `exactly one of ${PLACES.join(', ')}`, places.length === 0 ? 'none of them' : places.join(', '));
  if (!/^[A-Za-z0-9_.:-]*$/.test(keyPrefix))
    problems.push(problem('redis.keyPrefix', 'letters, digits, _, -, . and :', keyPrefix));
  if (sentinels && name === undefined) wrong('redis.name', 'the name by which the Sentinels know the master', 'nothing');
  for (const key of ['name', 'sentinelUsername', 'sentinelPassword', 'sentinelTls'] as const)
    if (!sentinels && settings[key] !== undefined) wrong(`redis.${key}`, 'nothing without redis.sentinels', 'a value');
  if (cluster && db) problems.push(problem('redis.db', '0, for a cluster has no other', db));
  for (const [user, password] of [
    ['username', 'password'],
    ['sentinelUsername', 'sentinelPassword'],
  ] as const)
    if (settings[user] !== undefined && settings[password] === undefined && settings.url === undefined)
      wrong(`redis.${password}`, `a password, as there is ${user}`, 'nothing');

  const read = (path: string, part: keyof typeof PEM, file: string): string => {
    try {
      const text = readFileSync(file, 'utf8');
      const [expected, isSo] = PEM[part];
      // The library takes a file without any as one that names nobody.
      if (!isSo.test(text)) wrong(path, expected, `${file}, which has none`);
      return text;
    } catch (error) {
      wrong(path, 'a file that can be read', `${file} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`);
      return '';
    }
  };
  const tlsOf = (key: 'tls' | 'sentinelTls'): boolean | Tls | undefined => {
    const tls = settings[key];
    if (typeof tls !== 'object') return tls;
    if ((tls.cert === undefined) !== (tls.key === undefined))
      wrong(`redis.${key}`, 'cert and key together', tls.cert === undefined ? 'key alone' : 'cert alone');
    return tlsWith(tls, (part, file) => read(`redis.${key}.${part}`, part, file));
  };
  const access: Access = defined({ username: settings.username, password: settings.password, tls: tlsOf('tls') });

  const server = (path: string, text: string): ServerTarget | undefined => {
    try {
      const found = serverOf(text);
      for (const key of ['username', 'password'] as const)
        if (found[key] !== undefined && access[key] !== undefined)
          wrong(`redis.${key}`, `nothing, as there is one in ${path}`, 'another one');
      if (found.tls && access.tls === false) wrong('redis.tls', `true or an object, as ${path} is rediss://`, 'false');
      return { ...found, ...access, ...(db === undefined ? {} : { db }) };
    } catch {
      wrong(path, /^rediss?:\/\//.test(text) ? `${URL_LIKE}, ${ESCAPED}` : URL_LIKE, 'something else');
      return undefined;
    }
  };

  let target: RedisConfig['target'] | undefined;
  if (settings.url !== undefined) target = server(typeof given === 'string' ? 'redis' : 'redis.url', settings.url);
  else if (sentinels) {
    const { sentinelUsername, sentinelPassword } = settings;
    const own = defined({ sentinelUsername, sentinelPassword, sentinelTls: tlsOf('sentinelTls'), db });
    target = { sentinels: sentinels.map((each) => addressOf(each, SENTINEL_PORT)), name: name ?? '', ...access, ...own };
  } else if (cluster) {
    const nodes = cluster.map((each, index) => {
      if (typeof each !== 'string') return { ...addressOf(each, REDIS_PORT), ...access };
      const node = server(`redis.cluster[${index}]`, each);
      if (node?.db) wrong(`redis.cluster[${index}]`, 'no database but 0, for a cluster has no other', 'another one');
      return node;
    });
    const [first, ...others] = nodes.map((node) => JSON.stringify([node?.username, node?.password, node?.tls]));
    if (others.some((other) => other !== first)) wrong('redis.cluster', 'the same user, password and TLS for all', 'others');
    const { host: _, port: __, db: ___, ...common } = { db: 0, host: '', port: 0, ...nodes[0] };
    target = { cluster: nodes.map((node) => ({ host: node?.host ?? '', port: node?.port ?? 0 })), ...common };
  }
  return problems.length > before || !target ? undefined : { target, keyPrefix };
}

const addressOf = ({ host, port }: AddressSettings, usual: number): Address => ({ host, port: port ?? usual });

const tlsWith = (
  { ca, cert, key, ...rest }: TlsSettings,
  read: (part: 'ca' | 'cert' | 'key', file: string) => string,
): Tls => ({
  ...defined(rest),
  ...(ca === undefined ? {} : { ca: read('ca', ca) }),
  ...(cert === undefined ? {} : { cert: read('cert', cert) }),
  ...(key === undefined ? {} : { key: read('key', key) }),
});

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const defined = <T extends object>(object: T): Defined<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
