/** `npm run check`, after the linter and the types: arrows between rooms, circles, test files that would run nothing. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arrowsOf, circleOf, filesOf, idleTests, wrongArrows } from './rooms.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const arrows = arrowsOf(root, filesOf(root));
const circle = circleOf(arrows);
const problems = [
  ...wrongArrows(arrows),
  ...(circle ? [`a circle of imports: ${circle}`] : []),
  ...idleTests(root).map((file) => `${file} never calls run(): none of its tests would run`),
];
for (const problem of problems) process.stderr.write(`check: ${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write(`check: ${arrows.length} imports between ${filesOf(root).length} files are as the house has them\n`);
