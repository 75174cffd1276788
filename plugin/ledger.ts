/**
 * The leader's copy of one queue's records: loaded from the bus, kept up to date by what the nodes' scripts say. Those messages are
 * numbered; when one is missing the copy is loaded anew.
 */
import { concat, defer, EMPTY, finalize, type Observable, of, Subject } from 'rxjs';
import type { MatchChange, ScriptMessage, TicketBody } from '../bus/messages.ts';
import type { MatchRecord, OfferRecord, SideRecord, Snapshot, TicketRecord } from '../bus/records.ts';
import { exact, type Queue, type Ticket } from '../matcher/index.ts';

/** A ticket of the bus as the matcher takes it. */
export const ticketOf = ({ ticket, actor, node, ruleset, firstConsidered }: TicketBody): Ticket => {
  const elo = exact(actor.elo);
  return { ticket, node, ruleset, firstConsidered, actor: elo === actor.elo ? actor : { ...actor, elo } };
};

/** How many offers, tickets and matches may be spoken of before they are known here, and how often each. */
const MOST_EARLY = 1000;
const MOST_EARLY_EACH = 16;

/** The revision of a ledger that was never loaded. */
const NEVER = -1;

export type Fit = 'applied' | 'old' | 'gap';

export class Ledger {
  private readonly queue: Queue;
  private readonly offers = new Map<string, OfferRecord>();
  private readonly matches = new Map<string, MatchRecord>();
  /** Whoever watches one offer or match is told of that one alone: with many open at once nothing else would scale. */
  private readonly offerChanges = new Changes<OfferRecord>();
  private readonly matchChanges = new Changes<MatchRecord>();
  /** What was said of an offer or match whose making was not answered yet: news may be faster than the answer. */
  private readonly early = new Map<string, ScriptMessage[]>();
  private looked: Set<string> = new Set();
  private revision = NEVER;
  /** Tickets that the newest snapshot holds as locked. */
  private readonly locked: string[] = [];
  /** Tickets that the leader's own work has changed since the newest snapshot was asked for. */
  private changed: ReadonlySet<string> = new Set();
  /** Offers and matches that were over since then; undefined while nothing is loaded. */
  private dropped: Set<string> | undefined;

  constructor(queue: Queue) {
    this.queue = queue;
  }

  /** A snapshot is going to be asked for: what the leader's own work changes from now on is newer than it. */
  beginLoad(): void {
    this.changed = this.queue.watchChanges();
    this.dropped = new Set();
  }

  /** Takes over what the bus holds, a piece at a time. Tickets that it no longer holds leave the queue. */
  *load(snapshot: Snapshot): Generator<void> {
    const { changed } = this;
    const isAgain = this.revision !== NEVER;
    this.revision = snapshot.revision;
    const held = new Set<string>();
    this.queue.reserve(snapshot.tickets.length);
    this.locked.length = 0;
    for (const record of snapshot.tickets) {
      if (isAgain) held.add(record.ticket);
      if (!changed.has(record.ticket)) this.put(record);
      if (record.state === 'locked') this.locked.push(record.ticket);
      yield;
    }
    if (isAgain)
      for (const { ticket } of this.queue.tickets()) {
        if (!held.has(ticket) && !changed.has(ticket)) this.queue.leave(ticket);
        yield;
      }
    for (const offer of snapshot.offers) {
      if (!this.dropped?.has(offer.offerId)) this.putOffer(offer);
      yield;
    }
    for (const match of snapshot.matches) {
      const known = this.matches.get(match.matchId);
      if (!this.dropped?.has(match.matchId) && (!known || known.revision < match.revision)) this.putMatch(match);
      yield;
    }
    this.queue.unwatchChanges();
    this.dropped = undefined;
  }

  private put(record: TicketRecord): void {
    if (!this.queue.get(record.ticket)) this.queue.enter(ticketOf(record));
    if (record.state === 'locked') this.queue.lock(record.ticket);
    else this.queue.comeBack(record.ticket);
  }

  /** Takes in what a node's script said. `gap`: something before it was missed, and nothing was changed. */
  apply(message: ScriptMessage): Fit {
    if (message.revision <= this.revision) return 'old';
    if (message.revision !== this.revision + 1) return 'gap';
    this.revision = message.revision;
    this.take(message);
    return 'applied';
  }

  private take(message: ScriptMessage): void {
    switch (message.kind) {
      case 'ENTERED':
        if (!this.queue.get(message.entry.ticket)) this.queue.enter(ticketOf(message.entry));
        break;
      case 'LEFT':
        this.queue.leave(message.ticket);
        // The offer that it is part of may not be known here yet.
        this.keep(message.ticket, message);
        for (const offer of this.offers.values()) {
          if (offer.head === message.ticket) this.putOffer({ ...offer, headReply: 'removed' });
          if (offer.candidate === message.ticket) this.putOffer({ ...offer, candidateReply: 'removed' });
        }
        break;
      case 'CONFIRM':
      case 'DECLINE': {
        const offer = this.offers.get(message.offerId);
        if (!offer) this.keep(message.offerId, message);
        const reply = message.kind === 'CONFIRM' ? 'confirmed' : 'declined';
        if (offer?.head === message.ticket) this.putOffer({ ...offer, headReply: reply });
        else if (offer) this.putOffer({ ...offer, candidateReply: reply });
        break;
      }
      // The leader looks it up.
      case 'OPENED':
        break;
      default:
        this.applyToMatch(message);
    }
  }

  private keep(id: string, message: ScriptMessage): void {
    const kept = this.early.get(id);
    if (kept && kept.length < MOST_EARLY_EACH) kept.push(message);
    else if (!kept) this.early.set(id, [message]);
    const [oldest] = this.early.keys();
    if (this.early.size > MOST_EARLY && oldest !== undefined) this.early.delete(oldest);
  }

  private takeEarly(id: string): void {
    const kept = this.early.get(id) ?? [];
    this.early.delete(id);
    for (const message of kept) this.take(message);
  }

  /** Whoever was locked when the queue was loaded and still is. */
  lockedTickets(): Ticket[] {
    const tickets = this.locked.map((ticket) => this.queue.get(ticket));
    return tickets.filter((ticket) => ticket !== undefined && !this.queue.isWaiting(ticket.ticket)) as Ticket[];
  }

  /** Open offers and matches, in the order in which they were made. */
  openOffers(): OfferRecord[] {
    return [...this.offers.values()];
  }

  openMatches(): MatchRecord[] {
    return [...this.matches.values()];
  }

  /** An offer as it stands, then as it changes. */
  offer$(offerId: string): Observable<OfferRecord> {
    return current(this.offers, offerId, this.offerChanges.of(offerId));
  }

  /** A match as it stands, then as it changes. */
  match$(matchId: string): Observable<MatchRecord> {
    return current(this.matches, matchId, this.matchChanges.of(matchId));
  }

  putOffer(offer: OfferRecord): void {
    const isNew = !this.offers.has(offer.offerId);
    this.offers.set(offer.offerId, offer);
    this.offerChanges.say(offer.offerId, offer);
    if (isNew) for (const id of [offer.offerId, offer.head, offer.candidate]) this.takeEarly(id);
  }

  dropOffer(offerId: string): void {
    this.offers.delete(offerId);
    this.dropped?.add(offerId);
  }

  knows(matchId: string): boolean {
    return this.matches.has(matchId);
  }

  putMatch(match: MatchRecord): void {
    this.matches.set(match.matchId, match);
    this.matchChanges.say(match.matchId, match);
    this.takeEarly(match.matchId);
  }

  /** Matches of which something outside their record matters, and those of which it did the last time, are emitted again. */
  lookAgain(matters: (match: MatchRecord) => boolean): void {
    const before = this.looked;
    this.looked = new Set();
    for (const match of [...this.matches.values()]) {
      const isMeant = matters(match);
      if (isMeant) this.looked.add(match.matchId);
      if (isMeant || before.has(match.matchId)) this.matchChanges.say(match.matchId, match);
    }
  }

  dropMatch(matchId: string): void {
    this.matches.delete(matchId);
    this.dropped?.add(matchId);
  }

  private applyToMatch(message: MatchChange): void {
    const match = this.matches.get(message.matchId);
    if (!match) {
      this.keep(message.matchId, message);
      return;
    }
    // An older change is known already; it is passed on all the same, for a result that is reported again wants its answer again.
    if (message.change <= match.revision) {
      this.matchChanges.say(match.matchId, match);
      return;
    }
    // The leader's own step is between, and its answer is on its way: news was faster.
    if (message.change > match.revision + 1) {
      this.keep(message.matchId, message);
      return;
    }
    const sides: [SideRecord, SideRecord] = [...match.sides];
    sides[message.side] = { ...sides[message.side], ...changeOf(message) };
    const firstOverAt = message.kind === 'BATTLE_OVER' ? message.firstOverAt : match.firstOverAt;
    this.putMatch({ ...match, revision: message.change, firstOverAt, sides });
  }
}

/** What changes, by the id of the one that does. */
class Changes<T> {
  private readonly byId = new Map<string, Subject<T>>();

  of(id: string): Observable<T> {
    return defer(() => {
      const changes = this.byId.get(id) ?? new Subject<T>();
      this.byId.set(id, changes);
      return changes.pipe(finalize(() => changes.observed || this.byId.delete(id)));
    });
  }

  say(id: string, change: T): void {
    this.byId.get(id)?.next(change);
  }
}

const current = <T>(records: ReadonlyMap<string, T>, id: string, changes$: Observable<T>): Observable<T> =>
  concat(
    defer(() => {
      const record = records.get(id);
      return record ? of(record) : EMPTY;
    }),
    changes$,
  );

function changeOf(message: MatchChange): Partial<SideRecord> {
  switch (message.kind) {
    case 'JOINED':
      return { joined: true };
    case 'LEFT_MATCH':
      return { left: true };
    case 'TEAM_IN':
      return { teamIn: true };
    case 'VALID':
      return { valid: true };
    case 'VALIDATION_ERROR':
      return { refusal: { code: message.code, reason: message.reason } };
    case 'BATTLE_OVER':
      return { result: { winner: message.winner, digest: message.digest } };
    case 'REJOIN':
      return { boot: message.boot };
    case 'STORE_LOST':
      return { lost: true };
    case 'ELO_TAKEN':
      return { eloTaken: true };
  }
}
