/** The arrows between the rooms are those of the house, and the check that says so can fail. */
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Arrow, arrowsOf, circleOf, filesOf, idleTests, wrongArrows } from '../../scripts/rooms.ts';

const root = join(__dirname, '..', '..');

test('every import, of types too, is an arrow that the house has, and there is no circle', () => {
  const arrows = arrowsOf(root, filesOf(root));
  assert.ok(arrows.length > 100);
  assert.equal(wrongArrows(arrows), []);
  assert.is(circleOf(arrows), undefined);
  assert.equal(idleTests(root), []);
});

test("the bundle's own list of imports says the same", () => {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: ['plugin/index.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    logLevel: 'silent',
  });
  const arrows: Arrow[] = Object.entries(metafile.inputs)
    .filter(([from]) => !from.startsWith('node_modules/'))
    .flatMap(([from, { imports }]) =>
      imports.filter(({ path }) => !path.startsWith('node_modules/')).map(({ path }) => ({ from, to: path })),
    );
  assert.ok(arrows.length > 50);
  assert.equal(wrongArrows(arrows), []);
  assert.is(circleOf(arrows), undefined);
  const inside = Object.keys(metafile.inputs);
  assert.equal(
    inside.filter((file) => /^(scripts|test)\//.test(file)),
    [],
  );
});

test('wrong arrows are found', () => {
  const wrong: Arrow[] = [
    { from: 'matcher/queue.ts', to: 'bus/bus.ts' },
    { from: 'matcher/queue.ts', to: 'node:fs' },
    { from: 'matcher/queue.ts', to: 'fs' },
    { from: 'matcher/queue.ts', to: 'ioredis' },
    { from: 'matcher/queue.ts', to: 'node:crypto' },
    { from: 'bus/bus.ts', to: 'node:fs' },
    { from: 'bus/bus.ts', to: 'plugin/node.ts' },
    { from: 'bus/bus.ts', to: 'matcher/queue.ts' },
    { from: 'plugin/node.ts', to: 'scripts/demo.ts' },
    { from: 'plugin/node.ts', to: 'test/plugin/world.ts' },
    { from: 'scripts/demo.ts', to: 'test/plugin/world.ts' },
  ];
  for (const arrow of wrong) assert.is(wrongArrows([arrow]).length, 1, `${arrow.from} → ${arrow.to}`);
  const right: Arrow[] = [
    { from: 'matcher/queue.ts', to: 'rxjs' },
    { from: 'bus/bus.ts', to: 'matcher/index.ts' },
    { from: 'bus/signature.ts', to: 'node:crypto' },
    { from: 'plugin/node.ts', to: 'node:crypto' },
    { from: 'test/matcher/a.test.ts', to: 'matcher/queue.ts' },
  ];
  assert.equal(wrongArrows(right), []);
});

test('circles are found', () => {
  const circle = [
    { from: 'a.ts', to: 'b.ts' },
    { from: 'b.ts', to: 'c.ts' },
    { from: 'c.ts', to: 'b.ts' },
  ];
  assert.is(circleOf(circle), 'b.ts → c.ts → b.ts');
  assert.is(circleOf(circle.slice(0, 2)), undefined);
});

test.run();
