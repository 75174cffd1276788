/**
 * Slots by ticket. In many small tables: one large one is built anew in a single go when it grows, which at 100,000 takes as long as a
 * whole step may.
 */
const TABLES = 64;

export class Slots {
  size = 0;
  private readonly tables = Array.from({ length: TABLES }, () => new Map<string, number>());

  get(ticket: string): number | undefined {
    return this.table(ticket).get(ticket);
  }

  /** The ticket has no slot yet. */
  add(ticket: string, slot: number): void {
    this.table(ticket).set(ticket, slot);
    this.size++;
  }

  delete(ticket: string): void {
    if (this.table(ticket).delete(ticket)) this.size--;
  }

  private table(ticket: string): Map<string, number> {
    // Tickets are random, most so at their ends.
    const { length } = ticket;
    return this.tables[(ticket.charCodeAt(length - 1) + 7 * ticket.charCodeAt(length - 2)) % TABLES || 0] as Map<
      string,
      number
    >;
  }
}
