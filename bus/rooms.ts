/** Every room's name, under one hash tag per realm (so that one Redis Cluster slot holds a realm). */

export interface Rooms {
  /** Where the leader of a queue listens. */
  jaeger(queue: string): string;
  /** The waiting room of one ticket. */
  waiting(ticket: string): string;
  /** The challenge room of one match; `secret` is random and told to its two sides alone. */
  challenge(secret: string): string;
}

export const tagOf = (realm: string): string => `{jg:${realm}}`;

export function roomsOf(realm: string): Rooms {
  const tag = tagOf(realm);
  return {
    jaeger: (queue) => `${tag}:jaeger:${queue}`,
    waiting: (ticket) => `${tag}:waiting:${ticket}`,
    challenge: (secret) => `${tag}:challenge:${secret}`,
  };
}
