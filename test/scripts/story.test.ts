/** What the demo tells of what several processes say, in whatever order it comes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Opponent } from '../../bus/messages.ts';
import type { Stage } from '../../matcher/index.ts';
import type { JaegerEvent } from '../../plugin/events.ts';
import { Story } from '../../scripts/demo/story.ts';

const side = (id: string): Opponent => ({ id, name: id, members: [id], elo: 1000, node: 'A' });

test('each stage of a match is told once, whoever leads, and a match never goes back', () => {
  const story = new Story({ seed: '1', players: null, nodes: 2, rate: 2 });
  const told: string[] = [];
  story.events$.subscribe((event) => void (event.kind === 'stage' && told.push(`${event.node} ${event.stage}`)));
  let at = 0;
  const say = (node: string, stage: Stage, takenOver = false): void => {
    const sides = [side('joe'), side('bob')] as const;
    story.take({ kind: 'stage', node, at: at++, queue: 'ranked', matchId: 'm', stage, sides, takenOver } as JaegerEvent);
  };
  for (const stage of ['joining', 'teams', 'validating', 'battle'] as const) say('A', stage);
  // A stands still, B leads; then A goes on with what it had just heard.
  say('B', 'battle', true);
  say('B', 'rated');
  say('A', 'rated');
  say('B', 'closed');
  say('A', 'rated');
  assert.equal(told, ['A joining', 'A teams', 'A validating', 'A battle', 'B rated', 'B closed']);
  assert.is(story.rows.get('m')?.stage, 'closed');
  assert.equal(story.open, []);
});

test('a stage that only the successor tells is told', () => {
  const story = new Story({ seed: '1', players: null, nodes: 2, rate: 2 });
  const told: string[] = [];
  story.events$.subscribe((event) => void (event.kind === 'stage' && told.push(event.stage)));
  for (const [stage, takenOver] of [
    ['teams', true],
    ['battle', false],
  ] as const)
    story.take({
      ...{ kind: 'stage', node: 'B', at: 1, queue: 'ranked', matchId: 'm', stage, takenOver },
      sides: [side('joe'), side('bob')],
    });
  assert.equal(told, ['teams', 'battle']);
});

test.run();
