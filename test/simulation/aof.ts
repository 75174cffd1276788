/** Redis's log of what it wrote, of which a machine that dies loses the last second (`appendfsync everysec`): measured, and cut back. */
import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** The file that Redis appends to, in its folder. */
function fileOf(folder: string): string {
  const files = join(folder, 'appendonlydir');
  const numberOf = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? 0);
  const [newest] = readdirSync(files).sort((a, b) => numberOf(b) - numberOf(a));
  if (newest === undefined || numberOf(newest) === 0) throw new Error(`no log in ${files}`);
  return join(files, newest);
}

export const logSize = (folder: string): number => statSync(fileOf(folder)).size;

/**
 * Cuts the log back to the last whole command that ends by `most`; what a script did is MULTI … EXEC there, of which nothing stays where not all of it does.
 * How many bytes are lost.
 */
export function cutLog(folder: string, most: number): number {
  const file = fileOf(folder);
  const log = readFileSync(file);
  const kept = wholeUntil(log, most);
  truncateSync(file, kept);
  return log.length - kept;
}

/** Where the last command ends that is whole by `most`. */
export function wholeUntil(log: Buffer, most: number): number {
  let kept = 0;
  let at = 0;
  let isOpen = false;
  const line = (): string => {
    const end = log.indexOf('\r\n', at);
    const text = log.toString('latin1', at, end === -1 ? log.length : end);
    at = end === -1 ? Number.POSITIVE_INFINITY : end + 2;
    return text;
  };
  while (at < Math.min(most, log.length)) {
    const head = line();
    let name = '';
    // A line that is no command is a note of the time.
    for (let number = Number(head.startsWith('*') ? head.slice(1) : 0), part = 0; part < number; part++) {
      const length = Number(line().slice(1));
      if (part === 0) name = log.toString('latin1', at, at + length).toUpperCase();
      at += length + 2;
    }
    if (name === 'MULTI') isOpen = true;
    else if (name === 'EXEC') isOpen = false;
    if (!isOpen && at <= Math.min(most, log.length)) kept = at;
  }
  return kept;
}
