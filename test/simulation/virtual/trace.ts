/** What happened, line by line: virtual time, server, who, what. Kept only when somebody wants to read it. */
import { createHash } from 'node:crypto';

export interface Line {
  readonly at: number;
  readonly where: string;
  readonly who: string;
  readonly what: string;
}

export class Trace {
  readonly lines: Line[] = [];
  readonly isKept: boolean;
  private readonly now: () => number;

  constructor(isKept: boolean, now: () => number) {
    this.isKept = isKept;
    this.now = now;
  }

  add(where: string, who: string, what: string): void {
    if (this.isKept) this.lines.push({ at: this.now(), where, who, what });
  }

  get text(): string {
    return this.lines.map(textOf).join('\n');
  }

  get hash(): string {
    return createHash('sha256').update(this.text).digest('hex').slice(0, 16);
  }
}

/** Minutes, seconds and ms of virtual time. */
export function timeText(at: number): string {
  const ms = Math.floor(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(ms / 60_000))}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

export const textOf = ({ at, where, who, what }: Line): string => `${timeText(at)} ${where.padEnd(5)} ${who.padEnd(6)} ${what}`;

/** The lines in which one of these is named, or that are about everybody, up to `most` of the last. */
export function linesOf(lines: readonly Line[], names: readonly string[], most: number): Line[] {
  const isMeant = ({ who, what }: Line): boolean =>
    who === '*' || names.some((name) => who === name || new RegExp(`\\b${name}\\b`).test(what));
  return lines.filter(isMeant).slice(-most);
}

/** What says nothing to a reader. */
const NOISE: ReadonlySet<string> = new Set([
  ...[
    'v',
    'at',
    'queue',
    'generation',
    'challengeRoom',
    'windowMs',
    'seed',
    'floor',
    'voids',
    'keptResults',
    'ladder',
    'joinMs',
    'boot',
  ],
  ...[
    'ratedSameNode',
    'declines',
    'ruleset',
    'actors',
    'nodes',
    'log',
    'about',
    'members',
    'name',
    'games',
    'maxWaiting',
    'initialElo',
  ],
  ...[
    'partyElo',
    'preferences',
    'secret',
    'room',
    'idleSince',
    'lifeMs',
    'pairRestMs',
    'sameNode',
    'wanted',
    'digest',
    'blocks',
    'sides',
  ],
]);

/** A value in a few words: its names and numbers, without what is the same everywhere. */
export function gist(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length > 4 ? `${value.length} of them` : `[${value.map(gist).join(', ')}]`;
  const parts = Object.entries(value)
    .filter(([key, each]) => !NOISE.has(key) && each !== null && each !== undefined && each !== '' && each !== false)
    .map(([key, each]) => (key === 'kind' || key === 'id' ? gist(each) : `${key} ${gist(each)}`));
  const text = parts.join(', ');
  return text.length > MOST_GIST ? `${text.slice(0, MOST_GIST)}…` : text;
}

const MOST_GIST = 160;
