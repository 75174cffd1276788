import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ticket } from '../../matcher/index.ts';
import { NONE } from '../../matcher/places.ts';
import { Preference } from '../../matcher/preference.ts';
import { Roster } from '../../matcher/roster.ts';
import { bob, idsOf, janet, jeff, joe, ticket } from './tickets.ts';

const anybody = (): boolean => true;

/** The order of preference, by tickets instead of slots. */
class OfTickets {
  private readonly roster = new Roster();
  private readonly preference = new Preference(this.roster);

  private slot(ticket: Ticket): number {
    const slot = this.roster.slot(ticket.ticket);
    if (slot === undefined) throw new Error(`${ticket.ticket} is not here`);
    return slot;
  }

  enter(ticket: Ticket): void {
    this.preference.enter(this.roster.add(ticket));
  }

  comeBack(ticket: Ticket): void {
    this.preference.comeBack(this.roster.add(ticket));
  }

  leave(ticket: Ticket): void {
    const slot = this.slot(ticket);
    this.preference.leave(slot);
    this.roster.remove(slot);
  }

  nextHead(free: (ticket: Ticket) => boolean): Ticket | undefined {
    const head = this.preference.nextHead((slot) => free(this.roster.ticket(slot)));
    return head === NONE ? undefined : this.roster.ticket(head);
  }

  moveBack(ticket: Ticket): void {
    this.preference.moveBack(this.slot(ticket));
  }

  beginRound(): void {
    this.preference.beginRound();
  }

  penalty(ticket: Ticket): number {
    return this.preference.penalty(this.slot(ticket));
  }

  get oldest(): Ticket {
    return this.roster.ticket(this.preference.oldest);
  }

  order(): Ticket[] {
    return this.preference.order().map((slot) => this.roster.ticket(slot));
  }
}

function preferenceOf(...tickets: readonly Ticket[]): OfTickets {
  const preference = new OfTickets();
  for (const each of tickets) preference.enter(each);
  preference.beginRound();
  return preference;
}

/** The next head, which finds nobody. */
function miss(preference: OfTickets): string | undefined {
  const head = preference.nextHead(anybody);
  if (head) preference.moveBack(head);
  return head?.actor.id;
}

test("the seed's order of preference: by waiting time, equal ones a to z", () => {
  assert.equal(idsOf(preferenceOf(janet, jeff, bob, joe).order()), ['Joe', 'Bob', 'Janet', 'Jeff']);
});

test("the seed's example: Joe missed → Bob, Janet, Joe (−2), Jeff", () => {
  const preference = preferenceOf(joe, bob, janet, jeff);
  assert.is(miss(preference), 'Joe');
  assert.equal(idsOf(preference.order()), ['Bob', 'Janet', 'Joe', 'Jeff']);
  assert.is(preference.penalty(joe), -2);
  assert.is(preference.penalty(bob), 0);
});

test('J B N F → B N J F → N J B F → J B N F, and Jeff is head too', () => {
  const preference = preferenceOf(joe, bob, janet, jeff);
  const seen: string[] = [];
  const heads: (string | undefined)[] = [];
  for (let tick = 0; tick < 4; tick++) {
    heads.push(miss(preference));
    seen.push(idsOf(preference.order()).join(' '));
  }
  assert.equal(heads, ['Joe', 'Bob', 'Janet', 'Jeff']);
  assert.equal(seen, ['Bob Janet Joe Jeff', 'Janet Joe Bob Jeff', 'Joe Bob Janet Jeff', 'Joe Bob Janet Jeff']);
  assert.is(preference.nextHead(anybody), undefined, 'the round is complete');
});

test('penalties add up over rounds', () => {
  const preference = preferenceOf(joe, bob, janet);
  for (let round = 0; round < 3; round++) {
    while (miss(preference));
    preference.beginRound();
  }
  assert.is(preference.penalty(joe), -6);
  assert.equal(idsOf(preference.order()), ['Joe', 'Bob', 'Janet']);
});

test('who enters during a round is head from the next one on', () => {
  const preference = preferenceOf(joe, bob);
  assert.is(miss(preference), 'Joe');
  // By waiting time it would come before Bob.
  preference.enter(ticket('Early', 1000, 100));
  assert.is(miss(preference), 'Bob');
  assert.is(preference.nextHead(anybody), undefined);
  preference.beginRound();
  assert.equal([miss(preference), miss(preference), miss(preference)], ['Joe', 'Early', 'Bob']);
});

test('who comes back with its old time takes its old place and may be head at once', () => {
  const preference = preferenceOf(joe, bob, janet);
  assert.is(miss(preference), 'Joe');
  preference.leave(joe);
  assert.is(miss(preference), 'Bob');
  preference.comeBack(joe);
  assert.is(preference.nextHead(anybody)?.actor.id, 'Joe', 'it waits longer than Janet');
  assert.is(preference.nextHead(anybody)?.actor.id, 'Janet');
  assert.is(preference.nextHead(anybody), undefined);
  assert.is(preference.oldest, joe);
});

test('who may not be head is passed over for this round', () => {
  const preference = preferenceOf(joe, bob, janet);
  const free = (each: Ticket): boolean => each !== joe;
  assert.is(preference.nextHead(free)?.actor.id, 'Bob');
  assert.is(preference.nextHead(anybody)?.actor.id, 'Janet');
  assert.is(preference.nextHead(anybody), undefined);
});

/** The rule taken at its word: a list in which a head that found nobody is moved two places on. */
class PlainList {
  list: Ticket[];
  private readonly heads = new Set<Ticket>();

  constructor(list: readonly Ticket[]) {
    this.list = [...list];
  }

  nextHead(): Ticket | undefined {
    const head = this.list.find((each) => !this.heads.has(each));
    if (head) this.heads.add(head);
    return head;
  }

  moveBack(head: Ticket): void {
    const index = this.list.indexOf(head);
    this.list.splice(index, 1);
    this.list.splice(index + 2, 0, head);
  }
}

test('heads are those of the rule taken at its word, whoever matches or leaves meanwhile; so is the order of who stays', () => {
  const waiting = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), at: fc.nat(500) }), {
    selector: ({ id }) => id,
    maxLength: 25,
  });
  const fates = fc.array(fc.constantFrom('miss', 'miss', 'miss', 'match', 'leave'), { minLength: 25, maxLength: 25 });
  fc.assert(
    fc.property(waiting, fates, fc.nat(), (who, fate, which) => {
      const preference = preferenceOf(...who.map(({ id, at }) => ticket(id, 1000, at)));
      const start = preference.order();
      const plain = new PlainList(start);
      const missed: Ticket[] = [];
      for (const what of fate) {
        const head = preference.nextHead(anybody);
        assert.is(head, plain.nextHead());
        if (!head) break;
        if (what === 'miss') {
          preference.moveBack(head);
          plain.moveBack(head);
          missed.push(head);
        } else {
          // A head that matches takes somebody with it; one that leaves goes alone.
          const gone = what === 'leave' ? [head] : [...new Set([head, plain.list[which % plain.list.length] as Ticket])];
          for (const each of gone) {
            preference.leave(each);
            plain.list = plain.list.filter((other) => other !== each);
          }
        }
        // On display the round is as if who has left meanwhile had never been there.
        const shown = new PlainList(start.filter((each) => plain.list.includes(each)));
        for (const each of missed) if (plain.list.includes(each)) shown.moveBack(each);
        assert.equal(idsOf(preference.order()), idsOf(shown.list));
        if (shown.list.length === start.length) assert.equal(idsOf(plain.list), idsOf(shown.list));
      }
    }),
  );
});

test('nobody waits more than one round to be head, whoever comes and goes, and a round without matches keeps the order', () => {
  const events = fc.array(fc.record({ kind: fc.constantFrom('enter', 'leave', 'tick'), pick: fc.nat(1000) }), {
    maxLength: 120,
  });
  fc.assert(
    fc.property(events, (story) => {
      const preference = preferenceOf(joe, bob, janet, jeff);
      const here = new Set([joe, bob, janet, jeff]);
      // Whoever was there when the round began, and was not head in it.
      let due = new Set(here);
      let count = 0;
      for (const { kind, pick } of story) {
        if (kind === 'enter') {
          const newcomer = ticket(`n${count++}`, 1000, pick * 10);
          preference.enter(newcomer);
          here.add(newcomer);
        } else if (kind === 'leave' && here.size > 0) {
          const gone = [...here][pick % here.size] as Ticket;
          preference.leave(gone);
          here.delete(gone);
          due.delete(gone);
        } else {
          const head = preference.nextHead(anybody);
          if (head) {
            preference.moveBack(head);
            due.delete(head);
          } else {
            assert.equal(idsOf([...due]), [], 'were not head in a whole round');
            due = new Set(here);
            preference.beginRound();
            const order = preference.order();
            const sorted = [...order].sort((a, b) => Math.floor(a.firstConsidered / 50) - Math.floor(b.firstConsidered / 50));
            assert.equal(idsOf(order), idsOf(sorted));
          }
        }
      }
    }),
  );
});

test.run();
