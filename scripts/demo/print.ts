/** The demo for a person: one line for what happened, and a table at the end. */
import { Pool } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import type { JaegerEvent, WaitingView } from '../../plugin/events.ts';
import type { Row, Story } from './story.ts';

/** What is told of a world. */
export interface Told {
  readonly story: Story;
  /** How long it has gone on, in ms. */
  now(): number;
  /** Who is in reach of an actor, best first; undefined where nobody can say. */
  inReach(actorId: string): readonly { readonly name: string; readonly elo: number; readonly difference: number }[] | undefined;
}

export interface PrintOptions {
  readonly colour: boolean;
  /** With many players only the matches are told. */
  readonly brief: boolean;
  /** How many times as fast as set ranges grow. Default: 1. */
  readonly growth?: number;
}

type Paint = (text: string) => string;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const elo = (value: number): string => String(Math.round(value * 10) / 10);
const signed = (value: number): string => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : '±0');
const range = ({ lowest, highest }: Pick<WaitingView, 'lowest' | 'highest'>): string =>
  `${Math.round(lowest)}–${Math.round(highest)}`;
const clock = (ms: number): string => {
  const whole = Math.floor(ms / 60_000);
  return `${String(whole).padStart(2, '0')}:${((ms - whole * 60_000) / 1000).toFixed(1).padStart(4, '0')}`;
};

export class Printer {
  private readonly told: Told;
  private readonly brief: boolean;
  private readonly pool: Pool;
  private readonly paint: Record<'dim' | 'green' | 'yellow' | 'cyan' | 'bold', Paint>;
  private readonly names = new Map<string, string>();

  constructor(told: Told, { colour, brief, growth = 1 }: PrintOptions) {
    this.told = told;
    this.brief = brief;
    const { pool } = DEFAULTS.queue;
    this.pool = new Pool({ ...pool, period: pool.period / growth });
    const code = (number: number): Paint => (colour ? (text) => `\u001b[${number}m${text}\u001b[0m` : (text) => text);
    this.paint = { dim: code(2), green: code(32), yellow: code(33), cyan: code(36), bold: code(1) };
    for (const { id, name } of told.story.players) this.names.set(id, name);
  }

  /** What the ranges of the waiting are by now, as lines. */
  ranges(): string[] {
    const now = this.told.now();
    return [...this.told.story.waiting.values()].map(({ player, since }) => {
      const width = this.pool.after(Math.floor((now - since) / 50));
      const reach = range({ lowest: player.elo - width, highest: player.elo + width });
      return this.line(
        now,
        'range',
        this.paint.dim(`${player.name} ${player.elo} ± ${elo(width)} → ${reach}, waited ${seconds(now - since)}`),
      );
    });
  }

  /** What an event means to a person; nothing for most. */
  lines(event: JaegerEvent): string[] {
    const text = this.text(event);
    return text ? [this.line(event.at, ...text)] : [];
  }

  private line(at: number, stage: string, text: string): string {
    return `${this.paint.dim(clock(at))}  ${this.paint.cyan(stage.padEnd(8))} ${text}`;
  }

  private name(id: string): string {
    return this.names.get(id) ?? id;
  }

  private text(event: JaegerEvent): [string, string] | undefined {
    switch (event.kind) {
      case 'leading':
        return ['leader', `node ${event.node} leads the queue ${event.queue}`];
      case 'entered':
        return this.brief ? undefined : ['queue', `${event.name} (${elo(event.elo)}) queues on ${event.node}`];
      case 'found': {
        if (this.brief) return undefined;
        const { head, candidate } = event;
        const found = { name: candidate.name, elo: candidate.elo, difference: Math.abs(head.elo - candidate.elo) };
        const reach = (this.told.inReach(head.id) ?? [found]).map(
          ({ name, elo: theirs, difference }) => `${name} ${elo(theirs)} (${elo(difference)} away)`,
        );
        return [
          'tick',
          `head ${head.name}, range ${range(head)} after ${seconds(head.waitedMs)}: in reach ${reach.join(', ')}`,
        ];
      }
      case 'offered': {
        const { head, candidate, difference, asked } = event;
        const who = ({ name, elo: own, pool: width, waitedMs }: WaitingView) =>
          `${this.paint.bold(name)} ${elo(own)} ± ${elo(width)} (waited ${seconds(waitedMs)})`;
        const reach = elo(head.pool + candidate.pool);
        return [
          'offer',
          `${who(head)} and ${who(candidate)}: ${elo(difference)} apart, less than the ${reach} that both accept together${asked > 1 ? `; the ${asked}. that this run asks` : ''}`,
        ];
      }
      case 'replied':
        return this.brief ? undefined : ['accept', `${this.name(event.id)} on ${event.node}: ${event.reply}`];
      case 'settled':
        return event.outcome === 'match'
          ? undefined
          : ['offer', this.paint.yellow(`${this.name(event.head)} and ${this.name(event.candidate)}: ${event.outcome}`)];
      case 'withdrawn':
        return ['queue', this.paint.yellow(`${this.name(event.id)} is out of the queue: ${event.reason}`)];
      case 'back':
        return ['queue', this.paint.yellow(`${this.name(event.id)} is back in the queue: ${event.reason}`)];
      case 'stage':
        return this.stage(event);
      case 'over':
        return this.brief
          ? undefined
          : [
              'over',
              `${this.name(event.id)}'s copy on ${event.node}: ${this.won(event.matchId, event.winner)}, digest ${event.digest.slice(0, 8)}…`,
            ];
      case 'elo': {
        const change = `${elo(event.old)} → ${elo(event.new)} (${signed(event.delta)})`;
        const text = `${this.name(event.id)} ${change}`;
        return this.brief ? undefined : ['elo', event.delta > 0 ? this.paint.green(text) : text];
      }
      case 'warning':
        return ['redis', this.paint.yellow(`${event.node} warns: ${event.text}`)];
      case 'unreachable':
        return ['redis', this.paint.yellow(`out of reach of ${event.node}: ${event.reason}`)];
      case 'reachable':
        return ['redis', `in reach of ${event.node} again`];
      case 'fault':
        return ['fault', this.paint.yellow(`${event.where} on ${event.node}: ${event.error}`)];
      case 'incident':
        return ['incident', this.paint.yellow(`${event.code} in ${event.matchId}: ${event.detail}`)];
      case 'refused':
        return ['fault', this.paint.yellow(`${event.count} messages refused in ${event.room}: ${event.reason}`)];
      default:
        return undefined;
    }
  }

  private stage({ matchId, stage, sides }: JaegerEvent & { kind: 'stage' }): [string, string] | undefined {
    const pair = `${sides[0].name} (${sides[0].node}) against ${sides[1].name} (${sides[1].node})`;
    switch (stage) {
      case 'joining':
        return ['match', `${pair}: both confirmed, challenge room opened`];
      case 'teams':
        return this.brief ? undefined : ['begin', `${pair}: both joined, the battle officially begins`];
      case 'validating':
        return this.brief ? undefined : ['teams', `${pair}: both teams shown, each server judges both`];
      case 'battle':
        return this.brief ? undefined : ['start', `${pair}: both servers compute the battle from one seed`];
      case 'closed': {
        const row = this.told.story.rows.get(matchId);
        return row && this.brief
          ? ['over', `${pair}: ${this.won(matchId, row.winner ?? 'draw')} after ${row.turns} turns`]
          : undefined;
      }
      case 'cancelled':
      case 'void':
        return ['match', this.paint.yellow(`${pair}: ${stage}`)];
      default:
        return undefined;
    }
  }

  private won(matchId: string, winner: Row['winner']): string {
    const row = this.told.story.rows.get(matchId);
    return winner === 'draw' || winner === undefined || !row ? 'a draw' : `${this.name(row.players[winner])} won`;
  }

  /** The table at the end. */
  table(): string[] {
    const heads = ['match', 'players', 'wait', 'turns', 'winner', 'Elo before → after', 'digests'];
    const rows = [...this.told.story.rows.values()].map((row, index) => [
      String(index + 1),
      row.players.map((id) => this.name(id)).join(' – '),
      row.waitedMs.map(seconds).join(' / '),
      String(row.turns),
      row.winner === undefined ? row.stage : row.winner === 'draw' ? 'draw' : this.name(row.players[row.winner]),
      row.before
        .map((before, side) => `${elo(before)} → ${row.after[side] === undefined ? '?' : elo(row.after[side] as number)}`)
        .join(', '),
      digests(row),
    ]);
    const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => (row[column] as string).length)));
    const line = (cells: readonly string[]) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd();
    return [this.paint.bold(line(heads)), ...rows.map(line)];
  }
}

/** `equal`, `DIFFERENT`, or `missing` where one side has not reported. */
export const digests = ({ digests: [one, two] }: Row): string =>
  one === undefined || two === undefined ? 'missing' : one === two ? 'equal' : 'DIFFERENT';
