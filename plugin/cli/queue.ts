/** `queue`: who waits, how far they reach, and why there is no match yet. */
import { firstValueFrom, forkJoin } from 'rxjs';
import { type Explanation, type Other, Queue } from '../../matcher/index.ts';
import { configOf, type QueueConfig } from '../config.ts';
import { ticketOf } from '../ledger.ts';
import { queueOf, type Realm } from './realm.ts';
import { elo, span, table } from './terminal.ts';

const NEAREST = 3;

export interface QueueView {
  readonly queue: string;
  readonly waiting: number;
  /** The server that leads it; null: none does, and nobody is matched until one does. */
  readonly leader: string | null;
  readonly who: readonly (Explanation & { readonly node: string; readonly name: string })[];
}

export async function readQueue(realm: Realm, named: string | undefined, most: number): Promise<QueueView> {
  const queue = await queueOf(named, realm);
  const { bus, options } = realm;
  const { now, snapshot, agreed, leader } = await firstValueFrom(
    forkJoin({ now: bus.clock(), snapshot: bus.snapshot(queue), agreed: bus.agreed(queue), leader: bus.leader(queue) }),
  );
  // As the realm has it; before any server was here, as this file does.
  const config = agreed
    ? (JSON.parse(agreed.config) as QueueConfig)
    : (configOf({ ...options, queues: { [queue]: options.queues?.[queue] ?? {} } }).queues.get(queue) as QueueConfig);
  const waiting = new Queue({ ...config, unequalParties: config.party.unequal });
  const tickets = [...snapshot.tickets].sort(
    (a, b) => a.firstConsidered - b.firstConsidered || (a.actor.id < b.actor.id ? -1 : 1),
  );
  for (const ticket of tickets) {
    waiting.enter(ticketOf(ticket));
    if (ticket.state === 'locked') waiting.lock(ticket.ticket);
  }
  waiting.beginRound(now);
  const who = tickets.slice(0, most).flatMap(({ actor: { id, name }, node }) => {
    const explained = waiting.explain(id, now, NEAREST);
    return explained ? [{ ...explained, node, name }] : [];
  });
  return { queue, waiting: tickets.length, leader: leader?.node ?? null, who };
}

const WHY: Readonly<Record<string, string>> = {
  sameActor: 'is the same player',
  sameNode: 'plays on the same server (sameNode)',
  ruleset: 'plays by other rules (ruleset)',
  maxDifference: 'is further away than maxDifference',
  partySize: 'is a party of another size (party.unequal)',
  ownParty: 'has a player in common',
  blocked: 'is blocked, or has blocked this one',
  avoided: 'was met in vain a moment ago',
};

function whyNot(other: Other): string {
  const who = `${other.name} (${elo(other.elo)})`;
  switch (other.why) {
    case 'soon':
      return `${who} fits: any moment`;
    case 'outOfReach':
      return other.inSeconds === null
        ? `${who} is out of reach for the next hour`
        : `${who} is in reach in ${span(other.inSeconds * 1000)}`;
    case 'forbidden':
      return `${who} ${WHY[other.rule] ?? other.rule}`;
    case 'locked':
      return `${who} has an offer`;
    case 'resting':
      return `${who} was busy or silent`;
  }
}

function why({ state, nearest }: Explanation): string {
  if (state === 'locked') return 'has an offer';
  if (state === 'resting') return 'was busy or silent, rests';
  return nearest.length === 0
    ? 'nobody else is here'
    : whyNot(nearest.find((each) => each.why === 'soon') ?? (nearest[0] as Other));
}

export function queueText({ queue, waiting, leader, who }: QueueView): string {
  const unled =
    leader === null ? `\n\nNobody leads ${queue}: nobody is matched until a server does. \`jaeger check\` says more.` : '';
  if (waiting === 0) return `Nobody waits in ${queue}.${unled}`;
  const rows = who.map((one) => [
    ...[one.name, one.node, elo(one.elo), span(one.waitedSeconds * 1000)],
    ...[`${elo(Math.round(one.lowest))} to ${elo(Math.round(one.highest))}`, why(one)],
  ]);
  const rest = waiting > who.length ? `\n${waiting - who.length} more: --most says how many are shown.` : '';
  return `${waiting} ${waiting === 1 ? 'waits' : 'wait'} in ${queue}, the longest first:\n\n${table(['who', 'server', 'Elo', 'waited', 'range', 'why not yet'], rows)}${rest}${unled}`;
}
