/** What happens, in the host's log where it has one, else on stderr: a line an event, and not more of one kind than anybody reads. */
import type { LogLevel } from '../bus/options.ts';
import type { JaegerEvent } from './events.ts';
import { guarded } from './guard.ts';
import type { Host } from './host.ts';
import { type LogLine, lineOf } from './lines.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error', 'none'];
const MINUTE_MS = 60_000;
/** Of one kind, a minute. Who looks for a fault wants more. */
const MOST_LINES = 20;
const MOST_DEBUG_LINES = 2000;

interface Window {
  readonly since: number;
  count: number;
  /** The newest that was left out. */
  left: LogLine | undefined;
}

export class Logger {
  private readonly level: LogLevel;
  private readonly write: (line: LogLine) => void;
  private readonly windows = new Map<string, Window>();

  constructor(level: LogLevel, write: (line: LogLine) => void) {
    this.level = level;
    this.write = write;
  }

  readonly event = (event: JaegerEvent): void => {
    const line = lineOf(event, this.isWanted);
    if (line) this.admit(event.kind, line);
    // What was left out is said at the end at the latest.
    if (event.kind === 'stopped') for (const kind of [...this.windows.keys()]) this.close(kind);
  };

  private readonly isWanted = (level: LogLine['level']): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(this.level);

  private admit(kind: string, line: LogLine): void {
    const known = this.windows.get(kind);
    if (known && line.at - known.since >= MINUTE_MS) this.close(kind);
    const window = this.windows.get(kind) ?? { since: line.at, count: 0, left: undefined };
    this.windows.set(kind, window);
    window.count++;
    if (window.count > (line.level === 'debug' ? MOST_DEBUG_LINES : MOST_LINES)) window.left = line;
    else this.write(line);
  }

  private close(kind: string): void {
    const { count, left } = this.windows.get(kind) as Window;
    this.windows.delete(kind);
    if (!left) return;
    const more = count - (left.level === 'debug' ? MOST_DEBUG_LINES : MOST_LINES);
    this.write({ ...left, text: `${more} more of this kind, the last: ${left.text}` });
  }
}

/** What comes from elsewhere may not begin a line of its own, nor move a cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;

export const textOfLine = ({ level, at, node, queue, match, text }: LogLine): string => {
  const of = [...(queue === null ? [] : [`queue=${queue}`]), ...(match === null ? [] : [`match=${match}`])];
  return `${[new Date(at).toISOString(), level, 'jaeger', `node=${node}`, ...of].join(' ')}: ${text}`.replace(CONTROLS, ' ');
};

/** A log that throws is nobody's affair. */
export function writerFor(host: Host, stderr: (text: string) => void): (line: LogLine) => void {
  return (line) => {
    if (!host.log) return stderr(`${textOfLine(line)}\n`);
    guarded(
      () => host.log?.(line),
      () => undefined,
    );
  };
}
