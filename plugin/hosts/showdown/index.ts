/** The plugin that a Pokémon Showdown server loads: its commands, what it wants to hear of users, and what is to be done when it is unloaded. */
import { commandsOf } from './commands.ts';
import { run } from './engine.ts';
import type { ShowdownUser } from './server.ts';
import { isStandIn } from './stand-in.ts';

export { isShowdown } from './server.ts';

export function showdownPlugin() {
  const running = run();
  const engine = 'engine' in running ? running.engine : undefined;
  return {
    commands: commandsOf(running),
    handlers: {
      onDisconnect: (user: ShowdownUser) => (isStandIn(user) ? undefined : engine?.gone(user.id)),
      onRename: (user: ShowdownUser, oldId: string, newId: string) => engine?.renamed(user, oldId, newId),
    },
    destroy: () => engine?.orphan(),
  };
}
