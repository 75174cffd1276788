/**
 * Players between "matched" and their battle: there is no room to forfeit in yet. Who wants out when the match has begun gives the battle up, which it
 * does as soon as it opens: whoever could still go then would go whenever the opponent is a strong one.
 *
 *   matched ──► opening ── giveUp ──► givenUp;   opening, givenUp ── opened ──► open;   any ── over ──► (none)
 */
import type { Notice } from '../../index.ts';

type State = 'opening' | 'givenUp' | 'open';

export class Openings {
  private readonly states = new Map<string, State>();

  /** The player is told this. */
  heard(id: string, { kind }: Notice): void {
    if (kind === 'matched') this.states.set(id, 'opening');
    else if (kind === 'back' || kind === 'withdrawn' || kind === 'void' || kind === 'elo') this.states.delete(id);
  }

  /** Returns whether there was something to give up. */
  giveUp(id: string): boolean {
    const state = this.states.get(id);
    if (state === 'opening') this.states.set(id, 'givenUp');
    return state === 'opening' || state === 'givenUp';
  }

  /** The battle opens. Returns whether the player has given it up. */
  opened(id: string): boolean {
    const state = this.states.get(id);
    this.states.set(id, 'open');
    return state === 'givenUp';
  }
}
