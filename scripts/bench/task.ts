/** What a part of a bench is told, and how it hands back what it measured. */
import { Report } from './report.ts';

export interface Task {
  readonly seed: number;
  readonly part: string;
  /** Where the Redis of this part is. */
  readonly url: string;
}

export type Part = (report: Report, task: Task) => Promise<void>;

/** Does the part that this process was started for. */
export async function runPart(parts: Readonly<Record<string, Part>>): Promise<void> {
  const task = JSON.parse(process.argv[2] as string) as Task;
  const report = new Report((line) => void process.stdout.write(`${line}\n`));
  await (parts[task.part] as Part)(report, task);
  process.send?.(report.figures, () => process.disconnect());
}
