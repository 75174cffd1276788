/**
 * Nobody is removed from the queue without a cause: each removal is held against what the world knows of its player, its server and the
 * owner; and nobody is told to be out who is in.
 */
import type { CommandRecord } from '../../../../bus/admin.ts';
import type { ArriveRequest, EnterRequest, SettleRequest } from '../../../../bus/bus.ts';
import { playersOf } from '../../../../bus/memory/store.ts';
import type { Message } from '../../../../bus/messages.ts';
import type { MatchRecord, OfferRecord, TicketRecord } from '../../../../bus/records.ts';
import { type Checker, type MakeChecker, rememberAll } from '../checker.ts';
import type { StayRecord } from '../players.ts';
import type { Call } from '../realm.ts';
import type { Server } from '../server.ts';

/** A heartbeat has its time by its leader's clock, which may be a little fast. */
const BEAT_PART = 0.98;
/** What puts somebody into the queue. */
const ADDS: ReadonlySet<string> = new Set(['enter', 'advance']);
/** For so long, at least, a ticket that was removed cannot be added again. */
const KEPT_MS = 300_000;
/** How many challenge rooms one may miss in a row before it is out. */
const MISSED_JOINS = 2;

/** A heartbeat as it was said: when, in virtual ms, and by how much the store's clock had been set by then. */
interface Beat {
  readonly at: number;
  readonly jumped: number;
}

export const removals: MakeChecker = (view, fail) => {
  /** Who is in the queue, as each came. */
  const present = new Map<string, TicketRecord>();
  /** Who was, and when it left, in virtual ms. */
  const removed = new Map<string, number>();
  const offers = new Map<string, OfferRecord>();
  /** By offer and ticket: what the store took as its answer. */
  const replies = new Map<string, unknown>();
  /** By the store's time, which is what a heartbeat says. */
  const beats = new Map<number, Beat>();
  /** By what the store's clock said when it was read: by how much it had been set by then. */
  const reads = new Map<unknown, number>();
  /** Each server's last sign of life that the store took, with its boot. */
  const signs = new Map<string, { readonly boot: string; readonly at: number }>();
  /** Tickets that the owner has taken out of a match that had not begun. */
  const expelled = new Set<string>();
  /** Boots that have said goodbye: what was asked before may still come, and does not bring them back. */
  const goodbyes = new Set<string>();
  /** By server and match: what it was told to be lost. Who was in it is taken out where the store has gone back to before it. */
  const lostMatches = new Set<string>();
  let lostAt = Number.NEGATIVE_INFINITY;

  const stayOf = (ticket: string): StayRecord | undefined => {
    for (const stay of view.open) if (stay.ticket === ticket) return stay;
    return undefined;
  };
  /** Does it still want to be there, on a server that is there? */
  const isWanted = (ticket: string): boolean => {
    const stay = stayOf(ticket);
    return stay?.server.isUp === true && !stay.server.isStopping && !stay.leaves;
  };
  /** Was it in a match, as far as its server knew, that the store has lost? The server need not have heard of that yet. */
  const hasLostMatch = ({ ticket, node }: TicketRecord): boolean => lostMatches.has(`${node} ${stayOf(ticket)?.matchId}`);
  /** Does something keep it from coming back to the queue? */
  const isKeptOut = ({ actor, node }: { readonly actor: TicketRecord['actor']; readonly node: string }): boolean => {
    const store = view.store();
    const isBarred = [...playersOf(actor)].some((player) => store.bars.has(player) || store.conduct.barsOf(player).length > 0);
    return isBarred || store.closedAt(node) !== undefined;
  };
  const wiped = ({ node, boot }: TicketRecord, queue: string, since: number): string | undefined => {
    const beat = beats.get(since);
    if (!beat) return 'by a heartbeat that nobody said';
    const beatMs = view.config.queues.get(queue)?.times.heartbeatMs ?? 0;
    if (view.now() - beat.at < BEAT_PART * beatMs) return `${Math.round(view.now() - beat.at)} ms after it was asked`;
    if (view.jumped() !== beat.jumped || goodbyes.has(`${node} ${boot}`)) return undefined;
    const sign = signs.get(node);
    if (sign?.boot === boot && sign.at > beat.at) return 'and has given a sign of life since it was asked';
    const server = view.server(node);
    const isWell = server?.isUp && !server.isStopping && server.since < beat.at && view.faults.calmSince(node) < beat.at;
    return isWell ? 'and its server is well' : undefined;
  };
  const settled = (record: TicketRecord, { offerId, outcome }: SettleRequest): string | undefined => {
    const { ticket } = record;
    const offer = offers.get(offerId);
    if (offer?.head !== ticket && offer?.candidate !== ticket) return 'by an offer that is not its own';
    if (outcome === 'match') return view.store().matchOfTicket.has(ticket) ? undefined : 'for a match that there is not';
    const failed = offer.head === ticket ? 'headFailed' : 'candidateFailed';
    if (outcome !== failed && outcome !== 'bothFailed') return isKeptOut(record) ? undefined : `though the offer is ${outcome}`;
    const said = replies.get(`${offerId} ${ticket}`);
    if (said === 'declined') {
      // Whoever asks to be added again while it waits goes on with the same ticket, and may have been asked before.
      const stays = view.stays.filter((one) => one.ticket === ticket);
      const isGiven = stays.length === 0 || stays.some(({ declined }) => declined.has(offerId));
      return isGiven ? undefined : 'by an answer that its player did not give';
    }
    if (said !== undefined) return `though it has ${said} the offer`;
    return view.busNow() > offer.deadline ? undefined : 'before the time to answer is over';
  };
  const commanded = ({ ticket, actor, node }: TicketRecord, { command }: CommandRecord): string | undefined => {
    const isMeant =
      (command.kind === 'remove' && (command.whom === ticket || command.whom === actor.id)) ||
      (command.kind === 'bar' && playersOf(actor).has(command.player)) ||
      ((command.kind === 'drain' || command.kind === 'block') && command.node === node);
    return isMeant ? undefined : `by a ${command.kind} of somebody else`;
  };
  /** What is wrong with it, or undefined. */
  const wrong = (record: TicketRecord, { verb, args, node: by }: Call): string | undefined => {
    const { ticket, actor, node, boot, queue } = record;
    switch (verb) {
      case 'leave':
        if (by !== node) return `by ${by}`;
        return isWanted(ticket) && !hasLostMatch(record) ? 'by its own server, and nobody wanted that' : undefined;
      case 'goodbye':
        if (by !== node) return `by the goodbye of ${by}`;
        return isWanted(ticket) ? 'by a goodbye, and its server goes on' : undefined;
      case 'arrive': {
        const { node: arrived, boot: begun } = args[0] as ArriveRequest;
        return arrived === node && begun !== boot ? undefined : `as ${arrived} begins`;
      }
      case 'enter':
      case 'requestInstantMatch': {
        const { actor: mover, move } = args[0] as EnterRequest;
        const isSame = [...playersOf(actor)].some((player) => playersOf(mover).has(player));
        return move && isSame ? undefined : `as ${mover.id} comes in`;
      }
      case 'settle':
        return settled(record, args[1] as SettleRequest);
      case 'release':
        return isKeptOut(record) ? undefined : 'as its run ended';
      case 'drop':
        if (String(args[2]).startsWith('the server is '))
          return view.store().closedAt(node) ? undefined : 'and its server is open';
        return isWanted(ticket) && !hasLostMatch(record) ? 'as unknown to its server, where it waits' : undefined;
      case 'wipe':
        return args[1] === node ? wiped(record, queue, args[2] as number) : `with those of ${args[1]}`;
      case 'execute':
        return commanded(record, args[1] as CommandRecord);
      default:
        return `by ${verb}`;
    }
  };
  /** Who does not come back from a match that was cancelled. */
  const notBack = (match: MatchRecord, ticket: string): string | undefined => {
    const side = match.sides.find((one) => one.ticket === ticket);
    if (!side) return 'from a match that it is not in';
    const sign = view.store().signs.get(side.node);
    const isGone = sign !== undefined && (sign.boot !== side.boot || sign.gone !== null);
    const hasMissed = !side.joined && side.missedJoins + 1 >= MISSED_JOINS;
    // Whose server was told that the match is lost leaves it.
    const mayLeave = !isWanted(ticket) || expelled.has(ticket) || lostMatches.has(`${side.node} ${match.matchId}`);
    if (side.left) return mayLeave ? undefined : 'as one that left, and it did not';
    return hasMissed || isGone || isKeptOut(side) ? undefined : 'after it entered, or missed its first room';
  };
  const checker: Checker = {
    asked: (call) => {
      const store = view.store();
      if (call.verb === 'say') {
        const message = call.args[1] as Message;
        if (message.kind === 'HEARTBEAT') {
          // The store's clock may have been set since its time was read.
          const jumped = reads.get(message.at) ?? view.jumped();
          beats.set(message.at, { at: view.now(), jumped });
        }
      }
      if (call.verb === 'goodbye') goodbyes.add(`${call.args[0]} ${call.args[1]}`);
      for (const [ticket, record] of present)
        if (!store.tickets.has(ticket)) {
          present.delete(ticket);
          removed.set(ticket, view.now());
          const why = wrong(record, call);
          if (why !== undefined)
            fail(`ticket ${ticket} of ${record.actor.id} on ${record.node} is removed ${why}`, record.actor.id);
        }
      if (ADDS.has(call.verb))
        for (const record of store.tickets.values()) {
          const { ticket, actor } = record;
          if (present.has(ticket)) continue;
          present.set(ticket, record);
          const leftAt = removed.get(ticket) ?? Number.NEGATIVE_INFINITY;
          // It says itself that it waits, where the store has lost that.
          const isNew = call.verb === 'enter' && leftAt > lostAt && view.jumpedSince(leftAt) === 0;
          if (isNew && view.now() - leftAt < KEPT_MS)
            fail(`ticket ${ticket} of ${actor.id} was removed, and is added again`, actor.id);
        }
      if (call.verb === 'execute') {
        const { command } = call.args[1] as CommandRecord;
        const whom = command.kind === 'remove' ? command.whom : command.kind === 'bar' ? command.player : undefined;
        for (const { stage, sides } of whom === undefined ? [] : store.matches.values())
          for (const { ticket, actor, left } of stage === 'joining' ? sides : [])
            if (left && (ticket === whom || playersOf(actor).has(whom as string))) expelled.add(ticket);
      }
      if (call.verb !== 'offer') return;
      const offer = store.offers.get((call.args[1] as { readonly offerId: string }).offerId);
      if (offer && !offers.has(offer.offerId)) offers.set(offer.offerId, offer);
    },
    answered: ({ verb, args, node }, answer) => {
      if (verb === 'reply' && answer === 'done') replies.set(`${args[0]} ${args[1]}`, args[2]);
      if (verb === 'clock') reads.set(answer, view.jumped());
      if (verb === 'vouch' && answer === 'lost') lostMatches.add(`${node} ${args[0]}`);
      if (verb === 'alive' && typeof answer === 'object' && answer !== null && !('refused' in answer))
        signs.set(node, { boot: (args[0] as { readonly boot: string }).boot, at: view.now() });
    },
    said: (_, message) => {
      if (message.kind !== 'CANCELLED' || message.back) return;
      const match = view.store().matches.get(message.matchId);
      if (!match || match.how) return;
      const why = notBack(match, message.ticket);
      const id = match.sides.find(({ ticket }) => ticket === message.ticket)?.actor.id ?? '';
      if (why !== undefined)
        fail(`ticket ${message.ticket} of ${id} does not come back from match ${message.matchId}, ${why}`, id);
    },
    event: (event, server: Server) => {
      if (event.kind !== 'withdrawn') return;
      const stay = view.stays.findLast((one) => one.player === event.id && one.server === server);
      if (stay?.kind !== 'ranked' || stay.ticket === undefined || lostAt >= stay.since || server.isStopping) return;
      if (view.store().tickets.has(stay.ticket))
        fail(`${event.id} is told that it is out (${event.reason}), and its ticket ${stay.ticket} is in the queue`, event.id);
      else if (!removed.has(stay.ticket))
        fail(`${event.id} is told that it is out (${event.reason}), and its ticket ${stay.ticket} was never in`, event.id);
    },
    remembered: () => {
      const goBack = rememberAll(present, removed, offers, replies, signs, expelled, goodbyes);
      return () => {
        lostAt = view.now();
        goBack();
      };
    },
    lost: () => {
      lostAt = view.now();
      present.clear();
      offers.clear();
    },
  };
  return checker;
};
