/** What is left of a battle: the server uploads replays to its login server, and keeps its own log where it is told to. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { until } from '../../../scripts/redis.ts';
import { end, inBattle, playOn, type Scene } from './scene.ts';

interface Replay {
  readonly act: string;
  readonly id: string;
  readonly players: string;
  readonly log: string;
  readonly inputlog: string;
}

/** Stands for the login server, as far as it takes replays. */
export class LoginServer {
  readonly replays: Replay[] = [];
  private readonly server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const asked = JSON.parse(new URLSearchParams(body).get('json') ?? '[]') as Replay[];
      this.replays.push(...asked.filter(({ act }) => act === 'addreplay'));
      response.end(JSON.stringify(asked.map(({ id }) => ({ replayid: id ?? null }))));
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const inputs = (log: string): string[] => log.split('\n').filter((line) => /^>(?:start|player|p[12]|force)/.test(line));
/** The names are those of the server: who plays on the other one is shown with where. */
const nameless = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/"name":"[^"]*"|"avatar":"[^"]*"/g, '').replace(/ \((?:east|west)\)/g, ''));

export function replayTests({ test, network }: Scene, login: () => LoginServer): void {
  test('a replay is uploaded from either server, and each server logs the battle: the same inputs everywhere', async (a, b) => {
    const rooms = await inBattle(a, b);
    playOn(a, b);
    await end(a, b);
    a.send(`${rooms[0]}|/savereplay`);
    b.send(`${rooms[1]}|/savereplay`);
    await Promise.all([a, b].map((client) => client.hears(/\|popup\|.*Your replay has been uploaded/)));
    // Others may still be on their way: of battles in which staff has locked somebody, a second later.
    const uploaded = login().replays.filter(({ players }) => players.includes(a.name));
    assert.is(uploaded.length, 2);
    const logged = await Promise.all(
      network().servers.map(async ({ folder }, at) => {
        const name = `${(rooms[at] as string).slice('battle-'.length)}.log.json`;
        let found: string | undefined;
        await until('the battle is logged', () => {
          const files = readdirSync(join(folder, 'logs'), { recursive: true, encoding: 'utf8' });
          found = files.find((file) => file.endsWith(name));
          return found !== undefined;
        });
        const { inputLog } = JSON.parse(readFileSync(join(folder, 'logs', found as string), 'utf8')) as { inputLog: string[] };
        return inputLog.join('\n');
      }),
    );
    const [first, ...others] = [...uploaded.map(({ inputlog }) => inputlog), ...logged].map((log) => nameless(inputs(log)));
    assert.ok((first?.length ?? 0) > 10);
    for (const other of others) assert.equal(other, first);
    for (const { log, players } of uploaded) {
      assert.match(log, /^\|turn\|1$/m);
      assert.match(log, /^\|(?:win\||tie)/m);
      assert.match(players, /anna.*berta/);
    }
  });
}
