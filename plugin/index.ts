/** The public API: `jaeger(config, host)`. Nothing starts before `start()`, and `stop()` undoes all of it. */
import { lastValueFrom, type Observable } from 'rxjs';
import type { Bus, Removed } from '../bus/bus.ts';
import { memoryBus } from '../bus/memory.ts';
import type { Options } from '../bus/options.ts';
import type { ActorRequest } from '../bus/requests.ts';
import { type Config, configOf } from './config.ts';
import { ConfigError, type Problem, problem } from './errors.ts';
import type { JaegerEvent } from './events.ts';
import { type Host, problemsOfHost } from './host.ts';
import { type Added, JaegerNode } from './node.ts';
import { realRuntime, realScheduler } from './runtime.ts';

export { BusUnreachable } from '../bus/bus.ts';
export { type BattleEnd, type BattleTurn, ControllableBattleActor } from './battle-actor.ts';
export { AddError, ConfigError, type Problem, StateError } from './errors.ts';
export type { JaegerEvent } from './events.ts';
export type { BattleSetup, Host, Later, LocalActor, MatchView, Notice, OfferView } from './host.ts';
export type { ActorRequest, Added, Bus, Options, Removed };
export { memoryBus };

export interface Jaeger {
  /** Starts. Resolves when the bus has answered; rejects with a `StateError` when already started. */
  start(): Promise<void>;
  /** Removes this server's actors from the queues, gives up the lead and ends what was going on. Again is no error. */
  stop(): Promise<void>;
  /**
   * Puts an actor in a queue. Resolves once it is kept; the same actor again gets the same answer. Rejects with an `AddError`
   * that lists everything wrong (and nothing was added), or a `StateError` when not started.
   */
  add(actor: ActorRequest): Promise<Added>;
  /**
   * Removes an actor at every stage until its battle begins; resolves with the stage that it was removed from, `nothing` when it was
   * nowhere, `PLAYING` when it is too late: leaving a battle is a forfeit, which is an input of the game.
   */
  remove(actorId: string): Promise<Removed>;
  /** Everything that happens on this node. Watching it starts nothing. */
  readonly events$: Observable<JaegerEvent>;
}

export interface Sharing {
  /** The bus that the nodes of one process share. Left out: this node has one of its own. */
  readonly bus?: Bus;
}

/**
 * A Jaeger for this game server.
 * @param config the content of `jaeger.json`; `{}` is the smallest
 * @param host the game, see `Host`
 * @throws ConfigError that lists everything wrong with both
 */
export function jaeger(config: Options, host: Host, sharing?: Sharing): Jaeger {
  const node = createNode(config, host, sharing?.bus);
  return {
    start: () => settled(node.start()),
    stop: () => settled(node.stop()),
    add: (actor) => lastValueFrom(node.add(actor)),
    remove: (actorId) => lastValueFrom(node.remove(actorId)),
    events$: node.events$,
  };
}

function createNode(config: Options, host: Host, bus: Bus | undefined): JaegerNode {
  const parsed = checked(config, host, bus);
  return new JaegerNode(parsed, host, realRuntime(bus ?? memoryBus({ scheduler: realScheduler, realm: parsed.realm })));
}

/** The configuration, once everything given is found right; one error lists whatever is wrong. */
function checked(config: Options, host: Host, bus: Bus | undefined): Config {
  const problems: Problem[] = [];
  let parsed: Config | undefined;
  try {
    parsed = configOf(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
  problems.push(...problemsOfHost(host));
  if (bus !== undefined && (typeof bus !== 'object' || bus === null || typeof bus.holdLease !== 'function'))
    problems.push(problem('bus', 'a bus, such as memoryBus() makes', bus));
  else if (bus && config?.realm !== undefined && config.realm !== bus.realm)
    problems.push(problem('realm', `the realm of the bus, ${bus.realm}`, config.realm));
  if (parsed && problems.length === 0) return parsed;
  throw new ConfigError('What was given to jaeger() is wrong:', problems);
}

const settled = (work$: Observable<void>): Promise<void> => lastValueFrom(work$, { defaultValue: undefined });
