/** Who is alive, who is silent, and when the silent ones' matches are given up. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Heartbeats, type Sign } from '../../matcher/index.ts';

const SILENCE_MS = 60_000;
const NOW = 10_000;
const sign = (node: string, at: number, more: Partial<Sign> = {}): Sign => ({
  ...{ node, boot: `boot ${node}`, at, since: 0, gone: null },
  ...more,
});
const side = (node: string, boot = `boot ${node}`) => ({ node, boot });

function heart(...signs: Sign[]): Heartbeats {
  const heartbeats = new Heartbeats(SILENCE_MS);
  heartbeats.learn(signs);
  return heartbeats;
}

test('who answers at the very moment or later is alive, who answered before is silent', () => {
  const beats = heart(sign('A', 1000), sign('B', 999), sign('C', 5000));
  beats.heard(1000);
  assert.equal(beats.judge(['A', 'B', 'C', 'D'], NOW), { since: 1000, silent: ['B', 'D'], lost: ['B', 'D'], back: [] });
});

test('a heartbeat that the leader did not hear, or heard before it was deaf, judges nobody', () => {
  const beats = heart(sign('A', 0));
  assert.is(beats.judge(['A'], NOW), undefined);
  beats.heard(1000);
  beats.interrupt();
  assert.is(beats.judge(['A'], NOW), undefined);
  assert.is(beats.givenUpAt(side('A')), undefined);
});

test('a sign from the future is no answer: it was given before the clock was set back', () => {
  const beats = heart(sign('A', NOW), sign('B', NOW + 1));
  beats.heard(1000);
  assert.equal(beats.judge(['A', 'B'], NOW)?.silent, ['B']);
});

test('each heartbeat is judged once', () => {
  const beats = heart(sign('A', 0));
  beats.heard(1000);
  assert.ok(beats.judge(['A'], NOW));
  assert.is(beats.judge(['A'], NOW), undefined);
});

test('who is lost is lost once, and comes back once', () => {
  const beats = heart(sign('A', 0));
  beats.heard(1000);
  assert.equal(beats.judge(['A'], NOW)?.lost, ['A']);
  beats.heard(2000);
  assert.equal(beats.judge(['A'], NOW), { since: 2000, silent: ['A'], lost: [], back: [] });
  beats.learn([sign('A', 3500)]);
  beats.heard(3000);
  assert.equal(beats.judge(['A'], NOW), { since: 3000, silent: [], lost: [], back: ['A'] });
  beats.heard(4000);
  assert.equal(beats.judge(['A'], NOW), { since: 4000, silent: ['A'], lost: ['A'], back: [] });
});

test('matches are given up so long after the last sign of life, once a heartbeat was missed', () => {
  const beats = heart(sign('A', 500), sign('B', 1500));
  assert.is(beats.givenUpAt(side('A')), undefined, 'not for an old sign alone');
  beats.heard(1000);
  beats.judge(['A', 'B', 'C'], NOW);
  assert.is(beats.givenUpAt(side('A')), 500 + SILENCE_MS);
  assert.is(beats.givenUpAt(side('B')), undefined);
  assert.is(beats.givenUpAt(side('C')), 1000 + SILENCE_MS, 'never heard of: from the heartbeat that it missed');
  beats.acquit(['A']);
  assert.is(beats.givenUpAt(side('A')), undefined);
  assert.not(beats.isSilent('A'));
});

test('a server that began anew, or said goodbye, needs no heartbeat to be missed', () => {
  const beats = heart(
    sign('A', 9000, { boot: 'new', since: 8000 }),
    sign('B', 7000, { gone: 'gone' }),
    sign('C', 7000, { gone: 'rejoin' }),
  );
  assert.is(beats.givenUpAt(side('A')), 8000 + SILENCE_MS);
  assert.is(beats.givenUpAt(side('A', 'new')), undefined);
  assert.is(beats.givenUpAt(side('B')), 7000);
  assert.is(beats.givenUpAt(side('C')), 7000 + SILENCE_MS);
});

test.run();
