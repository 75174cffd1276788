/** Who may not come in, nor come back. */
import type { Bar } from '../admin.ts';
import { MOST_REASON } from '../messages.ts';
import type { Store } from './store.ts';

/** What keeps these players out. */
export function barsAgainst(store: Store, players: Iterable<string>): Bar[] {
  const now = store.now();
  return [...players].flatMap((player) => {
    const bar = store.bars.get(player);
    const isBarred = bar && (bar.until === null || bar.until > now);
    return [...(isBarred ? [bar] : []), ...store.conduct.barsOf(player)];
  });
}

/** Why these players do not come back to where they waited, or undefined: whoever could not come in now. */
export function keptOut(store: Store, node: string, players: Iterable<string>): string | undefined {
  const [bar] = barsAgainst(store, players);
  if (bar) return bar.reason;
  const closed = store.closedAt(node);
  if (!closed) return undefined;
  const is = `the server is ${closed.how}`;
  const because = `${is}: ${closed.reason}`;
  return Buffer.byteLength(because) > MOST_REASON ? is : because;
}
