/**
 * Players between "matched" and their battle: there is no room to forfeit in yet. Who wants out when the match has begun gives the battle up, which it
 * does as soon as it opens: whoever could still go then would go whenever the opponent is a strong one. It is asked once more first: the match may have
 * begun in the moment in which it wanted to leave the queue.
 *
 *   matched ──► opening ── giveUp ──► warned ── giveUp ──► givenUp;   opening, warned, givenUp ── opened ──► open;   any ── over ──► (none)
 */
import type { Notice } from '../../index.ts';

type State = 'opening' | 'warned' | 'givenUp' | 'open';

export class Openings {
  private readonly states = new Map<string, State>();

  /** The player is told this. */
  heard(id: string, { kind }: Notice): void {
    if (kind === 'matched') this.states.set(id, 'opening');
    else if (kind === 'back' || kind === 'withdrawn' || kind === 'void' || kind === 'elo') this.states.delete(id);
  }

  /** The first time it only has to be told what that is; undefined where there is nothing to give up, or a room to do it in. */
  giveUp(id: string): 'warned' | 'givenUp' | undefined {
    const state = this.states.get(id);
    if (state === undefined || state === 'open') return undefined;
    const next = state === 'opening' ? 'warned' : 'givenUp';
    this.states.set(id, next);
    return next;
  }

  /** The battle opens. Returns whether the player has given it up. */
  opened(id: string): boolean {
    const state = this.states.get(id);
    this.states.set(id, 'open');
    return state === 'givenUp';
  }
}
