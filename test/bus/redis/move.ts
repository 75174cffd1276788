/** One step of a random walk through a bus. */
import type { Observable } from 'rxjs';
import type { Bus } from '../../../bus/bus.ts';

/** What is done with a bus that is no verb which answers. */
export interface Hands {
  /** A node campaigns for a queue's lease from now on; where it does it stops. */
  campaign(queue: string, node: string): Promise<void>;
  /** All data is lost, and who campaigned does it anew. */
  lose(): Promise<void>;
}

/** What is done next: a name to print, and how it is asked of a bus. */
export type Move = readonly [name: string, ask: (bus: Bus) => Observable<unknown>];
export type Deed = { readonly name: string; does(hands: Hands): Promise<void> };
