/**
 * A queue as it is at one moment, without holding up Redis: the tables are read page by page while they change, then whatever changed
 * meanwhile is read once more, until one script finds that nothing did, and tells the revision of that moment.
 *
 * It is not enough to read the revision first and to rely on the numbered messages after it: the leader's own transitions have none.
 * A ticket that entered and was matched while the pages were read would come back as waiting when its ENTERED is applied.
 */
import { concatMap, defer, EMPTY, expand, forkJoin, last, map, type Observable, of, reduce } from 'rxjs';
import type { MatchRecord, OfferRecord, Snapshot, TicketRecord } from '../records.ts';
import type { Kept } from './stored.ts';
import type { Unreadable } from './unreadable.ts';

/** Runs a script of the snapshot. */
export interface Reader {
  readonly unreadable: Unreadable;
  position(): Observable<string>;
  page(table: Table, cursor: string, count: number): Observable<readonly string[]>;
  changes(since: string, most: number): Observable<readonly string[]>;
}

export type Table = 'tickets' | 'offers' | 'matches';
const TABLES: readonly Table[] = ['tickets', 'offers', 'matches'];
const TABLE_OF: Readonly<Record<string, Table>> = { t: 'tickets', o: 'offers', m: 'matches' };

/** How many records Redis reads in one go: well under 1 ms. */
const PAGE = 250;

class Pages {
  private readonly tickets = new Map<string, Kept<TicketRecord>>();
  private readonly offers = new Map<string, Kept<OfferRecord>>();
  private readonly matches = new Map<string, Kept<MatchRecord>>();
  private readonly unreadable: Unreadable;

  constructor(unreadable: Unreadable) {
    this.unreadable = unreadable;
  }

  /** Page by page, so that reading the text of many records does not hold up the game server either. */
  put(table: Table, [id, text, entries, lineup]: readonly [string, string, string, string]): void {
    if (text === '') this[table].delete(id);
    else if (table === 'tickets') set(this.tickets, id, this.unreadable.ticket(id, text));
    else if (table === 'offers') set(this.offers, id, this.unreadable.offer(id, text));
    else set(this.matches, id, this.unreadable.match(id, text, entries, lineup));
  }

  snapshot(queue: string, revision: number): Snapshot {
    const inOrder = <T extends { queue: string }>(table: ReadonlyMap<string, Kept<T>>): T[] =>
      [...table.values()]
        .filter(({ record }) => record.queue === queue)
        .sort((a, b) => a.number - b.number)
        .map(({ record }) => record);
    return { revision, tickets: inOrder(this.tickets), offers: inOrder(this.offers), matches: inOrder(this.matches) };
  }
}

/** What cannot be read is not there. */
function set<T>(records: Map<string, Kept<T>>, id: string, record: Kept<T> | undefined): void {
  if (record) records.set(id, record);
  else records.delete(id);
}

export function readSnapshot(queue: string, reader: Reader): Observable<Snapshot> {
  return reader.position().pipe(
    concatMap((position) => {
      const pages = new Pages(reader.unreadable);
      return forkJoin(TABLES.map((table) => readTable(table, pages, reader))).pipe(
        concatMap(() => catchUp(queue, position, pages, reader)),
      );
    }),
  );
}

function readTable(table: Table, pages: Pages, reader: Reader): Observable<void> {
  return reader.page(table, '0', PAGE).pipe(
    expand(([cursor]) => (cursor === '0' ? EMPTY : reader.page(table, cursor as string, PAGE))),
    reduce<readonly string[], void>((_, page) => {
      for (let at = 1; at < page.length; at += 4) pages.put(table, page.slice(at, at + 4) as [string, string, string, string]);
    }, undefined),
  );
}

/** Reads again what changed since a position, until there is nothing more. */
function catchUp(queue: string, position: string, pages: Pages, reader: Reader): Observable<Snapshot> {
  return reader.changes(position, PAGE).pipe(
    expand(([answer, next]) => (answer === 'more' ? reader.changes(next as string, PAGE) : EMPTY)),
    map((answer) => {
      for (let at = 2; at < answer.length; at += 4) {
        const [what, ...stored] = answer.slice(at, at + 4) as [string, string, string, string];
        pages.put(TABLE_OF[what[0] as string] as Table, [what.slice(2), ...stored]);
      }
      return answer;
    }),
    last(),
    concatMap(([answer, revision]) =>
      // More has changed than the list of changes holds: from the start.
      answer === 'lost' ? defer(() => readSnapshot(queue, reader)) : of(pages.snapshot(queue, Number(revision))),
    ),
  );
}
