/** One step of a random walk through a bus. */
import type { Observable } from 'rxjs';
import type { Bus } from '../../../bus/bus.ts';

/** What is done next: a name to print, and how it is asked of a bus. */
export type Move = readonly [name: string, ask: (bus: Bus) => Observable<unknown>];
