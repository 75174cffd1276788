/** `npm run acl` is `jaeger acl`: `plugin/acl.test.ts` tries on a real server what that prints. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(__dirname, '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

const said = (...args: string[]): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data: string) => (text += data));
    child.on('close', (code) => resolve(`${text}${code}`));
  });

test('it prints what jaeger acl prints, and ends as that does', async () => {
  assert.is(scripts['acl'], 'tsx scripts/acl.ts');
  for (const [args, expected] of [
    [['--user', 'guest', '--realm', 'r', '--key-prefix', 'p:', '--candidate', 'false'], /^user guest on >PASSWORD .*\n0$/m],
    [['--admin'], /--user <name>[\s\S]*2$/],
  ] as const) {
    const [own, cli] = await Promise.all([said('scripts/acl.ts', ...args), said('plugin/cli.ts', 'acl', ...args)]);
    assert.is(own, cli);
    assert.match(own, expected);
  }
});
test.run();
