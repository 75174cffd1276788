/** Which configuration of a queue is the realm's, in the embedded bus. */
import type { AgreedConfig, AgreeRequest } from '../admin.ts';
import type { Store } from './store.ts';

export function agree(store: Store, { queue, config, hash, node, unseenMs }: AgreeRequest): AgreedConfig {
  const now = store.now();
  const known = store.configs.get(queue);
  const isUnseen = now >= (store.configsSeen.get(queue) ?? 0) + unseenMs;
  const isGone = known !== undefined && known.hash !== hash && !known.byOwner && isUnseen;
  const agreed = known && !isGone ? known : { config, hash, at: now, by: node, byOwner: false };
  store.configs.set(queue, agreed);
  if (agreed.hash === hash) store.configsSeen.set(queue, now);
  return agreed;
}
