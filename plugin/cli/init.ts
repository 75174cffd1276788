/** `init`: a `jaeger.json` to begin with, after a few questions. */
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { serverOf } from '../../bus/redis/target.ts';
import { CliError, EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

interface Answers {
  readonly nodeId: string;
  readonly redis: string;
  readonly queue: string;
}

const DEFAULTS: Answers = { nodeId: '', redis: '', queue: 'ranked' };
const SCHEMA = 'jaeger.schema.json';

/** Asks until the answer will do; nothing is the default. */
async function asked(
  terminal: Terminal,
  question: string,
  usual: string,
  wrong: (answer: string) => string | undefined,
): Promise<string> {
  for (;;) {
    const answer = (await terminal.ask(`${question} [${usual || 'none'}] `)).trim() || usual;
    const problem = wrong(answer);
    if (problem === undefined) return answer;
    terminal.err(`${problem}\n`);
  }
}

async function answersOf(terminal: Terminal): Promise<Answers> {
  const queue = await asked(terminal, 'What is the first queue called?', DEFAULTS.queue, (text) =>
    /^[A-Za-z0-9_-]{1,64}$/.test(text) ? undefined : 'A name has 1 to 64 letters, digits, _ or -.',
  );
  const redis = await asked(terminal, 'Do several servers share a Redis? Its URL, or nothing:', '', (text) => {
    try {
      if (text !== '') serverOf(text);
      return undefined;
    } catch {
      return 'A URL looks like redis://user:password@host:6379.';
    }
  });
  if (redis === '') return { nodeId: '', redis, queue };
  const nodeId = await asked(terminal, "What is this server's own name?", 'server-1', (text) =>
    text.length <= 128 ? undefined : 'A name has at most 128 characters.',
  );
  return { nodeId, redis, queue };
}

export function fileText({ nodeId, redis, queue }: Answers, schema: string | undefined): string {
  const lines = [
    ...(schema === undefined ? [] : [`  "$schema": ${JSON.stringify(schema)},`, '']),
    '  // The name of this server: each that shares the Redis needs one of its own.',
    redis === '' ? '  // "nodeId": "server-1",' : `  "nodeId": ${JSON.stringify(nodeId)},`,
    '',
    '  // The Redis that the servers share; without it this server is alone. A password need not stand here:',
    '  // the environment variable JAEGER_REDIS_URL says the same.',
    redis === '' ? '  // "redis": "redis://user:password@redis.example.net:6379",' : `  "redis": ${JSON.stringify(redis)},`,
    '',
    '  // The same text on all servers, that nobody can guess: then nobody can forge what they say. Better in JAEGER_SECRET.',
    '  // "secret": "…",',
    '',
    '  // Players of different queues never meet.',
    '  "queues": {',
    `    ${JSON.stringify(queue)}: {`,
    '      // How far apart two may be in Elo at first, and how fast that grows.',
    '      // "pool": { "base": 10, "scale": 40, "growth": 1.5, "period": 15 },',
    '      // Elo of a new player, and the largest change of one game.',
    '      // "elo": { "initial": 1000, "k": 32 },',
    '      // May two players of this server meet?',
    '      // "sameNode": true,',
    '    },',
    '  },',
  ];
  return `// What differs from the defaults of Jaeger; {} is enough. Comments and trailing commas are allowed.\n{\n${lines.join('\n')}\n}\n`;
}

/** Where an editor finds the schema: beside this program, if that is below the file; else a copy beside the file. */
function schemaFor(folder: string, home: string): string | undefined {
  const shipped = join(home, SCHEMA);
  if (!existsSync(shipped)) return undefined;
  const path = relative(folder, shipped);
  if (!path.startsWith('..') && path !== SCHEMA) return `./${path.split(sep).join('/')}`;
  if (path !== SCHEMA) copyFileSync(shipped, join(folder, SCHEMA));
  return `./${SCHEMA}`;
}

export interface Written {
  readonly file: string;
}

export async function init(terminal: Terminal, file: string, isYes: boolean, home: string): Promise<Written> {
  if (existsSync(file))
    throw new CliError(
      `${file} is there already, and stays as it is.`,
      'Remove it first, or name another file with --config.',
      EXIT.wrong,
    );
  if (!isYes && !terminal.isInteractive)
    throw new CliError('There is nobody to ask: this is no terminal.', 'Say --yes to take the defaults.', EXIT.wrong);
  const answers = isYes ? DEFAULTS : await answersOf(terminal);
  try {
    writeFileSync(file, fileText(answers, schemaFor(dirname(file), home)), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(
      `${basename(file)} cannot be written (${code}).`,
      'See that its directory is there and may be written to.',
      EXIT.wrong,
    );
  }
  return { file };
}
