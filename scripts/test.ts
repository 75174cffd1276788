/** `npm test [-- pattern]`: runs uvu over `test/`, and ends with one line `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [pattern = ''] = process.argv.slice(2);
const uvu = join(root, 'node_modules', 'uvu', 'bin.js');
const child = spawn(process.execPath, [uvu, '-r', 'tsx/cjs', 'test', `${pattern}.*\\.test\\.ts$`], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let output = '';
child.stdout.setEncoding('utf8').on('data', (text: string) => {
  process.stdout.write(text);
  output += text;
});
child.on('error', (error) => {
  process.stderr.write(`test: cannot run uvu: ${error.message}\n`);
  process.exit(1);
});
child.on('close', (code) => {
  const plain = stripVTControlCharacters(output);
  const count = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(plain)?.[1] ?? 0);
  const [total, passed, skipped] = [count('Total'), count('Passed'), count('Skipped')];
  const failed = Math.max(total - passed - skipped, code === 0 ? 0 : 1);
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  if (total === 0) process.stderr.write('test: no test ran\n');
  process.exit(failed > 0 || total === 0 ? 1 : 0);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
