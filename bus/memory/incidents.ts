/** What the owner should know of, each once by its id; the oldest go. */
import { type IncidentRecord, MOST_AGO_MS, MOST_INCIDENTS } from '../admin.ts';

/** What is not said of an incident is null, or none. */
export const NOTHING_SAID = {
  ...{ who: null, queue: null, matchId: null, stage: null, actors: [], nodes: [] },
  ...{ against: null, lastEntryAt: null, firstOverAt: null, log: null },
} as const satisfies Partial<IncidentRecord>;

export type NewIncident = Pick<IncidentRecord, 'id' | 'kind' | 'detail'> & Partial<IncidentRecord>;

/** Numbers grow with the clock: leaders' are even, those of what nodes report odd. */
export class Incidents {
  /** In the order in which they came. */
  private readonly records = new Map<string, IncidentRecord>();
  private newest = 0;
  private readonly now: () => number;
  private readonly parity: 0 | 1;

  constructor(now: () => number, parity: 0 | 1) {
    this.now = now;
    this.parity = parity;
  }

  add(incident: NewIncident, agoMs = 0): void {
    if (this.records.has(incident.id)) return;
    const now = this.now();
    this.newest = Math.max(this.newest + 2, 2 * now + this.parity);
    const at = now - Math.max(0, Math.min(Math.floor(agoMs), MOST_AGO_MS));
    this.records.set(incident.id, { ...NOTHING_SAID, ...incident, number: this.newest, at } as IncidentRecord);
    const [oldest] = this.records.keys();
    if (this.records.size > MOST_INCIDENTS && oldest !== undefined) this.records.delete(oldest);
  }

  all(): Iterable<IncidentRecord> {
    return this.records.values();
  }
}

export const pageOf = (tables: readonly Incidents[], below: number | null, most: number): IncidentRecord[] =>
  tables
    .flatMap((table) => [...table.all()])
    .filter(({ number }) => below === null || number < below)
    .sort((a, b) => b.number - a.number)
    .slice(0, most);
