/** What is asked of Redis in one turn of the event loop goes out in one write: a write is the dearest part of a small command. */
import type { Cluster, Redis } from 'ioredis';

/** As the library says it of itself: asking for its class would load it. */
export const isCluster = (client: Redis | Cluster): client is Cluster => client.isCluster;

const gathering = new WeakSet<Redis | Cluster>();

/** Holds back what this client writes until the code that runs now, and what it has set going, is done. */
export function gather(client: Redis | Cluster): void {
  if (gathering.has(client)) return;
  gathering.add(client);
  // Who is not connected yet has none.
  const streams = (isCluster(client) ? client.nodes('master') : [client]).flatMap(({ stream }) => stream ?? []);
  for (const stream of streams) stream.cork();
  setImmediate(() => {
    gathering.delete(client);
    for (const stream of streams) stream.uncork();
  });
}
