/** Every room's name, under one hash tag per realm (so that one Redis Cluster slot holds a realm). */

export interface Rooms {
  /** Where the leader of a queue listens. */
  jaeger(queue: string): string;
  /** The waiting room of one ticket. */
  waiting(ticket: string): string;
  /** Where leaders ask who is alive, and nodes say goodbye: one a realm. */
  readonly heartbeat: string;
  /** The challenge room of one match; `secret` is random and told to its two sides alone. */
  challenge(secret: string): string;
  /** Where users of a queue who wait for an instant match are made known: nothing said there tells who they are. */
  instantWaitlist(queue: string): string;
  /** Where one of them is told of its match; `secret` is random and its node's own. */
  instant(secret: string): string;
}

/** What all names of a realm begin with. `prefix` stands before the hash tag: a slot of a cluster holds a realm, whatever its prefix is. */
export const tagOf = (realm: string, prefix = ''): string => `${prefix}{jg:${realm}}`;

export function roomsOf(realm: string, prefix?: string): Rooms {
  const tag = tagOf(realm, prefix);
  return {
    jaeger: (queue) => `${tag}:jaeger:${queue}`,
    waiting: (ticket) => `${tag}:waiting:${ticket}`,
    heartbeat: `${tag}:heartbeat:nodes`,
    challenge: (secret) => `${tag}:challenge:${secret}`,
    instantWaitlist: (queue) => `${tag}:INSTANT_MATCH_WAITLIST:${queue}`,
    instant: (secret) => `${tag}:INSTANT_MATCH:${secret}`,
  };
}
