/** Where the command line reads and writes; a test has one of its own. */
import type { Environment } from '../environment.ts';

export interface Terminal {
  readonly environment: Environment;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly isInteractive: boolean;
  out(text: string): void;
  err(text: string): void;
  ask(question: string): Promise<string>;
  /** Resolves at Ctrl-C. */
  readonly interrupted: Promise<void>;
}

/** What a person reads may not move the cursor or hide anything. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
export const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');

/** Columns under their names; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => plain(String(cell))))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] as string).length)));
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber[column] ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A length of time for people: 0 s, 59 s, 12 min, 3 h 20 min, 5 days. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

export const moment = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

export const elo = (value: number): string => String(Math.round(value * 100) / 100);
