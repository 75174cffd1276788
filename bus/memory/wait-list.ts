/** The wait list of instant matches: on it, off it, made known. */
import { PROTOCOL_VERSION } from '../messages.ts';
import type { InstantRecord } from '../records.ts';
import type { Store } from './store.ts';

/** On the list for as long as it lives; with `unseen` nobody finds it before its node has renewed it. */
export function listInstant(store: Store, record: InstantRecord, unseen = false): void {
  const { ticket, queue, node, boot, actor } = record;
  const now = store.now();
  if (!store.instants.has(ticket)) store.instantsWaiting.set(queue, (store.instantsWaiting.get(queue) ?? 0) + 1);
  store.instants.set(ticket, { ...record, expiresAt: unseen ? now : now + record.lifeMs });
  store.instantsDue.set(ticket, now + record.lifeMs);
  store.place([actor.id], { place: 'instant', of: ticket, queue, node, boot });
}

export function dropInstant(store: Store, { ticket, queue, actor }: InstantRecord): void {
  if (!store.instants.delete(ticket)) return;
  store.instantsDue.delete(ticket);
  store.instantsWaiting.set(queue, (store.instantsWaiting.get(queue) ?? 1) - 1);
  store.unplace([actor.id], ticket);
}

/** Tells every node with users who wait: nothing of it says who this is, or where. */
export function broadcastInstant(store: Store, { ticket, queue, room, preferences, data }: InstantRecord): void {
  const said = { v: PROTOCOL_VERSION, kind: 'INSTANT_MATCH_WAITLIST', ticket, room, preferences, data } as const;
  store.publish(store.rooms.instantWaitlist(queue), said);
}
