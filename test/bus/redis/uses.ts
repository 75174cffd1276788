/** What users of Redis do there, as MONITOR shows it, and which of their rights none of that needs. */
import { connect } from 'node:net';
import type { Redis } from 'ioredis';
import { ask, until } from '../../../scripts/redis.ts';

/** A command with all that it is given. */
export type Use = readonly string[];

/** All realms are one here. */
const REALM = '{jg:uses}';
export const USES_REALM = 'uses';
/** What is allowed to everybody; the clock that a test sets; and the last thing that is shown. */
const NOT_COUNTED = new Set(['hello', 'auth']);
const OF_TEST = /\}:test:/;
const END = 'all is shown';

const named = (text: string): string => text.replace(/\{jg:[^}]*\}/g, REALM);
/** A key or room without what it is of: those of one kind have the same rights. */
const kindOf = (text: string): string => (text.startsWith(REALM) ? text.split(':', 3).slice(0, 3).join(':') : '');

/** Uses, each kind once. */
export class Uses {
  private readonly known = new Map<string, Use>();

  add({ begins, whole }: Shown, called?: string): void {
    const [name = '', first = '', second = ''] = begins;
    const command = name.toLowerCase();
    if (NOT_COUNTED.has(command) || OF_TEST.test(first)) return;
    // Of a script all keys are the same each time.
    const kind = called ?? [first, second].map((text) => kindOf(named(text))).join(' ');
    const within = first.startsWith('{') || called ? '' : first.toLowerCase();
    const text = `${command} ${kind} ${['cluster', 'script', 'client'].includes(command) ? within : ''}`;
    if (!this.known.has(text)) this.known.set(text, whole().map(named));
  }

  get all(): readonly Use[] {
    return [...this.known.values()];
  }
}

/** A command that is shown: what it begins with, and all of it, which takes longer to read. */
export interface Shown {
  readonly begins: Use;
  whole(): Use;
}
type Hears = (shown: Shown, source: string) => void;

/** So much is the name and what follows it. */
const BEGINS = 300;

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const unescaped = (text: string): string =>
  text.replace(/\\(?:x(..)|(.))/g, (_, code: string | undefined, one: string) =>
    code === undefined ? (ESCAPED[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16)),
  );

const argsOf = (text: string): string[] =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)(?:"|$)/g)].map(([, arg = '']) => unescaped(arg));

/**
 * Shows what a server does from now on, `most` commands of it; `end` when all up to then was shown. (By a socket of its own: the library's way
 * loses its place where others ask much in that moment.)
 */
export async function monitored(
  { host, port }: { readonly host: string; readonly port: number },
  hear: Hears,
  most = Number.POSITIVE_INFINITY,
): Promise<{ end(): Promise<void> }> {
  const socket = connect(port, host, () => socket.write('MONITOR\r\n'));
  const [isOn, isOver] = [{ so: false }, { so: false }];
  let [rest, count] = ['', 0];
  socket.setEncoding('utf8').on('data', (data: string) => {
    const lines = (rest + data).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      isOn.so = true;
      isOver.so ||= line.includes(END) || ++count > most;
      if (isOver.so) {
        socket.destroy();
        return;
      }
      const [, source, text = ''] = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/.exec(line) ?? [];
      // Of a script that is loaded its beginning is enough.
      const short = /^"script"/i.test(text) ? text.slice(0, 100) : text;
      if (source) hear({ begins: argsOf(short.slice(0, BEGINS)), whole: () => argsOf(short) }, source);
    }
  });
  socket.on('error', () => undefined);
  await until('it is shown', () => isOn.so);
  return {
    end: async () => {
      if (!isOver.so) await ask(port, `PING "${END}"`);
      await until('all is shown', () => isOver.so);
    },
  };
}

const isAllowed = (answer: unknown): boolean => answer === 'OK';

/** What of this a user with these rules may not do. */
export async function refused(client: Redis, rules: readonly string[], uses: readonly Use[]): Promise<Use[]> {
  await client.call('ACL', 'SETUSER', 'tried', 'reset', 'on', ...rules);
  const answers = await Promise.all(uses.map((use) => client.call('ACL', 'DRYRUN', 'tried', ...use)));
  return uses.filter((_, at) => !isAllowed(answers[at]));
}

/** One rule fewer, and what it is that is missing then; a key that is written need not be. */
function* fewer(rules: readonly string[]): Generator<readonly [missing: string, rules: string[]]> {
  for (const [at, rule] of rules.entries()) {
    const without = (...instead: string[]): string[] => rules.toSpliced(at, 1, ...instead);
    if (rule.startsWith('reset') || rule.startsWith('-')) continue;
    yield [rule, without()];
    if (rule.startsWith('~')) yield [`${rule}, to write`, without(`%R${rule}`)];
    if (!rule.startsWith('(')) continue;
    const parts = rule.slice(1, -1).split(' ');
    for (const [index, part] of parts.entries())
      yield [`${part} of ${rule}`, without(`(${parts.toSpliced(index, 1).join(' ')})`)];
  }
}

/** May it be that this right is needed for that? Only there Redis is asked. */
function concerns(right: string, [name = '', ...args]: Use): boolean {
  const command = name.toLowerCase();
  if (right.includes('(')) return command.startsWith('eval');
  if (right.startsWith('+')) return right.slice(1).split('|', 1)[0] === command;
  if (right.startsWith('&')) return command === 'publish' || command === 'subscribe';
  const key = right.slice(right.indexOf('~') + 1).split(/[*,]/, 1)[0] as string;
  return args.some((arg) => arg.startsWith(key));
}

/** The rights without which everything would be as it is. */
export async function needless(client: Redis, rules: readonly string[], uses: readonly Use[]): Promise<string[]> {
  const found: string[] = [];
  for (const [missing, rest] of fewer(rules)) {
    const concerned = uses.filter((use) => concerns(missing, use));
    if ((await refused(client, rest, concerned)).length === 0) found.push(missing);
  }
  return found;
}
