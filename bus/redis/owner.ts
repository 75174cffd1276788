/** The owner's hand on Redis: the inbox, its commands, incidents, and what is read of a realm. */
import { map, type Observable, of } from 'rxjs';
import { exact } from '../../matcher/index.ts';
import {
  type AgreedConfig,
  type Closed,
  type CommandAnswer,
  type CommandRecord,
  type IncidentRecord,
  MOST_COMMAND_TEXT,
  queueOf,
  type Season,
} from '../admin.ts';
import type { Bus, Fence, Fenced, Presence } from '../bus.ts';
import { commandRecordOf } from '../commands.ts';
import { checks } from '../pieces.ts';
import type { Strings } from './answers.ts';
import type { Link } from './link.ts';
import { type Ask, json } from './scripts.ts';
import { barOf, closedOf, historyOf } from './stored.ts';

export type Right = (fence: Fence) => { queue: string; generation: number; epoch: number; mark: string };
type Owner = Pick<
  Bus,
  | 'submit'
  | 'pending'
  | 'execute'
  | 'answer'
  | 'hearInbox'
  | 'report'
  | 'agree'
  | 'incidents'
  | 'agreed'
  | 'player'
  | 'closed'
  | 'ladder'
  | 'history'
  | 'seasons'
  | 'queues'
  | 'leader'
>;

const HOW = { drain: 'drained', undrain: 'drained', block: 'blocked', unblock: 'blocked' } as const;

export function ownerVerbs(answer: Ask, right: Right, hear: Link['hear'], inboxRoom: string): Owner {
  const executed = (fence: Fence, { id, who, expiresAt, command }: CommandRecord): Observable<Strings> => {
    const by = { ...right(fence), id, who, expiresAt };
    switch (command.kind) {
      case 'void': {
        const { matchId, reason } = command;
        return answer('adminVoid', { ...by, matchId, reason: json(reason) }, { matchId, ...fence });
      }
      case 'remove':
        return answer('adminRemove', { ...by, whom: command.whom, reason: json(command.reason) }, fence);
      case 'bar': {
        const { player, until, reason } = command;
        return answer('adminBar', { ...by, player, until_: until ?? '', reason: json(reason) }, fence);
      }
      case 'allow':
        return answer('adminAllow', { ...by, player: command.player }, fence);
      case 'elo': {
        const { player, elo, reason } = command;
        return answer('adminElo', { ...by, player, elo: exact(elo), reason: json(reason) }, fence);
      }
      case 'drain':
      case 'block': {
        const { kind, node, reason } = command;
        return answer('adminClose', { ...by, node, how: HOW[kind], reason: json(reason) }, fence);
      }
      case 'undrain':
      case 'unblock':
        return answer('adminReopen', { ...by, node: command.node, how: HOW[command.kind] }, fence);
      case 'config':
        return answer('adminConfig', { ...by, config: command.config, hash: command.hash }, fence);
      case 'season': {
        const { queue, name } = command;
        return answer('adminSeason', { ...by, name }, { queue, season: `${queue}:${name}` });
      }
    }
  };

  return {
    submit: ({ id, who, command, forMs }) => {
      const head = json({ id, who, command }).slice(1, -1);
      if (head.length > MOST_COMMAND_TEXT) return of({ refused: 'size' });
      return answer<Strings, 'submit'>('submit', { id, forMs, head }).pipe(
        map(([answered, text]) =>
          answered === 'full' ? { refused: 'full' } : { submitted: JSON.parse(text as string) as CommandRecord },
        ),
      );
    },
    pending: (queue, most) =>
      answer<Strings, 'pending'>('pending', { queue, most }).pipe(
        // What somebody else wrote there is not executed.
        map((texts) => texts.flatMap((text) => commandRecordOf(text) ?? [])),
      ),
    execute: (fence, record) => {
      const queue = queueOf(record.command);
      if (queue !== null && queue !== fence.queue)
        throw new Error(`bus: a command for ${queue} under the fence of ${fence.queue}`);
      return executed(fence, record).pipe(
        map(([answered, text]): CommandAnswer | Fenced =>
          answered === 'fenced' ? { refused: 'fenced' } : (JSON.parse(text as string) as CommandAnswer),
        ),
      );
    },
    answer: (id) =>
      answer<string | null, 'answer'>('answer', { id }).pipe(
        map((text) => (text === null ? null : (JSON.parse(text) as CommandAnswer))),
      ),
    hearInbox: () => hear(inboxRoom).pipe(map(() => undefined)),
    report: ({ id, agoMs, stage, log, ...rest }) => {
      const record = json({ ...rest, ...(stage === null ? {} : { stage }), ...(log === null ? {} : { log }) });
      return answer('report', { id, record, agoMs: Math.floor(agoMs) });
    },
    agree: (request) => answer<string, 'agree'>('agree', { ...request }).pipe(map((text) => JSON.parse(text) as AgreedConfig)),

    incidents: (below, most) =>
      answer<Strings, 'incidents'>('incidents', { below: below ?? '', most }).pipe(
        map((texts) => texts.flatMap((text) => incidentOf(text) ?? [])),
      ),
    agreed: (queue) =>
      answer<string | null, 'agreed'>('agreed', { queue }).pipe(
        map((text) => (text === null ? null : (JSON.parse(text) as AgreedConfig))),
      ),
    player: (player) =>
      answer<Strings, 'player'>('player', { player }).pipe(
        map(([presence, bar]) => ({
          presence: presence ? presenceOf(player, presence) : null,
          bar: bar ? barOf(bar) : null,
        })),
      ),
    closed: () => answer<Strings, 'closed'>('closed', {}).pipe(map((texts) => texts.map(closedOf).sort(inOrder))),
    ladder: (queue, season, from, most) =>
      answer<Strings, 'ladder'>('ladder', { season: season ?? '', from, most }, { queue, season: `${queue}:${season}` }).pipe(
        map(([size, ...rest]) => ({
          size: Number(size),
          ranks: Array.from({ length: rest.length / 2 }, (_, at) => ({
            player: rest[2 * at] as string,
            elo: Number(rest[2 * at + 1]),
          })),
        })),
      ),
    history: (queue, season, player) => {
      const of = { queue, season: `${queue}:${season ?? ''}` };
      return answer<string | null, 'history'>('history', { season: season ?? '', player }, of).pipe(map(historyOf));
    },
    seasons: (queue) =>
      answer<string | null, 'seasons'>('seasons', { queue }).pipe(
        map((text) => (text === null ? [] : (JSON.parse(text) as Season[]))),
      ),
    queues: () =>
      answer<Strings, 'queues'>('queues', {}).pipe(
        map((reply) =>
          Array.from({ length: reply.length / 4 }, (_, at) => ({
            queue: reply[4 * at] as string,
            waiting: Number(reply[4 * at + 1]),
            instants: Number(reply[4 * at + 2]),
            begun: Number(reply[4 * at + 3]),
          })).sort((a, b) => (a.queue < b.queue ? -1 : 1)),
        ),
      ),
    leader: (queue) => answer<string | null, 'leader'>('leader', {}, { queue }).pipe(map(leaderOf)),
  };
}

const inOrder = (a: Closed, b: Closed): number => (a.node === b.node ? (a.how < b.how ? -1 : 1) : a.node < b.node ? -1 : 1);

/** Lua has no null: what is not said is left out. Nodes write here too: what is no incident is none. */
export function incidentOf(text: string): IncidentRecord | undefined {
  const nothing = { who: null, queue: null, matchId: null, stage: null, actors: [], nodes: [] };
  const more = { against: null, lastEntryAt: null, firstOverAt: null, log: null };
  try {
    const record: unknown = { ...nothing, ...more, ...JSON.parse(text) };
    return checks().isIncident(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function presenceOf(player: string, text: string): Presence {
  const { place, queue, node, boot } = JSON.parse(text) as Presence;
  return { player, place, queue, node, boot };
}

/** The lease is `epoch:node random`; a node's name may have spaces, what is random has none. */
function leaderOf(lease: string | null): { node: string; epoch: number } | null {
  const [, epoch, node] = /^(\d+):(.*) [^ ]*$/s.exec(lease ?? '') ?? [];
  return node === undefined ? null : { node, epoch: Number(epoch) };
}
