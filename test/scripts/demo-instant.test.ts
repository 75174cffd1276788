/** The demo of instant match: its story is told to the end, and the same seed tells the same. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { playInstant } from '../../scripts/demo/instant.ts';

async function told(json: boolean): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const code = await playInstant({ seed: '1', speed: 0, json, isInterrupted: () => false, print: (line) => lines.push(line) });
  return { code, lines };
}

test('some fit, some wait for a later one, one is late, and two play once more', async () => {
  const { code, lines } = await told(false);
  assert.is(code, 0);
  const text = lines.join('\n');
  assert.match(text, 'Cleo fitted too, and was late');
  assert.match(text, 'Dan plays Ann');
  assert.match(text, 'Eve plays Ben');
  assert.match(text, 'Finn plays Cleo');
  assert.is(lines.filter((line) => /plays/.test(line)).length, 8);
  assert.is(lines.filter((line) => /asks for a rematch/.test(line)).length, 1);
  const { lines: events } = await told(true);
  for (const line of events) JSON.parse(line);
  assert.match(events.at(-1) as string, '"matches":4');
});

test.run();
