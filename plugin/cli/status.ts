/** `status` and `watch`: what is going on in the realm. */
import { firstValueFrom, forkJoin } from 'rxjs';
import type { IncidentRecord } from '../../bus/admin.ts';
import type { MatchRecord, SignRecord, TicketRecord } from '../../bus/records.ts';
import type { Stage } from '../../matcher/index.ts';
import { ratePerMinute } from '../admin.ts';
import type { Realm } from './realm.ts';
import { moment, plain, span, table } from './terminal.ts';

const DAY_MS = 86_400_000;
const MOST_INCIDENTS = 100;

export interface QueueStatus {
  readonly queue: string;
  /** `forMs`: how long it has been leading; an epoch is the time at which it began. */
  readonly leader: {
    readonly node: string;
    readonly epoch: number;
    readonly forMs: number;
    readonly signMs: number | null;
  } | null;
  readonly waiting: number;
  /** How long those who wait have waited, in ms; null where nobody does. */
  readonly waitP50Ms: number | null;
  readonly waitP95Ms: number | null;
  readonly offers: number;
  readonly matches: number;
  /** How many began, over the last ten minutes. */
  readonly matchesPerMinute: number;
  readonly stages: Readonly<Partial<Record<Stage, number>>>;
}

export interface NodeStatus {
  readonly node: string;
  /** How long ago its last sign of life was, and how long it has been running; null where none is kept. */
  readonly signMs: number | null;
  readonly upMs: number | null;
  readonly gone: boolean;
  readonly waiting: number;
  readonly matches: number;
  readonly leads: readonly string[];
  readonly closed: readonly string[];
}

export interface Status {
  readonly realm: string;
  readonly at: number;
  readonly queues: readonly QueueStatus[];
  readonly nodes: readonly NodeStatus[];
  /** Of the last day; `atLeast`: there may be more. */
  readonly incidents: { readonly count: number; readonly atLeast: boolean; readonly newest: IncidentRecord | null };
}

/** The value that so large a part of a sorted list does not exceed. */
const quantile = (sorted: readonly number[], part: number): number | null =>
  sorted.length === 0 ? null : (sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] as number);

export async function readStatus({ bus, admin }: Realm): Promise<Status> {
  const { at, queues, closed, signs } = await firstValueFrom(
    forkJoin({ at: bus.clock(), queues: bus.queues(), closed: bus.closed(), signs: bus.lastSigns() }),
  );
  const incidents = (await admin.incidents({ most: MOST_INCIDENTS })).filter((each) => each.at > at - DAY_MS);
  const nodes = new Map<string, { waiting: number; matches: number; leads: string[] }>();
  const nodeAt = (node: string) => {
    const known = nodes.get(node) ?? { waiting: 0, matches: 0, leads: [] };
    nodes.set(node, known);
    return known;
  };
  const signOf = new Map(signs.map((sign) => [sign.node, sign]));
  for (const { node } of [...signs, ...closed]) nodeAt(node);
  const found: QueueStatus[] = [];
  for (const { queue, begun } of [...queues].sort((a, b) => (a.queue < b.queue ? -1 : 1))) {
    const { snapshot, leader } = await firstValueFrom(forkJoin({ snapshot: bus.snapshot(queue), leader: bus.leader(queue) }));
    for (const { node } of snapshot.tickets) nodeAt(node).waiting++;
    const open = snapshot.matches.filter(({ stage }) => stage !== 'rated');
    for (const { sides } of open) for (const node of new Set(sides.map((side) => side.node))) nodeAt(node).matches++;
    if (leader) nodeAt(leader.node).leads.push(queue);
    const sign = leader && signOf.get(leader.node);
    found.push({
      queue,
      leader: leader && { ...leader, forMs: Math.max(0, at - leader.epoch), signMs: sign ? Math.max(0, at - sign.at) : null },
      ...waits(snapshot.tickets, at),
      offers: snapshot.offers.length,
      matches: open.length,
      matchesPerMinute: ratePerMinute(begun, at),
      stages: stagesOf(open),
    });
  }
  return {
    ...{ realm: bus.realm, at, queues: found },
    nodes: [...nodes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([node, counted]) => ({
        ...{ node, ...lifeOf(signOf.get(node), at), ...counted },
        closed: closed.filter((each) => each.node === node).map(({ how, reason }) => (reason ? `${how}: ${reason}` : how)),
      })),
    incidents: { count: incidents.length, atLeast: incidents.length === MOST_INCIDENTS, newest: incidents[0] ?? null },
  };
}

function waits(tickets: readonly TicketRecord[], at: number): Pick<QueueStatus, 'waiting' | 'waitP50Ms' | 'waitP95Ms'> {
  const waited = tickets.map(({ firstConsidered }) => Math.max(0, at - firstConsidered)).sort((a, b) => a - b);
  return { waiting: tickets.length, waitP50Ms: quantile(waited, 0.5), waitP95Ms: quantile(waited, 0.95) };
}

function stagesOf(matches: readonly MatchRecord[]): Partial<Record<Stage, number>> {
  const stages: Partial<Record<Stage, number>> = {};
  for (const { stage } of matches) stages[stage] = (stages[stage] ?? 0) + 1;
  return stages;
}

const lifeOf = (sign: SignRecord | undefined, at: number) => ({
  signMs: sign ? Math.max(0, at - sign.at) : null,
  upMs: sign ? Math.max(0, at - sign.since) : null,
  gone: sign?.gone === 'gone' || sign?.gone === 'rejoin',
});

const orDash = (ms: number | null): string => (ms === null ? '-' : span(ms));

export function statusText({ realm, at, queues, nodes, incidents }: Status): string {
  const lines = [`Realm ${plain(realm)}, ${moment(at)} UTC`, ''];
  if (queues.length === 0) lines.push('No queue yet: no server has been here.');
  else
    lines.push(
      table(
        ['queue', 'waiting', 'wait p50', 'p95', 'offers', 'matches', 'a minute', 'stages', 'leader'],
        queues.map(({ queue, leader, waiting, waitP50Ms, waitP95Ms, offers, matches, matchesPerMinute, stages }) => [
          ...[queue, waiting, orDash(waitP50Ms), orDash(waitP95Ms), offers, matches, matchesPerMinute.toFixed(1)],
          Object.entries(stages)
            .map(([stage, count]) => `${count} ${stage}`)
            .join(', ') || '-',
          leader
            ? `${leader.node} (for ${span(leader.forMs)}, epoch ${leader.epoch}${leader.signMs === null ? '' : `, seen ${span(leader.signMs)} ago`})`
            : 'NOBODY',
        ]),
      ),
    );
  lines.push('');
  if (nodes.length === 0) lines.push('No server.');
  else
    lines.push(
      table(
        ['server', 'last seen', 'up', 'waiting', 'matches', 'leads', ''],
        nodes.map(({ node, signMs, upMs, gone, waiting, matches, leads, closed }) => [
          ...[node, signMs === null ? 'never' : `${span(signMs)} ago`, gone ? 'stopped' : orDash(upMs), waiting, matches],
          ...[leads.join(', ') || '-', closed.join(', ')],
        ]),
      ),
    );
  const { count, atLeast, newest } = incidents;
  const last =
    newest &&
    `; the last ${span(at - newest.at)} ago: ${plain(newest.kind)}${newest.detail ? `, ${plain(newest.detail)}` : ''}`;
  lines.push('', `Incidents of the last day: ${atLeast ? `${count} or more` : count}${last ?? ''}`);
  return lines.join('\n');
}
