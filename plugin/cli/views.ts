/** `match`, `incidents`, `ladder`, `player`: one thing looked at. */
import type { History, IncidentRecord, Rank } from '../../bus/admin.ts';
import type { Logged, MatchRecord } from '../../bus/records.ts';
import type { Page, PlayerView } from '../admin.ts';
import { CliError } from './exit.ts';
import type { Realm } from './realm.ts';
import { elo, moment, plain, span, table } from './terminal.ts';

export interface MatchView {
  readonly match: MatchRecord;
  readonly log: readonly Logged[];
}

export async function readMatch({ admin }: Realm, matchId: string): Promise<MatchView> {
  const found = await admin.match(matchId);
  if (found) return found;
  throw new CliError(
    `There is no match ${matchId}.`,
    'A match is kept for an hour after its end; `jaeger incidents` has what is known of older ones.',
  );
}

export function matchText({ match, log }: MatchView, hasLog: boolean): string {
  const { matchId, queue, stage, deadline, lastEntryAt, rated, how, sides } = match;
  const rows = sides.map(({ actor, node, joined, teamIn, valid, refusal, result, eloTaken }, side) => [
    ...[side, actor.name, node, elo(actor.elo)],
    [
      joined && 'entered',
      teamIn && 'team',
      valid && 'valid',
      result && `result ${result.winner}`,
      eloTaken && 'Elo taken',
      refusal?.reason,
    ]
      .filter((part) => part)
      .join(', ') || '-',
  ]);
  const lines = [
    `Match ${plain(matchId)} in ${queue}: ${stage}${rated ? '' : ', not rated'}${how ? `, ${how}` : ''}`,
    `Time for this stage until ${moment(deadline)} UTC; last entry ${log.length === 0 ? 'none' : `${moment(lastEntryAt)} UTC`}`,
    '',
    table(['side', 'who', 'server', 'Elo', 'so far'], rows),
    '',
    `Log: ${log.length} entries`,
  ];
  if (hasLog) lines.push(...logLines(log));
  return lines.join('\n');
}

const MOST_SHOWN = 200;

const logLines = (log: readonly Logged[]): string[] =>
  log.map(({ at, entry: { kind, v: _, ...rest } }) => {
    const text = plain(JSON.stringify(rest));
    return `${moment(at)}  ${kind}  ${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text}`;
  });

export interface IncidentView {
  readonly incident: IncidentRecord;
  /** Of its match, as long as that is kept. */
  readonly log: readonly Logged[] | null;
}

const PAGE = 1000;

export async function readIncident({ admin }: Realm, id: string): Promise<IncidentView> {
  for (let below: number | null = null; ; ) {
    const page: IncidentRecord[] = await admin.incidents({ below, most: PAGE });
    const incident = page.find((each) => each.id === id || String(each.number) === id);
    if (incident) {
      const match = incident.matchId === null ? null : await admin.match(incident.matchId);
      return { incident, log: match?.log ?? null };
    }
    const last = page.at(-1);
    if (page.length < PAGE || !last) throw new CliError(`There is no incident ${id}.`, '`jaeger incidents` lists them.');
    below = last.number;
  }
}

export function incidentsText(incidents: readonly IncidentRecord[]): string {
  if (incidents.length === 0) return 'No incident.';
  const rows = incidents.map(({ number, at, kind, queue, matchId, actors, who, detail }) => [
    ...[number, moment(at), kind, queue ?? '-', matchId ?? '-', actors.join(', ') || '-'],
    who ? `${who}: ${detail}` : detail,
  ]);
  return table(['id', 'when (UTC)', 'what', 'queue', 'match', 'who', 'detail'], rows);
}

export function incidentText({ incident, log }: IncidentView): string {
  const { number, at, kind, detail, who, queue, matchId, stage, actors, nodes, against } = incident;
  const sides = actors.map((actor, side) => `side ${side}: ${actor} on ${nodes[side] ?? '?'}`).join('; ');
  const lines = [
    `Incident ${number}: ${kind}, ${moment(at)} UTC`,
    ...(detail ? [detail] : []),
    ...(who ? [`Asked for by ${who}`] : []),
    ...(matchId ? [`Match ${matchId} in ${queue ?? '?'}${stage ? `, in stage ${stage}` : ''}`] : []),
    ...(sides ? [sides] : []),
    ...(against === null ? [] : [`Counted against side ${against}`]),
  ].map(plain);
  if (matchId)
    lines.push(
      '',
      ...(log ? [`Log: ${log.length} entries`, ...logLines(log)] : ['The log of its match is not kept any more.']),
    );
  return lines.join('\n');
}

export function ladderText(queue: string, from: number, { size, page }: Page<Rank>): string {
  if (size === 0) return `Nobody has an Elo in ${queue} yet.`;
  const rows = page.map(({ player, elo: value }, at) => [from + at + 1, player, elo(value)]);
  return `Ladder of ${queue}: ${size} players\n\n${table(['', 'player', 'Elo'], rows)}`;
}

export interface PlayerReport extends PlayerView {
  readonly player: string;
  readonly histories: Readonly<Record<string, History>>;
}

export async function readPlayer({ admin }: Realm, player: string): Promise<PlayerReport> {
  const view = await admin.player(player);
  const histories: Record<string, History> = {};
  for (const queue of Object.keys(view.ratings)) histories[queue] = await admin.history(queue, player);
  const isKnown = view.presence || view.bar || Object.values(view.ratings).some((rating) => rating !== null);
  if (isKnown) return { player, ...view, histories };
  throw new CliError(
    `Nothing is known of a player ${player}.`,
    'Players are named by their ids, as the game has them: `jaeger ladder` lists those who have an Elo.',
  );
}

const PLACES = { queued: 'waits', offered: 'has an offer', instant: 'waits for an instant match', playing: 'plays' } as const;

export function playerText({ player, presence, bar, ratings, histories }: PlayerReport, now: number): string {
  const lines = [
    plain(player),
    presence ? `Now: ${PLACES[presence.place]} in ${presence.queue} on ${plain(presence.node)}` : 'Now: nowhere',
  ];
  if (bar) lines.push(`Barred ${bar.until === null ? 'for good' : `until ${moment(bar.until)} UTC`}: ${plain(bar.reason)}`);
  for (const [queue, rating] of Object.entries(ratings)) {
    const { games = 0, last = [] } = histories[queue] ?? {};
    lines.push('', `${queue}: ${rating === null ? 'no Elo yet' : `Elo ${elo(rating)}`}, ${games} rated games`);
    const rows = last.map(({ at, opponent, result, old, new: after, matchId }) => [
      ...[`${span(now - at)} ago`, result, opponent, elo(old), elo(after), matchId],
    ]);
    if (rows.length > 0) lines.push(table(['when', 'result', 'against', 'before', 'after', 'match'], rows));
  }
  return lines.join('\n');
}
