/** Since when nothing is wrong: what checkers wait for before something is late. */
import type { View } from './checker.ts';
import type { Server } from './server.ts';

/** So long after trouble it shows that what was asked is not answered, and what is asked again is. */
export const RECOVERED_MS = 1500;

/** Since when a queue's leader is there and could do its work, in virtual ms; `now` while it cannot. */
export function ledWellSince(view: View, queue: string): number {
  const leader = view.leader(queue);
  // One that is dead, or was started anew, leads until its lease runs out.
  const server = leader && view.server(leader.node);
  if (!leader || !server?.isUp || server.since > leader.since) return view.now();
  const { renewMs } = view.config.lease;
  const troubled = view.faults.calmSince(leader.node);
  const { missedAt, newsLostAt, toldAt } = server.network;
  // Who is not answered that it leads asks again when it would have renewed its lease.
  const isUntold = toldAt < leader.since || Math.abs(troubled - leader.since) < UNDER_WAY_MS;
  const since = Math.max(leader.since, troubled, toldAt) + RECOVERED_MS + (isUntold ? renewMs : 0);
  // The last of what was said to it is lost: it finds that out when there is no news for so long.
  const quietMs = (view.config.queues.get(queue)?.times.heartbeatMs ?? 0) + QUIET_LOOK_MS + RECOVERED_MS;
  const caughtUp = Math.max(since, Math.max(missedAt, newsLostAt) + quietMs);
  // After a loss of everything the servers have their time to say what they hold.
  const lostAt = view.lostAt() ?? Number.NEGATIVE_INFINITY;
  const dataLossMs = server.since <= lostAt ? (view.config.queues.get(queue)?.times.dataLossMs ?? 0) : 0;
  // It learns what the store's clock says when it renews its lease.
  return Math.max(caughtUp, since + dataLossMs, view.jumpedAt() + RECOVERED_MS + renewMs);
}
/** What is asked, or its answer, may be on its way for so long. */
const UNDER_WAY_MS = 2500;
/** How often a leader looks whether there was news. */
export const QUIET_LOOK_MS = 5000;

/** Since when what a server asks is answered at once: whoever was not asks again. */
export const answeredSince = ({ network, clock }: Server): number =>
  Math.max(network.vainAt, clock.stoodStillAt) + RECOVERED_MS;

/** Since when a server knows all that is said of its queue; `Infinity` while it does not. */
export const heardSince = ({ network: { newsLostAt, missedAt, deafAt } }: Server): number =>
  newsLostAt > 0 ? Number.POSITIVE_INFINITY : Math.max(missedAt, deafAt);

/** Since when one server could do what it has to. */
export const wellSince = (view: View, node: string): number => view.faults.calmSince(node) + RECOVERED_MS;

/** What is late, and since when. */
export class Lateness {
  private readonly view: View;
  /** By what it is: when it was first seen, and since when its time is over, in virtual ms. */
  private readonly known = new Map<string, { readonly seen: number; since: number | undefined }>();
  private readonly current = new Set<string>();

  constructor(view: View) {
    this.view = view;
  }

  /**
   * For how long, in ms, something is past a time of the store although whoever sees to it could have, since `calmSince`. Who knew of it before
   * the store's clock was set goes by what it was then: by so much it may be late. `unheardMs`: so long whoever sees to it may go by what was
   * before, for it is told only when it asks.
   */
  pastMs(key: string, at: number, calmSince: number, unheardMs = 0): number {
    const { view } = this;
    const now = view.now();
    const seen = this.firstSeen(key);
    const known = this.known.get(key) as { since: number | undefined };
    const overMs = view.busNow() - at;
    if (overMs <= 0) return 0;
    known.since ??= Math.max(0, now - overMs);
    const knewMs = LOOK_MS + RECOVERED_MS + view.config.lease.renewMs;
    return now - Math.max(known.since, calmSince) - view.jumpedSince(seen - knewMs - unheardMs);
  }

  /** When it was first asked for, in virtual ms. */
  firstSeen(key: string): number {
    const known = this.known.get(key) ?? { seen: this.view.now(), since: undefined };
    this.known.set(key, known);
    this.current.add(key);
    return known.seen;
  }

  /** Whatever was not asked for since the last time is over. */
  forget(): void {
    for (const key of this.known.keys()) if (!this.current.has(key)) this.known.delete(key);
    this.current.clear();
  }
}
const LOOK_MS = 1000;
