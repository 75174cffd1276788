/**
 * The local player's choices on their way into the log.
 *
 * A choice answers one request of the simulator, and the log may bring the other side's choice first, with which the turn is over. So who changes
 * its mind takes the old choice back, waits until the simulator has answered, and chooses again only if it is still asked the same.
 */
export interface ChoicesOptions {
  send(line: string): void;
  /** The number of the request that the player sees. */
  request(): number;
  /** Has the simulator said that what was chosen stands? */
  stands(): boolean;
  /** What was chosen came too late. */
  tooLate(): void;
}

export class Choices {
  private readonly options: ChoicesOptions;
  /** The request that was answered last; 0: none is. */
  private answered = 0;
  private isUndoing = false;
  private held: { readonly request: number; readonly line: string } | undefined;

  constructor(options: ChoicesOptions) {
    this.options = options;
  }

  choose(line: string, undoLine: string): void {
    const request = this.options.request();
    if (!this.isUndoing && this.answered !== request) {
      this.answered = request;
      this.options.send(line);
      return;
    }
    this.undo(undoLine);
    this.held = { request, line };
  }

  undo(undoLine: string): void {
    this.held = undefined;
    if (this.isUndoing || this.answered !== this.options.request()) return;
    this.isUndoing = true;
    this.options.send(undoLine);
  }

  /** The simulator has answered to what took a choice back. */
  undone(): void {
    const { held } = this;
    this.isUndoing = false;
    this.held = undefined;
    if (!this.options.stands()) this.answered = 0;
    if (!held) return;
    if (this.answered === 0 && held.request === this.options.request()) {
      this.answered = held.request;
      this.options.send(held.line);
    } else this.options.tooLate();
  }

  /** The simulator did not take the choice. */
  refused(): void {
    if (!this.isUndoing) this.answered = 0;
  }
}
