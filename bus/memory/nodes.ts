/** What nodes say of themselves: that they begin, live and end; and what the leader does with those who say nothing. */
import type { AliveRequest, Arrived, ArriveRequest, Departed, Fence, Holdings, HoldingsRequest, Lives, Wiped } from '../bus.ts';
import { PROTOCOL_VERSION } from '../messages.ts';
import type { TicketRecord } from '../records.ts';
import { tallyOf } from '../tally.ts';
import { currentSign, isSuperseded, type Store } from './store.ts';
import { depart } from './tickets.ts';

/** Signs older than this are let go when a node begins. */
const SIGN_KEPT_MS = 7 * 86_400_000;
/** How many tickets are removed at once. */
export const MOST_DEPARTED = 1000;

export function arrive(store: Store, { protocol, node, boot, since, silenceMs }: ArriveRequest): Arrived {
  if (store.protocol !== null && store.protocol !== protocol) return { refused: 'protocol', spoken: store.protocol };
  const now = store.now();
  const { generation } = store;
  const before = currentSign(store, node).sign;
  if (since !== null && isSuperseded(before, boot) && now < before.at + silenceMs)
    return { refused: 'superseded', by: before.boot };
  const isNew = before?.boot !== boot;
  const begun = Math.min(since ?? now, now, isNew ? now : before.since);
  if (isNew) for (const sign of [...store.signs.values()]) if (sign.at < now - SIGN_KEPT_MS) store.signs.delete(sign.node);
  const kept = isNew ? { node, boot, rival: null, skewMs: null, queues: {} } : before;
  store.signs.set(node, { ...kept, at: now, since: begun, gone: null });
  const { more } = departAll(store, (record) => record.node === node && record.boot !== boot);
  return { since: begun, generation, more };
}

export function alive(store: Store, request: AliveRequest): Lives {
  const { node, boot, queue, ruleset, tally, silenceMs, clockMs } = request;
  const now = store.now();
  const { generation } = store;
  const before = currentSign(store, node).sign;
  if (isSuperseded(before, boot) && now < before.at + silenceMs) {
    // Told to the other one when it gives its next sign.
    store.signs.set(node, { ...before, rival: boot });
    return { refused: 'superseded', by: before.boot };
  }
  const sign = before?.boot === boot ? before : { node, boot, since: now, gone: null, rival: null, skewMs: null, queues: {} };
  if (sign.gone !== null) return { refused: 'gone' };
  const queues = { ...sign.queues, [queue]: { ruleset, ...tally } };
  const skewMs = clockMs === undefined ? null : Math.round(clockMs) - now;
  store.signs.set(node, { ...sign, at: now, rival: null, skewMs, queues });
  const said = { v: PROTOCOL_VERSION, kind: 'ALIVE', node, boot, generation, ruleset, ...tally } as const;
  store.publish(store.rooms.jaeger(queue), said);
  const held = ofNode(store, (record) => record.node === node && record.boot === boot && record.queue === queue);
  return { generation, tally: tallyOf(held.map(({ ticket }) => ticket)), rival: sign.rival };
}

export function goodbye(store: Store, node: string, boot: string, rejoin: boolean): Departed {
  const now = store.now();
  const sign = store.signs.get(node) ?? { node, boot, since: now, gone: null, rival: null, skewMs: null, queues: {} };
  // The name is another boot's by now.
  if (sign.boot !== boot) return { tickets: [], more: false };
  if (sign.gone === null) {
    store.signs.set(node, { ...sign, at: now, gone: rejoin ? 'rejoin' : 'gone' });
    store.publish(store.rooms.heartbeat, { v: PROTOCOL_VERSION, kind: 'GOODBYE', node, boot, rejoin });
  }
  return departAll(store, (record) => record.node === node);
}

export function wipe(store: Store, { queue }: Fence, node: string, since: number): Wiped {
  const { sign, isAhead } = currentSign(store, node);
  // No answer is from the future.
  if (sign && !isAhead && sign.gone === null && sign.at >= since) return { refused: 'alive' };
  return departAll(store, (record) => record.node === node && record.queue === queue);
}

export function holdings(store: Store, { node, boot, queue, after, most }: HoldingsRequest): Holdings {
  const found = ofNode(store, (record) => record.node === node && record.queue === queue && record.ticket > after)
    .sort((a, b) => compare(a.ticket, b.ticket))
    .slice(0, most);
  const tickets = found.filter((record) => record.boot === boot).map(({ ticket }) => ticket);
  return { generation: store.generation, tickets, next: found.length === most ? (found.at(-1)?.ticket ?? null) : null };
}

const ofNode = (store: Store, isMeant: (record: TicketRecord) => boolean): TicketRecord[] =>
  [...store.tickets.values()].filter(isMeant);

function departAll(store: Store, isMeant: (record: TicketRecord) => boolean): Departed {
  // In the order in which Redis keeps them.
  const held = ofNode(store, isMeant).sort((a, b) => compare(a.queue, b.queue) || compare(a.ticket, b.ticket));
  const departing = held.slice(0, MOST_DEPARTED);
  for (const record of departing) depart(store, record, 'its server was gone');
  return { tickets: departing.map(({ ticket }) => ticket), more: held.length > departing.length };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
