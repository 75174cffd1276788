/** Whom a command of the owner is about. It may come before its player or server does; a name that is misspelt would go unnoticed, so it is told. */
import type { Realm } from './realm.ts';

export interface Known {
  /** As JSON has it. */
  readonly found: Readonly<Record<string, boolean>>;
  /** Whoever is not known may be misspelt; nothing where they are known. */
  readonly doubt?: string;
  /** What becomes of a command that is done all the same. */
  readonly later: string;
}

export async function serverKnown({ admin }: Realm, node: string): Promise<Known> {
  const seen = (await admin.overview()).nodes.filter(({ sign }) => sign !== null).map((one) => one.node);
  const isSeen = seen.includes(node);
  const doubt = `No server ${node} has been seen yet. There are: ${seen.join(', ') || 'none'}.`;
  return { found: { isSeen }, ...(isSeen ? {} : { doubt }), later: 'This counts when it comes.' };
}

export async function playerKnown(realm: Realm, player: string): Promise<Known> {
  const isKnown = await hasBeenHere(realm, player);
  const doubt = `No player ${player} is known: nobody of that id waits, plays, is barred or has an Elo. Is it spelt right?`;
  return { found: { isKnown }, ...(isKnown ? {} : { doubt }), later: 'If so, this counts when they come.' };
}

async function hasBeenHere({ admin }: Realm, player: string): Promise<boolean> {
  const { presence, bar, ratings } = await admin.player(player);
  if (presence || bar || Object.values(ratings).some((rating) => rating !== null)) return true;
  for (const queue of Object.keys(ratings))
    for (const { name } of await admin.seasons(queue)) if ((await admin.history(queue, player, name)).games > 0) return true;
  return false;
}
