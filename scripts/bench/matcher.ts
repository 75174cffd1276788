/** One part of the matcher's bench, as `scripts/bench.ts` runs it: bundled as a game server loads it. */
import { loop } from './loop.ts';
import { nearest } from './nearest.ts';
import { costRatio, quality, qualityLines } from './quality.ts';
import { Report } from './report.ts';
import { rounds } from './rounds.ts';
import { comings, memory, ticks } from './ticks.ts';

/** The rates at which adaptive pools have to be better, and not. */
const QUIET_RATE = 0.1;

function qualities(report: Report): void {
  report.section('How good the matches are');
  const measured = quality();
  for (const line of qualityLines(measured)) report.line(`  ${line}`);
  report.line('');
  for (const rate of measured.rates) {
    const at = `${rate.rate} arrivals a second`;
    for (const exact of ['exact, 50 ms', 'exact, 1 s', 'exact, 12 s'] as const)
      report.figure(`${at}: cost of default / ${exact}`, costRatio(rate, 'default', exact), '×', { atMost: 1.03 });
    const atMost = rate.rate <= QUIET_RATE ? 0.95 : 1.02;
    report.figure(`${at}: cost of adaptive / default`, costRatio(rate, 'adaptive', 'default'), '×', { atMost });
    report.figure(`${at}: cost of share mean / default`, costRatio(rate, 'mean', 'default'), '×');
  }
}

async function main(): Promise<void> {
  const { seed, part } = JSON.parse(process.argv[2] as string) as { seed: number; part: string };
  const report = new Report((line) => void process.stdout.write(`${line}\n`));
  if (part === 'rounds') rounds(report, seed);
  if (part === 'ticks') {
    memory(report, seed);
    ticks(report, seed);
    comings(report, seed);
  }
  if (part === 'loop') await loop(report, seed);
  if (part === 'quality') {
    nearest(report, seed);
    qualities(report);
  }
  process.send?.(report.figures, () => process.disconnect());
}

void main();
