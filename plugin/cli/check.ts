/** `check`: is everything as it has to be, and what to do where it is not. */
import { firstValueFrom, toArray } from 'rxjs';
import { BusUnreachable } from '../../bus/bus.ts';
import type { Options } from '../../bus/options.ts';
import { scripts } from '../../bus/pieces.ts';
import type { SignRecord } from '../../bus/records.ts';
import { keyOf } from '../../bus/redis/keys.ts';
import { linkTo } from '../../bus/redis.ts';
import { agreementOf, secretProblems } from '../agreement.ts';
import { type Config, configOf } from '../config.ts';
import { readConfigFile } from '../config-file.ts';
import { strangeVariables } from '../environment.ts';
import type { RedisConfig } from '../redis.ts';
import { realScheduler } from '../runtime.ts';
import { EXIT, type Exit, failureOf, isForbidden } from './exit.ts';
import { type Common, fileOf, type Realm, withRealm } from './realm.ts';
import { plain, span, type Terminal } from './terminal.ts';

export interface Check {
  readonly level: 'ok' | 'warning' | 'error';
  readonly says: string;
  readonly remedy?: string;
}

export interface Checked {
  readonly checks: readonly Check[];
  readonly exit: Exit;
}

/** A clock that is so far off is wrong; the servers go by that of Redis. */
const MOST_SKEW_MS = 5000;
const SET_CLOCKS = 'Set both by NTP. The servers themselves go by the clock of Redis alone.';
/** A server is asked for a sign of life every 30 s unless said otherwise. */
const SILENT_MS = 120_000;

const ok = (says: string): Check => ({ level: 'ok', says });
const warning = (says: string, remedy: string): Check => ({ level: 'warning', says, remedy });
const error = (says: string, remedy: string): Check => ({ level: 'error', says, remedy });

export async function checkAll(common: Common, terminal: Terminal): Promise<Checked> {
  const file = fileOf(common, terminal);
  // What is wrong with the file ends all: nothing else can be looked at.
  const options = readConfigFile(file, terminal.environment);
  const config = configOf(options);
  const checks = [
    ok(
      `${file}: ${config.queues.size === 1 ? 'one queue' : `${config.queues.size} queues`}, ${[...config.queues.keys()].join(', ')}`,
    ),
  ];
  for (const { name, nearest } of strangeVariables(terminal.environment))
    checks.push(
      warning(
        `The environment has ${name}, which is no variable of Jaeger.`,
        nearest ? `Did you mean ${nearest}?` : 'It does nothing here.',
      ),
    );
  if (!config.redis) return { checks: [...checks, ok('No Redis: this server is alone.')], exit: EXIT.done };
  checks.push(...secrecyOf(config, config.redis));
  try {
    checks.push(...(await withRealm(common, terminal, (realm) => checkRealm(realm, options, config))));
  } catch (thrown) {
    const { error: says, remedy, exit } = failureOf(thrown);
    return { checks: [...checks, error(says, remedy)], exit };
  }
  return { checks, exit: checks.some(({ level }) => level === 'error') ? EXIT.failed : EXIT.done };
}

function secrecyOf({ secret }: Config, { target }: RedisConfig): Check[] {
  const checks: Check[] = [];
  if (target.password === undefined)
    checks.push(
      warning(
        'Redis is used without a password.',
        'Whoever reaches it can do anything: `jaeger acl` prints users with least rights.',
      ),
    );
  if (secret === null)
    checks.push(
      warning('Messages are not signed.', 'Give all servers the same `secret`, or JAEGER_SECRET: openssl rand -base64 32'),
    );
  return checks;
}

async function checkRealm(realm: Realm, options: Options, config: Config): Promise<Check[]> {
  const { bus } = realm;
  // The first answer takes as long as the connection does: nothing of that is the way to Redis, or the clock.
  await firstValueFrom(bus.clock());
  const asked = performance.now();
  const before = Date.now();
  const now = await firstValueFrom(bus.clock());
  const tookMs = performance.now() - asked;
  const skewMs = Math.round(now - (before + tookMs / 2));
  const far = Math.abs(skewMs) > MOST_SKEW_MS;
  return [
    ok(`Redis answers, in ${Math.max(1, Math.round(tookMs))} ms.`),
    far
      ? warning(
          `The clock of this machine is ${span(Math.abs(skewMs))} ${skewMs > 0 ? 'behind' : 'ahead of'} that of Redis.`,
          SET_CLOCKS,
        )
      : ok(`The clock of this machine is ${Math.abs(skewMs)} ms from that of Redis.`),
    ...(await checkSettings(realm)),
    ...(await checkRights(options, config)),
    ...(await ifAllowed('which servers there are', checkNodes(realm, now))),
    ...(await ifAllowed("who leads, and the realm's configuration of the queues", checkAgreement(realm, config))),
  ];
}

/** A server that never leads may read less than its owner. */
const ifAllowed = (what: string, checks: Promise<Check[]>): Promise<Check[]> =>
  checks.catch((thrown: unknown) => {
    if (!isForbidden(thrown)) throw thrown;
    return [
      warning(
        `This user of Redis may not read ${what}: that was not looked at.`,
        'A server that never leads need not. `jaeger acl --user NAME --read-only` prints a user who may.',
      ),
    ];
  });

async function checkSettings({ bus }: Realm): Promise<Check[]> {
  const lines = await firstValueFrom((bus.warnings$ ?? []).pipe(toArray()));
  if (lines.length === 0) return [ok('Version and settings of Redis are as they should be.')];
  return lines.map((line) => {
    const [says = line, remedy] = line.split(/: (?=[^:]*$)/);
    const text = `${says.charAt(0).toUpperCase()}${says.slice(1)}.`;
    return /^(?:.*: )?(?:Redis is version|this Redis is a replica)/.test(line)
      ? error(text, remedy ?? '')
      : warning(text, remedy ?? '');
  });
}

/** May this user do what a server does? Redis is asked by what every server asks it. */
async function checkRights({ realm = 'jaeger', nodeId }: Options, { redis, candidate }: Config): Promise<Check[]> {
  const { target, keyPrefix } = redis as RedisConfig;
  const link = linkTo(target, { scheduler: realScheduler, random: Math.random, realm, keyPrefix });
  const { probe } = scripts();
  const keys = probe.keys.map((key) => keyOf(realm, key, { prefix: keyPrefix }));
  try {
    await firstValueFrom(link.run(probe, keys, []));
    return [ok('This user of Redis may do what a server does.')];
  } catch (thrown) {
    if (thrown instanceof BusUnreachable) return [error(`Redis takes no writes: ${thrown.message}`, failureOf(thrown).remedy)];
    const role = candidate ? '' : ' --candidate false';
    return [
      warning(
        'This user of Redis may look on, and not do what a server does.',
        `If it is the user of ${nodeId ?? 'a server'}: \`jaeger acl --user NAME --realm ${realm}${role}\` prints what it has to be allowed.`,
      ),
    ];
  } finally {
    await link.close();
  }
}

/** Who is silent, and whose rules are not those of the others. */
async function checkNodes({ bus }: Realm, now: number): Promise<Check[]> {
  const signs = (await firstValueFrom(bus.lastSigns())).filter(({ gone }) => gone === null);
  const alive = signs.filter(({ at }) => now - at < SILENT_MS);
  const checks: Check[] = [];
  if (alive.length > 0)
    checks.push(
      ok(
        `Servers: ${alive
          .map(({ node }) => plain(node))
          .sort()
          .join(', ')}`,
      ),
    );
  else checks.push(warning('No server gives a sign of life.', 'See that the game servers run, with the same Redis and realm.'));
  for (const { node, at } of signs)
    if (!alive.some((each) => each.node === node))
      checks.push(
        warning(
          `The server ${plain(node)} has given no sign of life for ${span(now - at)}.`,
          'See that it runs and reaches Redis; if it is gone for good, nothing is to be done.',
        ),
      );
  for (const { node, rival } of alive)
    if (rival !== null) checks.push(error(`Two servers run under the name ${plain(node)}.`, 'Give each its own nodeId.'));
  checks.push(...clocksOf(alive));
  const queues = [...new Set(alive.flatMap((sign) => Object.keys(sign.queues)))].sort();
  for (const queue of queues) {
    const byRules = new Map<string, string[]>();
    for (const { node, queues } of alive) {
      const rules = queues[queue]?.ruleset;
      if (rules !== undefined) byRules.set(rules, [...(byRules.get(rules) ?? []), plain(node)]);
    }
    if (byRules.size > 1) {
      const groups = [...byRules.values()].map((nodes) => nodes.sort().join(', ')).sort();
      checks.push(
        warning(
          `In ${queue} the servers play by different rules: ${groups.join(' against ')}.`,
          'Their players never meet: bring them to the same version and formats.',
        ),
      );
    }
  }
  return checks;
}

/** Each server says with its sign of life what its clock is. */
function clocksOf(alive: readonly SignRecord[]): Check[] {
  const clocks = alive.flatMap(({ node, skewMs }) => (skewMs === null ? [] : [{ node: plain(node), skewMs }]));
  const [first, ...rest] = clocks.sort((a, b) => a.skewMs - b.skewMs);
  const last = rest.at(-1);
  if (!first || !last) return [];
  const apartMs = last.skewMs - first.skewMs;
  return [
    apartMs > MOST_SKEW_MS
      ? warning(`The clock of ${last.node} is ${span(apartMs)} ahead of that of ${first.node}.`, SET_CLOCKS)
      : ok(`The clocks of the servers are ${apartMs} ms apart at most.`),
  ];
}

async function checkAgreement({ bus }: Realm, config: Config): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [queue, own] of config.queues) {
    const agreed = await firstValueFrom(bus.agreed(queue));
    if (!agreed) continue;
    const [secret] = secretProblems(agreed, bus.secretMark);
    if (secret)
      checks.push(
        error(
          `The secret is not that of the servers that lead ${queue}: theirs is ${secret.expected}, here it is ${secret.found}.`,
          'Give all servers of the realm the same `secret`: who has another one is not matched. When all have a new one it is the realm’s.',
        ),
      );
    const leader = await firstValueFrom(bus.leader(queue));
    if (!leader)
      checks.push(
        warning(
          `Nobody leads ${queue}.`,
          'At least one server that runs has to have `candidate` true and this configuration of the queue.',
        ),
      );
    checks.push(
      agreed.hash === agreementOf(own).hash
        ? ok(`The configuration of ${queue} is the realm's.`)
        : warning(
            `The configuration of ${queue} is not the realm's, by ${plain(agreed.by)}.`,
            `\`jaeger adopt ${queue}\` makes this one the realm's.`,
          ),
    );
  }
  return checks;
}

export function checkText(checks: readonly Check[]): string {
  const lines = checks.map(
    ({ level, says, remedy }) => `${level.padEnd(7)}  ${says}${remedy ? `\n${' '.repeat(9)}→ ${remedy}` : ''}`,
  );
  const count = (level: Check['level']): number => checks.filter((check) => check.level === level).length;
  const counted = (level: Check['level']): string => `${count(level)} ${level}${count(level) === 1 ? '' : 's'}`;
  return [...lines, '', `${count('ok')} ok, ${counted('warning')}, ${counted('error')}`].join('\n');
}
