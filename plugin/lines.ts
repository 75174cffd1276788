/** What a server owner should see of what happens, as lines for the game server's own log. */
import type { LogLevel } from '../bus/options.ts';
import type { JaegerEvent } from './events.ts';

/** A line for a log. */
export interface LogLine {
  readonly level: Exclude<LogLevel, 'none'>;
  /** The node's clock in ms. */
  readonly at: number;
  readonly node: string;
  readonly queue: string | null;
  /** Its id. */
  readonly match: string | null;
  readonly text: string;
}

/** The line of an event, or undefined where it is nothing to see: the way of the matches. */
export function logLine(event: JaegerEvent): string | undefined {
  const text = textOf(event);
  return text === undefined ? undefined : `[jaeger ${event.node}] ${text}`;
}

const MOST_DEBUG = 300;
const INFOS: readonly JaegerEvent['kind'][] = ['started', 'stopped', 'reachable', 'nodeBack', 'command', 'leading'];
const ERRORS: readonly JaegerEvent['kind'][] = ['fault', 'rival'];

/**
 * The line of an event: of what an owner should see, as `logLine` has it, and of everything else as it is, for who looks for a fault. Undefined
 * where nobody wants its level: most of what happens is for nobody, and is not put into words.
 */
export function lineOf(event: JaegerEvent, isWanted: (level: LogLine['level']) => boolean): LogLine | undefined {
  const text = textOf(event);
  const level = text === undefined ? 'debug' : levelOf(event.kind);
  if (!isWanted(level)) return undefined;
  const { at, node, kind, ...rest } = event;
  const about = event.kind === 'incident' ? event.about.queue : undefined;
  const { queue = about ?? null, matchId = null } = rest as { readonly queue?: string; readonly matchId?: string };
  const of = { at, node, queue, match: matchId || null };
  return { ...of, level, text: text ?? `${kind} ${JSON.stringify(rest).slice(0, MOST_DEBUG)}` };
}

const levelOf = (kind: JaegerEvent['kind']): LogLine['level'] =>
  INFOS.includes(kind) ? 'info' : ERRORS.includes(kind) ? 'error' : 'warning';

function textOf(event: JaegerEvent): string | undefined {
  switch (event.kind) {
    case 'started':
    case 'stopped':
      return event.kind;
    case 'leading':
      return `leads ${event.queue}`;
    case 'warning':
      return `warning: ${event.text}`;
    case 'unreachable':
      return `Redis is out of reach, and is tried again and again: ${event.reason}`;
    case 'reachable':
      return 'Redis is in reach again';
    case 'incident':
      return `incident ${event.code}${event.matchId ? ` in match ${event.matchId}` : ''}: ${event.detail}`;
    case 'nodeLost':
      return `the server ${event.server} gives no sign of life: ${event.tickets} waiting in ${event.queue} were removed`;
    case 'dataLost':
      return `Redis may have lost data: the servers say what they hold in ${event.queue}`;
    case 'healed':
      return `${event.removed} in ${event.queue} of whom this server knew nothing were removed`;
    case 'nodeBack':
      return `the server ${event.server} gives signs of life again`;
    case 'rival':
      return event.superseded
        ? 'another server runs under the same nodeId and has taken its place: nobody can be added here. Give each its own nodeId'
        : 'another server runs under the same nodeId, and was refused. Give each its own nodeId';
    case 'fault':
      return `fault in ${event.where}: ${event.error}`;
    case 'refused':
      return `${event.count} messages refused in ${event.room}: ${event.reason}`;
    case 'command':
      return `${event.who}: ${event.command} ${event.outcome}: ${event.says}`;
    case 'configDiffers': {
      const secret = event.problems.find(({ path }) => path === 'secret');
      if (secret)
        return (
          `${event.queue} is not led by this server, and nobody who waits here is matched: it has another \`secret\` than the realm, ` +
          `as ${event.by} has it (${secret.expected}; here ${secret.found}). Give all servers of the realm the same`
        );
      const where = event.problems.map(({ path, expected, found }) => `${path} is ${expected}, here ${found}`).join('; ');
      return `${event.queue} is not led by this server: the realm's configuration of it, by ${event.by}, is another one: ${where}`;
    }
    default:
      return undefined;
  }
}
