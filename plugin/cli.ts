#!/usr/bin/env node
/** `jaeger`: what a server owner types. */
import { createInterface } from 'node:readline/promises';
import { EXIT } from './cli/exit.ts';
import { runCli } from './cli/program.ts';

let isInterrupted = false;
const interrupted = new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
interrupted.then(() => (isInterrupted = true));
// Whoever reads may have seen enough, as `head` has; a disk that is full has not got what was to be written.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.stderr.write(`This cannot be written: ${message}\n`);
  process.exit(code === 'EPIPE' ? EXIT.done : EXIT.failed);
});
process.stderr.on('error', () => undefined);
runCli(process.argv.slice(2), {
  environment: process.env,
  folder: process.cwd(),
  isInteractive: process.stdin.isTTY === true,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  ask: async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await Promise.race([terminal.question(question), interrupted.then(() => '')]);
    } finally {
      terminal.close();
    }
  },
  interrupted,
  home: __dirname,
}).then((exit) => {
  // What was asked and is not answered yet would keep it waiting.
  if (isInterrupted) process.exit(exit);
  process.exitCode = exit;
});
