/** The demo's world: nodes on one memory bus in virtual time, and players who come, queue, fight and go. */
import { merge } from 'rxjs';
import { memoryBus } from '../../bus/memory.ts';
import type { Explanation } from '../../matcher/index.ts';
import { configOf } from '../../plugin/config.ts';
import { JaegerNode } from '../../plugin/node.ts';
import type { Runtime } from '../../plugin/runtime.ts';
import { hashOf } from '../random.ts';
import { VirtualTime } from '../virtual-time.ts';
import { pokemonHost } from './pokemon.ts';
import type { Told } from './print.ts';
import { nodeName, type Player, Story, type StoryOptions } from './story.ts';

/** Nothing moved for so long: whatever is not over is stuck. */
const STUCK_MS = 30 * 60_000;

type Near = Explanation['nearest'][number];

export class World implements Told {
  readonly time = new VirtualTime();
  readonly story: Story;
  private readonly nodes = new Map<string, JaegerNode>();
  private lastEventAt = 0;

  constructor(options: StoryOptions) {
    const { seed } = options;
    this.story = new Story(options);
    const bus = memoryBus({ scheduler: this.time });
    for (let index = 0; index < options.nodes; index++) {
      const nodeId = nodeName(index);
      let ids = 0;
      const runtime: Runtime = {
        bus,
        scheduler: this.time,
        newId: () => hashOf(seed, 'id', nodeId, ids++).slice(0, 12),
        // Virtual time stands still while a step runs: the same seed gives the same steps on every machine.
        elapsedMs: () => 0,
      };
      const host = pokemonHost({
        seed,
        scheduler: this.time,
        tell: () => undefined,
        ended: (matchId, turns) => this.story.gameTurns(matchId, turns),
      });
      this.nodes.set(nodeId, new JaegerNode(configOf({ nodeId }), host, runtime));
    }
  }

  now(): number {
    return this.time.now();
  }

  /** Who is in reach of an actor, as the leading node sees it. */
  inReach(actorId: string): readonly Near[] {
    for (const node of this.nodes.values()) {
      const explanation = node.explain(actorId);
      if (explanation) return explanation.nearest.filter(({ why }) => why === 'soon');
    }
    return [];
  }

  start(): void {
    merge(...[...this.nodes.values()].map((node) => node.events$)).subscribe((event) => {
      this.lastEventAt = this.time.now();
      this.story.take(event);
    });
    for (const node of this.nodes.values()) node.start().subscribe();
    for (const player of this.story.players) this.time.after(player.at, () => this.queue(player));
  }

  stop(): void {
    for (const node of this.nodes.values()) node.stop().subscribe();
    this.time.runUntil(this.time.now());
  }

  /** Has nothing happened for so long that whatever is left is stuck? */
  get stuck(): boolean {
    return this.story.complete && this.time.now() - this.lastEventAt > STUCK_MS;
  }

  private queue(player: Player): void {
    const { id, name, elo, node } = player;
    this.nodes
      .get(node)
      ?.add({ id, name, elo })
      .subscribe({
        // The event `entered` has been by then: who has arrived is waiting.
        complete: () => this.story.came(player),
        error: (error: Error) => this.story.came(player, error.message),
      });
  }
}
