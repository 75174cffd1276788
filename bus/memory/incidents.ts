/** What the owner should know of, each once by its id; the oldest go. */
import { type IncidentRecord, MOST_INCIDENTS } from '../admin.ts';

/** What is not said of an incident is null, or none. */
export const NOTHING_SAID = {
  ...{ who: null, queue: null, matchId: null, stage: null, actors: [], nodes: [] },
  ...{ against: null, lastEntryAt: null, firstOverAt: null, log: null },
} as const satisfies Partial<IncidentRecord>;

export type NewIncident = Pick<IncidentRecord, 'id' | 'kind' | 'detail'> & Partial<IncidentRecord>;

export class Incidents {
  /** In the order in which they came. */
  private readonly records = new Map<string, IncidentRecord>();
  private newest = 0;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  add(incident: NewIncident): void {
    if (this.records.has(incident.id)) return;
    this.records.set(incident.id, { ...NOTHING_SAID, ...incident, number: ++this.newest, at: this.now() } as IncidentRecord);
    const [oldest] = this.records.keys();
    if (this.records.size > MOST_INCIDENTS && oldest !== undefined) this.records.delete(oldest);
  }

  page(below: number | null, most: number): IncidentRecord[] {
    const records = [...this.records.values()].reverse();
    return records.filter(({ number }) => below === null || number < below).slice(0, most);
  }
}
