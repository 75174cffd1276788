/** What comes of asking to come in, and of an answer given. */
import type { Bar, Closed } from './admin.ts';
import type { TicketBody } from './messages.ts';
import type { Place } from './records.ts';

/** Where somebody already is. */
export interface Presence {
  readonly player: string;
  readonly place: Place;
  readonly queue: string;
  readonly node: string;
  readonly boot: string;
}

export type Entered =
  | { readonly entered: TicketBody }
  | { readonly refused: 'present'; readonly presences: readonly Presence[] }
  | { readonly refused: 'full'; readonly waiting: number }
  | { readonly refused: 'removed' }
  /** Nobody of this node is taken in. */
  | { readonly refused: 'closed'; readonly closed: Closed }
  | { readonly refused: 'barred'; readonly bars: readonly Bar[] }
  /** Another server of the same name has taken this one's place. */
  | { readonly refused: 'superseded'; readonly by: string }
  /** Asked to take a ticket in again that the bus has not lost, or that is older than its node. */
  | { readonly refused: 'stale' };

/** `late`: past the deadline or the stage; `foreign`: no such offer or match, or another's side; `size`: too large. */
export type Answered = 'done' | 'late' | 'foreign' | 'size';
