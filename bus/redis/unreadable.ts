/** Records that cannot be read: each is told once, and who reads goes on without it. Nothing is deleted: it may be all that is left of a match. */
import { Subject } from 'rxjs';
import type { UnreadableRecord } from '../bus.ts';
import { show } from '../codec.ts';
import { checks } from '../pieces.ts';
import type { MatchRecord, OfferRecord, SignRecord, TicketRecord } from '../records.ts';
import { type Kept, matchOf, offerOf, signOf, ticketOf } from './stored.ts';

/** How many are remembered as told. */
const MOST_TOLD = 1000;
/** What scripts answer in the place of a text that is too long. */
const LENGTH = /^!(\d+)$/;

export class Unreadable {
  readonly told$ = new Subject<UnreadableRecord>();
  private readonly told = new Set<string>();
  private readonly keyOf: (name: string) => string;

  constructor(keyOf: (name: string) => string) {
    this.keyOf = keyOf;
  }

  ticket(id: string, text: string): Kept<TicketRecord> | undefined {
    return this.read('tickets', id, [text], () => kept(ticketOf(text), checks().isTicket));
  }

  offer(id: string, text: string): Kept<OfferRecord> | undefined {
    return this.read('offers', id, [text], () => kept(offerOf(text), checks().isOffer));
  }

  match(id: string, text: string, entries: string, lineup: string): Kept<MatchRecord> | undefined {
    return this.read('matches', id, [text, entries, lineup], () => kept(matchOf(text, entries, lineup), checks().isMatch));
  }

  sign(node: string, text: string): SignRecord | undefined {
    return this.read('signs', node, [text], () => {
      const sign = signOf(text);
      return checks().isSign(sign) ? sign : undefined;
    });
  }

  private read<T>(table: string, field: string, texts: readonly string[], read: () => T | undefined): T | undefined {
    const name = `${table} ${field}`;
    const record = orNothing(read);
    if (record !== undefined) {
      // It is told again when it is broken again.
      if (this.told.size > 0) this.told.delete(name);
      return record;
    }
    if (this.told.has(name)) return undefined;
    if (this.told.size === MOST_TOLD) this.told.clear();
    this.told.add(name);
    const found = texts.map((text) => LENGTH.exec(text)?.[1]?.concat(' bytes') ?? show(text)).join(', ');
    this.told$.next({ key: this.keyOf(table), field, found });
    return undefined;
  }
}

function orNothing<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const kept = <T>(one: Kept<T>, is: (record: unknown) => record is T): Kept<T> | undefined =>
  is(one.record) && Number.isFinite(one.number) ? one : undefined;
