/** Offers that players of this server are asked about: a message with two buttons and the seconds left. */
import { Observable } from 'rxjs';
import type { OfferView, Texts } from '../../index.ts';
import { languageOf } from './language.ts';
import { message, withdrawn } from './messages.ts';
import { escaped, type ShowdownUser } from './server.ts';

const EVERY_MS = 5000;

export class Offers {
  private readonly texts: Texts;
  private readonly open = new Map<string, (accepts: boolean) => void>();

  constructor(texts: Texts) {
    this.texts = texts;
  }

  /** Asks; unsubscribing takes the question back. `user`: who it is now, if here. */
  ask(id: string, offer: OfferView, user: () => ShowdownUser | null): Observable<boolean> {
    return new Observable((subscriber) => {
      const name = `jaeger-offer-${offer.offerId}`;
      const until = Date.now() + offer.windowMs;
      const show = (): void => {
        const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
        message(user(), name, this.html(user(), offer.queue, seconds));
      };
      const timer = setInterval(show, EVERY_MS);
      const answer = (accepts: boolean): void => {
        subscriber.next(accepts);
        subscriber.complete();
      };
      this.open.set(id, answer);
      show();
      return () => {
        clearInterval(timer);
        if (this.open.get(id) === answer) this.open.delete(id);
        withdrawn(user(), name);
      };
    });
  }

  /** Returns whether there was something to answer. */
  answer(id: string, accepts: boolean): boolean {
    const answer = this.open.get(id);
    answer?.(accepts);
    return answer !== undefined;
  }

  private html(user: ShowdownUser | null, queue: string, seconds: number): string {
    const language = languageOf(user);
    const says = this.texts.say('offer', { queue, seconds }, language);
    const [accept, decline] = (['accept', 'decline'] as const).map((key) => escaped(this.texts.say(key, {}, language)));
    return (
      `<div class="infobox"><strong>${escaped(says)}</strong><br />` +
      `${button('/ranked accept', `<strong>${accept}</strong>`)} ${button('/ranked decline', `${decline}`)}</div>`
    );
  }
}

const button = (command: string, label: string): string =>
  `<button class="button" name="send" value="${command}">${label}</button>`;
