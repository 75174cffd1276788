/** Who leads when leaders are killed, stopped and stop. Real time, real processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { firstValueFrom } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Lease } from '../../../bus/bus.ts';
import { pause, until } from '../../../scripts/redis.ts';
import { SEED } from '../../seed.ts';
import { entering } from '../conformance/scene.ts';
import { busAt, chaosOf, type Given, record } from './chaos.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** As LEASE_TIMES has it, and what a successor may take beyond it. */
const LEASE_MS = 3000;
const BEYOND_MS = 500;

const test = suite(`leaders over Redis (JAEGER_SEED=${SEED})`);
const chaos = chaosOf(test);

interface Holder {
  readonly process: ChildProcess;
  readonly lines: { readonly lease?: Lease | null; readonly dropped?: unknown }[];
}

/** Another process that leads. */
async function holder({ server, realm, ends }: Given, mutant = ''): Promise<Holder> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(here, 'holder.ts'), server.url, realm, mutant], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, JAEGER_SEED: SEED },
  });
  ends(() => child.kill('SIGKILL'));
  const lines: Holder['lines'] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  await until('the other process leads', () => lines.length > 0, 20_000);
  return { process: child, lines };
}

/** Waits until the leases have another one; how long that took. */
async function succession(leases: readonly (Lease | null)[], since: number): Promise<number> {
  await until('a successor', () => leases.length > 0, LEASE_MS + 10 * BEYOND_MS);
  return performance.now() - since;
}

for (const mutant of ['', 'unfenced'])
  chaos(
    `a leader that is stopped and goes on: ${mutant ? 'without fences it would write' : 'another leads in time, its writes are refused'}`,
    async (given) => {
      const { bus, other } = given;
      await firstValueFrom(bus.enter(entering('joe')));
      const zombie = await holder(given, mutant);
      const leases = record(given, other.holdLease('duel', 'B'));
      await pause(300);
      assert.equal(leases, []);
      zombie.process.kill('SIGSTOP');
      const tookMs = await succession(leases, performance.now());
      assert.ok(tookMs <= LEASE_MS + BEYOND_MS, `${tookMs} ms`);
      assert.ok((leases[0]?.epoch ?? 0) > (zombie.lines[0]?.lease?.epoch ?? 0));
      zombie.process.stdin?.write('joe\n');
      zombie.process.kill('SIGCONT');
      await until('its write', () => zombie.lines.some(({ dropped }) => dropped !== undefined));
      const { dropped } = zombie.lines.find((line) => line.dropped !== undefined) ?? {};
      const joe = await firstValueFrom(bus.ticket('joe'));
      if (mutant) assert.equal([dropped, joe], ['done', null], 'the test sees what the fence is for');
      else assert.equal([dropped, joe?.state], [{ refused: 'fenced' }, 'waiting']);
      await until('it knows', () => zombie.lines.some(({ lease }) => lease === null));
      assert.is(leases.length, 1, 'the successor stays');
    },
  );

chaos('a leader that is killed is succeeded when its lease has run out', async (given) => {
  const killed = await holder(given);
  const leases = record(given, given.other.holdLease('duel', 'B'));
  await pause(300);
  killed.process.kill('SIGKILL');
  const tookMs = await succession(leases, performance.now());
  assert.ok(tookMs <= LEASE_MS + BEYOND_MS, `${tookMs} ms`);
});

chaos('a leader that stops is succeeded at once, in the order in which the others came', async (given) => {
  const { bus, other, server, realm } = given;
  const third = busAt(server.url, realm);
  given.ends(() => third.close());
  const first: (Lease | null)[] = [];
  const leading = bus.holdLease('duel', 'A').subscribe((lease) => first.push(lease));
  await until('the first leads', () => first.length === 1);
  const second = record(given, other.holdLease('duel', 'B'));
  await pause(200);
  const last = record(given, third.holdLease('duel', 'C'));
  await pause(200);
  const since = performance.now();
  leading.unsubscribe();
  const tookMs = await succession(second, since);
  assert.ok(tookMs < 200, `${tookMs} ms`);
  assert.equal([first.length, last.length], [1, 0]);
});

chaos(
  'Redis stands still: the leader stops in time, and leads anew with a higher epoch',
  async (given) => {
    const { bus, server } = given;
    const leases = record(given, bus.holdLease('duel', 'A'));
    await until('it leads', () => leases.length === 1);
    process.kill(server.pid, 'SIGSTOP');
    const since = performance.now();
    await until('it stops', () => leases.length === 2, LEASE_MS + BEYOND_MS);
    assert.ok(performance.now() - since < LEASE_MS);
    process.kill(server.pid, 'SIGCONT');
    await until('it leads anew', () => leases.length === 3);
    const [before, lost, after] = leases;
    assert.is(lost, null);
    assert.ok((after?.epoch ?? 0) > (before?.epoch ?? 0));
  },
  {},
);

test.run();
