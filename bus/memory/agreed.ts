/** Which configuration of a queue is the realm's, and of which secret, in the embedded bus. */
import type { AgreedConfig, AgreeRequest } from '../admin.ts';
import type { Store } from './store.ts';

export function agree(store: Store, { queue, config, hash, secret, node, unseenMs }: AgreeRequest): AgreedConfig {
  const now = store.now();
  const known = store.configs.get(queue);
  const isUnseen = now >= (store.configsSeen.get(queue) ?? 0) + unseenMs;
  let agreed = known;
  if (!known || (known.hash !== hash && !known.byOwner && isUnseen))
    agreed = { config, hash, secret, at: now, by: node, byOwner: false };
  else if (known.hash === hash && known.secret !== secret && (known.secret === undefined || isUnseen))
    agreed = { ...known, secret };
  const result = agreed as AgreedConfig;
  store.configs.set(queue, result);
  if (result.hash === hash && result.secret === secret) store.configsSeen.set(queue, now);
  return result;
}
