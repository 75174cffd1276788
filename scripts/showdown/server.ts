/** A real Pokémon Showdown server in a process of its own, unmodified but for the bundle in its folder of plugins and a `jaeger.json`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Options } from '../../plugin/index.ts';
import { buildJaeger } from '../build/dist.ts';
import { freePort, until } from '../redis.ts';
import { socketTo } from './client.ts';
import { cache, install, root } from './install.ts';

const START_WITHIN_MS = 60_000;

/** What `npm run build` makes, made once. */
let made: string | undefined;
function bundleFile(): string {
  if (made) return made;
  const folder = mkdtempSync(join(tmpdir(), 'jaeger-bundle-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  made = join(folder, 'jaeger.js');
  buildJaeger(root, folder);
  return made;
}

/** Ends the process whose pid it was told when it hears nothing more from us: also when we are killed. */
const KEEPER = `read pid; cat > /dev/null; kill -9 $pid 2> /dev/null`;

export interface ServerOptions {
  /** Its `jaeger.json`; left out: a server without the plugin. */
  readonly jaeger?: Options;
  /** More lines for its `config.js`. */
  readonly config?: string;
  /** What else Node is told, such as `--expose-gc`. */
  readonly node?: readonly string[];
  /** Files of more plugins. */
  readonly plugins?: readonly string[];
}

export class ShowdownServer {
  readonly port: number;
  readonly folder: string;
  private readonly options: ServerOptions;
  /** What it printed. */
  output = '';
  private child: ChildProcess | undefined;
  private keeper: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: ServerOptions) {
    this.port = port;
    this.folder = folder;
    this.options = options;
  }

  /** One that listens, and has loaded the plugin. */
  static async start(options: ServerOptions): Promise<ShowdownServer> {
    install();
    const folder = mkdtempSync(join(cache, 'server-'));
    const copied = spawnSync('cp', ['-al', `${join(cache, 'node_modules', 'pokemon-showdown')}/.`, folder], {
      encoding: 'utf8',
    });
    if (copied.status !== 0) throw new Error(`showdown: ${copied.stderr}`);
    for (const name of [
      'logs/repl',
      'logs/chat',
      'logs/modlog',
      'logs/tickets',
      'config/chat-plugins',
      'config/ladders',
      'config/avatars',
    ])
      mkdirSync(join(folder, name), { recursive: true });
    const port = await freePort();
    writeFileSync(join(folder, 'config', 'config.js'), configText(port, options.config ?? ''));
    const plugins = join(folder, 'dist', 'server', 'chat-plugins');
    writeFileSync(join(plugins, 'of-the-test.js'), OF_THE_TEST);
    for (const file of options.plugins ?? []) copyFileSync(file, join(plugins, basename(file)));
    if (options.jaeger) {
      writeFileSync(join(folder, 'config', 'jaeger.json'), JSON.stringify(options.jaeger));
      copyFileSync(bundleFile(), join(plugins, 'jaeger.js'));
    }
    const server = new ShowdownServer(port, folder, options);
    await server.begin();
    return server;
  }

  /** Starts its process, again after a `kill`. */
  async begin(): Promise<void> {
    this.output = '';
    this.keeper = spawn('sh', ['-c', KEEPER], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.keeper.stdin?.on('error', () => undefined);
    const args = [...(this.options.node ?? []), 'pokemon-showdown', 'start', String(this.port), '--skip-build'];
    this.child = spawn(process.execPath, args, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.keeper.stdin?.write(`${this.child.pid}\n`);
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    await until(
      'a server listens',
      () =>
        fetch(`http://127.0.0.1:${this.port}/showdown/info`).then(
          () => true,
          () => false,
        ),
      START_WITHIN_MS,
    );
    // The first thing that is said to it makes it load its plugins; else it waits for 5 s.
    const socket = socketTo(this.port);
    socket.on('error', () => undefined);
    socket.on('open', () => {
      socket.send('|/cmd rooms');
      socket.close();
    });
    if (!this.options.jaeger) return;
    await until(
      'Jaeger runs in it',
      () => {
        if (this.output.includes('is not running')) throw new Error(this.output);
        return this.output.includes('] started');
      },
      START_WITHIN_MS,
    );
  }

  /** Writes one of its own files anew; what other servers have stays as it is. */
  write(file: string, text: string): void {
    rmSync(join(this.folder, file), { force: true });
    writeFileSync(join(this.folder, file), text);
  }

  get pid(): number {
    return this.child?.pid as number;
  }

  /** Stands still until it is told to go on. */
  standStill(): void {
    this.child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.child?.kill('SIGCONT');
  }

  private get hasEnded(): boolean {
    const { child } = this;
    return !child || child.exitCode !== null || child.signalCode !== null;
  }

  /** Resolves when its process has ended by itself. */
  async isGone(): Promise<void> {
    await until('the server has ended', () => this.hasEnded);
    this.keeper?.stdin?.end();
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.hasEnded) return;
    this.child?.kill(signal);
    await this.isGone();
  }

  async stop(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const configText = (port: number, more: string): string => `'use strict';
exports.port = ${port};
exports.bindaddress = '127.0.0.1';
exports.subprocesses = 0;
exports.repl = false;
exports.backdoor = false;
exports.usesqlite = false;
exports.noguestsecurity = true;
exports.nothrottle = true;
exports.noipchecks = true;
exports.proxyip = ['127.0.0.1'];
exports.loginserver = 'http://127.0.0.1:9/';
exports.crashguard = true;
exports.watchconfig = false;
${more}
`;

/** What stands for a login server and a longer life: players are known, staff is named by a command, time runs out sooner. */
const OF_THE_TEST = `'use strict';
let releaseTeams = () => undefined;
exports.handlers = {
  onBattleStart(user, room) {
    user.autoconfirmed = user.id;
    if (!Config.shorttimer || !room.battle) return;
    room.battle.timer.settings.starting = room.battle.timer.settings.maxPerTurn = room.battle.timer.settings.maxFirstTurn = 5;
    for (const player of room.battle.players) player.secondsLeft = player.turnSecondsLeft = 5;
  },
};
exports.commands = {
  becomeadmin(target, room, user) {
    Users.globalAuth.set(user.id, '~');
    user.tempGroup = '~';
    user.updateIdentity();
  },
  hurry(target) {
    Config.shorttimer = target === 'yes';
  },
  closeroom(target, room) {
    room.destroy();
  },
  holdteams() {
    const validators = TeamValidatorAsync;
    const released = new Promise((resolve) => {
      releaseTeams = () => {
        global.TeamValidatorAsync = validators;
        resolve();
      };
    });
    const get = (format) => ({
      validateTeam: (...given) => released.then(() => validators.get(format).validateTeam(...given)),
    });
    global.TeamValidatorAsync = { ...validators, get };
    this.sendReply('teams are held');
  },
  releaseteams() {
    releaseTeams();
  },
  alsois(target, room, user) {
    Users.getExact(target).merge(user);
  },
  isthere(target) {
    this.sendReply(target + (Users.getExact(target) ? ' is there' : ' is not there'));
  },
};
`;
