/** The commands of `jaeger`, their options, and how each ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { firstValueFrom } from 'rxjs';
import type { CommandAnswer } from '../../bus/admin.ts';
import { aclOf, aclText } from './acl.ts';
import { checkAll, checkText } from './check.ts';
import { CliError, EXIT, type Exit, type Failure, failureOf, notExecuted } from './exit.ts';
import { init } from './init.ts';
import { type Known, playerKnown, serverKnown } from './known.ts';
import { importLadder, ladderFileOf, readLadder, writeLadder } from './ladder-file.ts';
import { queueText, readQueue } from './queue.ts';
import { type Common, fileOf, queueOf, type Realm, seasonOf, withRealm } from './realm.ts';
import { readStatus, statusText } from './status.ts';
import type { Terminal } from './terminal.ts';
import {
  incidentsText,
  incidentText,
  ladderText,
  matchText,
  playerText,
  readIncident,
  readMatch,
  readPlayer,
} from './views.ts';

export interface CliTerminal extends Terminal {
  /** Where this program is. */
  readonly home: string;
}

const named =
  (what: string, pattern: RegExp) =>
  (text: string): string => {
    if (!pattern.test(text)) throw new InvalidArgumentError(`${what}.`);
    return text;
  };
const label = named('1 to 64 letters, digits, _ or -', /^[A-Za-z0-9_-]{1,64}$/);
const whole =
  (from: number, to: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < from || value > to)
      throw new InvalidArgumentError(`A whole number from ${from} to ${to}.`);
    return value;
  };
const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('A number.');
  return value;
};
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const length = (text: string): number => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit === undefined || Number(count) === 0) throw new InvalidArgumentError('A length of time such as 30m, 12h or 7d.');
  return Number(count) * (UNITS[unit] as number);
};

/** As the package says it: its description lies beside the folder of this program. */
function versionIn(home: string): string {
  try {
    return String((JSON.parse(readFileSync(join(home, '..', 'package.json'), 'utf8')) as { version?: unknown }).version);
  } catch {
    return 'unknown';
  }
}

/** Stops waiting at Ctrl-C. */
class Interrupted extends Error {}

const textOf = ({ error, remedy }: Failure): string => `${error}${remedy ? `\n→ ${remedy}` : ''}\n`;

const HELP = '`jaeger --help` lists the commands, `jaeger COMMAND --help` its options';
const DESCRIPTION = `What a server owner types: what is going on, and what to do about it.

Exit codes: 0 done; 1 check found an error, the leader refused or nobody led, there is no such thing, the output cannot be written; 2 the command line or the configuration is wrong, nothing was done; 3 Redis is out of reach; 4 Redis does not allow this user that; 130 Ctrl-C (watch: 0).`;

/** Runs one command line; resolves with its exit code, and never rejects. */
export async function runCli(args: readonly string[], terminal: CliTerminal): Promise<Exit> {
  const isJson = args.includes('--json');
  const say = (text: string): void => terminal.out(`${text}\n`);
  const show = (value: unknown, text: string): void => say(isJson ? JSON.stringify(value, null, 2) : text);
  const interrupted = terminal.interrupted.then((): never => {
    throw new Interrupted();
  });
  interrupted.catch(() => undefined);
  const orInterrupted = <T>(work: Promise<T>): Promise<T> => Promise.race([work, interrupted]);
  let exit: Exit = EXIT.done;

  const program = new Command('jaeger')
    .description(DESCRIPTION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => void (isJson || terminal.err(text)) })
    .showHelpAfterError(`(${HELP})`)
    .helpCommand('help [command]', 'this, or what a command can be given')
    .version(versionIn(terminal.home), '-V, --version', 'which Jaeger this is');
  /** A command with what all have. */
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the configuration (default: JAEGER_CONFIG, else jaeger.json)')
      .option('--json', 'print JSON and nothing else');
  /** One that the leader executes. */
  const order = (name: string, description: string): Command =>
    command(name, description)
      .option(
        '--as <name>',
        'who asks: it stands in the incidents (default: who is logged in)',
        named('1 to 128 characters', /^.{1,128}$/),
      )
      .option('--within <seconds>', 'how long a leader may take to come to it', whole(1, 600), 10);
  const withReason = (each: Command): Command =>
    each.addOption(new Option('--reason <text>', 'why: players see it, and the incidents have it').default('', 'none'));
  const onRealm = <T>(common: Common, work: (realm: Realm) => Promise<T>): Promise<T> =>
    orInterrupted(withRealm(common, terminal, work));
  /** `whom`: what is known of whom it is about before it is done. */
  /** `whom` is looked up before anything is done to them; what cannot be looked up hinders nothing. */
  const ordered = (
    common: Common,
    work: (realm: Realm) => Promise<CommandAnswer>,
    whom?: (realm: Realm) => Promise<Known>,
  ): Promise<void> =>
    onRealm(common, async (realm) => {
      const { found, doubt, later } = (await whom?.(realm).catch(() => undefined)) ?? {};
      const answer = await work(realm).catch((error: unknown) => notExecuted(error, doubt));
      show({ ...answer, ...found }, `Done: ${answer.says}.${doubt === undefined ? '' : `\n${doubt} ${later}`}`);
    });
  const orderedOf = (node: string, common: Common, work: (realm: Realm) => Promise<CommandAnswer>): Promise<void> =>
    ordered(common, work, (realm) => serverKnown(realm, node));
  const orderedFor = (player: string, common: Common, work: (realm: Realm) => Promise<CommandAnswer>): Promise<void> =>
    ordered(common, work, (realm) => playerKnown(realm, player));
  type Why = Common & { readonly reason: string };
  type Paged = Common & { readonly most: number; readonly from: number };
  type OfQueue = Common & { readonly queue?: string };

  command('init', 'writes a jaeger.json to begin with, after a few questions')
    .option('-y, --yes', 'take the defaults, ask nothing')
    .action(async (options: Common & { readonly yes?: true }) => {
      const written = await orInterrupted(init(terminal, fileOf(options, terminal), options.yes === true, terminal.home));
      show(written, `${written.file} is written. Look at it, then: jaeger check`);
    });
  command('check', 'is everything as it has to be: configuration, Redis, servers').action(async (options: Common) => {
    const { checks, exit: ended } = await orInterrupted(checkAll(options, terminal));
    exit = ended;
    show({ ok: ended === EXIT.done, checks }, checkText(checks));
  });
  command('status', 'what is going on: queues, servers, incidents').action((options: Common) =>
    onRealm(options, async (realm) => {
      const status = await readStatus(realm);
      show(status, statusText(status));
    }),
  );
  command('watch', 'the same, again and again, until Ctrl-C')
    .option('--every <seconds>', 'how often', whole(1, 3600), 2)
    .action((options: Common & { readonly every: number }) => watch(options, options.every * 1000));
  command('queue', 'who waits in a queue, how far they reach, and why there is no match yet')
    .argument('[queue]', 'needless where there is one', label)
    .option('--most <n>', 'how many are shown', whole(1, 1000), 20)
    .action((name: string | undefined, options: Paged) =>
      onRealm(options, async (realm) => {
        const view = await readQueue(realm, name, options.most);
        show(view, queueText(view));
      }),
    );
  command('match', 'a match: its sides, its stage, its log')
    .argument('<id>')
    .option('--log', 'with what both sides played')
    .action((id: string, options: Common & { readonly log?: true }) =>
      onRealm(options, async (realm) => {
        const view = await readMatch(realm, id);
        show(view, matchText(view, options.log === true));
      }),
    );
  command('incidents', 'what went wrong, newest first; one of them with the log of its battle')
    .argument('[id]')
    .option('--most <n>', 'how many are shown', whole(1, 1000), 20)
    .action((id: string | undefined, options: Paged) =>
      onRealm(options, async (realm) => {
        if (id === undefined) {
          const incidents = await realm.admin.incidents({ most: options.most });
          return show(incidents, incidentsText(incidents));
        }
        const view = await readIncident(realm, id);
        return show(view, incidentText(view));
      }),
    );
  command('ladder', 'the players of a queue by Elo, best first')
    .argument('[queue]', 'needless where there is one', label)
    .option('--from <n>', 'how many are skipped', whole(0, 1e9), 0)
    .option('--most <n>', 'how many are shown', whole(1, 1000), 20)
    .option('--season <name>', 'of a season that is over', label)
    .action((name: string | undefined, options: Paged & { readonly season?: string }) =>
      onRealm(options, async (realm) => {
        const { from, most } = options;
        const queue = await queueOf(name, realm);
        const season = await seasonOf(options.season, queue, realm);
        const page = await realm.admin.ladder(queue, { from, most, season });
        show({ queue, from, ...page }, ladderText(queue, from, page));
      }),
    );
  command('player', 'where a player is, Elo and last matches')
    .argument('<id>')
    .action((id: string, options: Common) =>
      onRealm(options, async (realm) => {
        const report = await readPlayer(realm, id);
        show(report, playerText(report, await firstValueFrom(realm.bus.clock())));
      }),
    );

  withReason(order('void', 'closes an open match without a result'))
    .argument('<match>')
    .action((id: string, options: Why) => ordered(options, ({ admin }) => admin.void(id, options.reason)));
  withReason(order('remove', 'takes a player who waits out of the queue'))
    .argument('<id>', 'a player, an actor or a ticket')
    .action((id: string, options: Why) => ordered(options, ({ admin }) => admin.remove(id, options.reason)));
  withReason(order('drain', 'a server takes nobody in any more; its matches go on'))
    .argument('<server>')
    .option('--undo', 'it takes players in again')
    .action((node: string, options: Why & { readonly undo?: true }) =>
      orderedOf(node, options, ({ admin }) => (options.undo ? admin.undrain(node) : admin.drain(node, options.reason))),
    );
  withReason(order('block', 'as drain, and nothing that the server says in offers and matches counts'))
    .argument('<server>')
    .option('--undo', 'it counts again; also ends a bar for matches without a result')
    .action((node: string, options: Why & { readonly undo?: true }) =>
      orderedOf(node, options, ({ admin }) => (options.undo ? admin.unblock(node) : admin.block(node, options.reason))),
    );
  withReason(order('ban', 'a player may not queue'))
    .argument('<player>')
    .option('--for <time>', 'for how long, such as 30m, 12h or 7d (default: for good)', length)
    .action((player: string, options: Why & { readonly for?: number }) =>
      orderedFor(player, options, async ({ admin, bus }) => {
        const until = options.for === undefined ? null : Math.floor(await firstValueFrom(bus.clock())) + options.for;
        return admin.bar(player, until, options.reason);
      }),
    );
  order('allow', 'a player may queue again')
    .argument('<player>')
    .action((player: string, options: Common) => orderedFor(player, options, ({ admin }) => admin.allow(player)));
  withReason(order('elo', "sets a player's Elo"))
    .argument('<player>')
    .argument('<elo>', 'the new one', number)
    .option('-q, --queue <queue>', 'needless where there is one', label)
    .action((player: string, value: number, options: Why & OfQueue) =>
      orderedFor(player, options, async (realm) =>
        realm.admin.elo(await queueOf(options.queue, realm), player, value, options.reason),
      ),
    );
  order('adopt', "makes this file's configuration of a queue the realm's")
    .argument('[queue]', 'needless where there is one', label)
    .action((name: string | undefined, options: Common) =>
      ordered(options, async (realm) => {
        const queue = await queueOf(name, realm);
        const own = (realm.options.queues ?? { ranked: {} })[queue];
        if (own) return realm.admin.adopt(queue, own);
        throw new CliError(`The configuration has no queue ${queue}.`, 'Name it under `queues` first.', EXIT.wrong);
      }),
    );
  order('season', 'ends the season: the ladder is kept under this name, and everybody begins anew')
    .argument('<name>', 'such as 2026-autumn', label)
    .option('-q, --queue <queue>', 'needless where there is one', label)
    .action((name: string, options: OfQueue) =>
      ordered(options, async (realm) => realm.admin.season(await queueOf(options.queue, realm), name)),
    );
  command('export', 'the ladder of a queue as JSON')
    .argument('[queue]', 'needless where there is one', label)
    .option('--season <name>', 'of a season that is over', label)
    .option('-o, --out <file>', 'where to (default: it is printed)')
    .action((name: string | undefined, options: Common & { readonly season?: string; readonly out?: string }) =>
      onRealm(options, async (realm) => {
        const queue = await queueOf(name, realm);
        const ladder = await readLadder(realm, queue, await seasonOf(options.season, queue, realm));
        if (options.out === undefined) return say(JSON.stringify(ladder, null, 2));
        writeLadder(options.out, ladder);
        return show(
          { file: options.out, players: ladder.players.length },
          `${ladder.players.length} players are in ${options.out}.`,
        );
      }),
    );
  withReason(order('import', 'sets the Elo of all players in an exported ladder'))
    .argument('<file>')
    .option('-q, --queue <queue>', 'into another queue than that of the file', label)
    .action((file: string, options: Why & OfQueue) =>
      onRealm(options, async (realm) => {
        const ladder = ladderFileOf(file);
        const queue = await queueOf(options.queue ?? ladder.queue, realm);
        const imported = await importLadder(realm, queue, ladder, options.reason);
        const { set, same, refused } = imported;
        if (refused.length > 0) exit = EXIT.failed;
        const lines = refused.map(({ player, why }) => `\n  ${player}: ${why}`).join('');
        show({ queue, ...imported }, `${set} set, ${same} were so already, ${refused.length} refused.${lines}`);
      }).catch((error: unknown) => {
        if (error instanceof Interrupted && !isJson)
          terminal.err('Not all are set. Who has the new Elo by now keeps it; the same import sets the rest.\n');
        throw error;
      }),
    );
  program
    .command('acl')
    .description('prints the Redis user of a server, of the owner or of who only looks: least rights. Redis 7 or Valkey')
    .requiredOption('--user <name>', 'name of the Redis user', named('A name without spaces', /^[^\s()]+$/))
    .option('--realm <name>', 'realm of the servers', label, 'jaeger')
    .option(
      '--key-prefix <text>',
      'redis.keyPrefix of the servers',
      named('Letters, digits, _, -, . and :', /^[A-Za-z0-9_.:-]*$/),
    )
    .option(
      '--candidate <true|false>',
      'may the server lead? As `candidate` in its configuration',
      (text) => named('true or false', /^(true|false)$/)(text) === 'true',
      true,
    )
    .addOption(
      new Option('--admin', "for who gives the owner's commands, instead of a server").conflicts(['readOnly', 'candidate']),
    )
    .addOption(new Option('--read-only', 'for who looks at what the owner sees, and changes nothing').conflicts('candidate'))
    .option('--json', 'print JSON and nothing else')
    .action((options: Parameters<typeof aclOf>[0]) => {
      const acl = aclOf(options);
      show(acl, aclText(acl));
    });

  /** Anew every so often; while Redis is out of reach it says so and goes on. */
  async function watch(common: Common, everyMs: number): Promise<void> {
    const clear = isJson || !terminal.isInteractive ? '' : '\u001b[H\u001b[2J';
    await onRealm(common, async (realm) => {
      for (;;) {
        try {
          const status = await orInterrupted(readStatus(realm));
          if (isJson) say(JSON.stringify(status));
          else terminal.out(`${clear}${statusText(status)}\n\n(every ${everyMs / 1000} s; Ctrl-C ends it)\n`);
        } catch (error) {
          const failure = failureOf(error);
          if (error instanceof Interrupted || failure.exit !== EXIT.unreachable) throw error;
          if (isJson) say(JSON.stringify(failure));
          else terminal.err(`${clear}${textOf(failure)}`);
        }
        let timer: NodeJS.Timeout | undefined;
        await orInterrupted(new Promise((resolve) => (timer = setTimeout(resolve, everyMs)))).finally(() =>
          clearTimeout(timer),
        );
      }
    }).catch((error: unknown) => {
      if (!(error instanceof Interrupted)) throw error;
    });
  }

  try {
    const [first, named] = args;
    // Left to itself it would show the help of all, and not say why.
    const isUnknown = first === 'help' && named !== undefined && !/^-|^help$/.test(named);
    if (isUnknown && !program.commands.some((each) => each.name() === named))
      program.error(`error: unknown command '${named}'`, { code: 'commander.unknownCommand' });
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof Interrupted) return EXIT.interrupted;
    if (error instanceof CommanderError && (error.exitCode === 0 || !isJson))
      return error.exitCode === 0 ? EXIT.done : EXIT.wrong;
    const failure =
      error instanceof CommanderError
        ? { exit: EXIT.wrong, error: error.message.replace(/^error: /, ''), remedy: HELP }
        : failureOf(error);
    if (isJson) say(JSON.stringify(failure, null, 2));
    else terminal.err(textOf(failure));
    return failure.exit;
  }
}
