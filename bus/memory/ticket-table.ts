/** The tickets of the embedded bus, by id and by queue: a queue's are listed without looking at each. */
import type { TicketRecord } from '../records.ts';

export class TicketTable {
  private readonly byId = new Map<string, TicketRecord>();
  private readonly byQueue = new Map<string, Map<string, TicketRecord>>();

  get(ticket: string): TicketRecord | undefined {
    return this.byId.get(ticket);
  }

  has(ticket: string): boolean {
    return this.byId.has(ticket);
  }

  set(ticket: string, record: TicketRecord): void {
    this.byId.set(ticket, record);
    const ofQueue = this.byQueue.get(record.queue);
    if (ofQueue) ofQueue.set(ticket, record);
    else this.byQueue.set(record.queue, new Map([[ticket, record]]));
  }

  delete(ticket: string): boolean {
    const record = this.byId.get(ticket);
    if (!record) return false;
    this.byId.delete(ticket);
    this.byQueue.get(record.queue)?.delete(ticket);
    return true;
  }

  values(): Iterable<TicketRecord> {
    return this.byId.values();
  }

  /** Those of a queue, in order of entering, as they are now. */
  ofQueue(queue: string): TicketRecord[] {
    return [...(this.byQueue.get(queue)?.values() ?? [])];
  }
}
