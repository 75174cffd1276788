/**
 * Nobody is taken from the wait list of instant matches without a cause, and nobody is on it for longer than its request lives: only its own server
 * renews it, and who is past its time meets nobody.
 */
import type { CommandRecord } from '../../../../bus/admin.ts';
import type { InstantRequest } from '../../../../bus/instant.ts';
import type { InstantRecord } from '../../../../bus/records.ts';
import { wellSince } from '../calm.ts';
import { type MakeChecker, rememberAll } from '../checker.ts';
import type { StayRecord } from '../players.ts';
import type { Call } from '../realm.ts';

/** What changes the list. */
const VERBS: ReadonlySet<string> = new Set([
  ...['leave', 'execute', 'enter', 'advance', 'instantMatch'],
  ...['requestInstantMatch', 'renewInstantMatch', 'rebroadcastInstantMatch'],
]);
const RENEWALS: ReadonlySet<string> = new Set(['renewInstantMatch', 'rebroadcastInstantMatch']);
const PAST_MS = 1000;

/** Until when a request was given its time, by the store's clock, and when that was, in virtual ms. */
interface Renewal {
  readonly expiresAt: number;
  readonly at: number;
}

export const listings: MakeChecker = (view, fail) => {
  const listed = new Map<string, InstantRecord>();
  /** Of each, when it was given its time. */
  const renewed = new Map<string, Renewal>();
  /** Those whose player came in somewhere else, their time being over. */
  const replaced = new Set<string>();
  /** Since when open stays are neither on the list nor in a match. */
  const missing = new Map<StayRecord, number>();

  const isWanted = (ticket: string): boolean => {
    for (const { ticket: of, server, leaves } of view.open)
      if (of === ticket) return server.isUp && !server.isStopping && !leaves;
    return false;
  };
  /** Why its own server is told that it may not stay, when it renews it. */
  const isShut = ({ ticket: own, actor, node, boot }: InstantRecord): boolean => {
    const store = view.store();
    const { ticket, match, instant } = store.whereIs(actor.id);
    const isElsewhere = ticket !== undefined || match !== undefined || instant !== undefined || replaced.has(own);
    return (
      store.bars.has(actor.id) || store.closedAt(node) !== undefined || store.signs.get(node)?.boot !== boot || isElsewhere
    );
  };
  const wrong = (record: InstantRecord, { verb, args, node: by }: Call): string | undefined => {
    const { ticket, actor, node, expiresAt } = record;
    const isOver = expiresAt <= view.busNow();
    switch (verb) {
      case 'leave':
        if (by !== node || args[1] !== ticket) return `by ${by}`;
        return isWanted(ticket) ? 'by its own server, and nobody wanted that' : undefined;
      case 'execute': {
        const { command } = args[1] as CommandRecord;
        const isMeant =
          (command.kind === 'remove' && (command.whom === ticket || command.whom === actor.id)) ||
          (command.kind === 'bar' && command.player === actor.id);
        return isMeant ? undefined : `by a ${command.kind} of somebody else`;
      }
      case 'enter':
      case 'requestInstantMatch': {
        const { actor: mover, move } = args[0] as InstantRequest;
        if (move && mover.id === actor.id) return undefined;
        return verb === 'requestInstantMatch' && isOver ? undefined : `as ${mover.id} comes in`;
      }
      case 'renewInstantMatch':
      case 'rebroadcastInstantMatch':
        if (args[0] === ticket) return isShut(record) ? undefined : 'as it is renewed';
        return isOver ? undefined : `as ${args[0]} is renewed`;
      case 'instantMatch':
        if (!view.store().matchOfTicket.has(ticket)) return 'for a match that there is not';
        return isOver ? `for a match, ${Math.round(view.busNow() - expiresAt)} ms past its time` : undefined;
      default:
        return `by ${verb}`;
    }
  };
  return {
    asked: (call) => {
      const { instants } = view.store();
      if (instants.size === listed.size && !VERBS.has(call.verb)) return;
      if (call.verb === 'enter' || call.verb === 'requestInstantMatch') {
        const { actor, ticket: newest } = call.args[0] as InstantRequest;
        const isIn = view.store().tickets.has(newest) || instants.has(newest);
        for (const { ticket, actor: waits } of listed.values())
          if (isIn && waits.id === actor.id && ticket !== newest) replaced.add(ticket);
      }
      for (const [ticket, record] of listed) {
        const now = instants.get(ticket);
        const why = now ? undefined : wrong(record, call);
        if (why !== undefined)
          fail(`${record.actor.id} is taken from the wait list, where it was as ${ticket}, ${why}`, record.actor.id);
        if (!now) {
          listed.delete(ticket);
          renewed.delete(ticket);
          replaced.delete(ticket);
        }
        const isOthers = now && now.expiresAt > record.expiresAt && !(call.args[0] === ticket && call.args[1] === record.node);
        if (isOthers && RENEWALS.has(call.verb))
          fail(`${ticket} of ${record.actor.id} is renewed by ${call.node}`, record.actor.id);
      }
      for (const [ticket, record] of instants) {
        listed.set(ticket, record);
        const { expiresAt, lifeMs } = record;
        if (renewed.get(ticket)?.expiresAt !== expiresAt) renewed.set(ticket, { expiresAt, at: view.now() });
        // Nobody but its server sees to it when the store's clock is set back, and that may be gone: so much longer it lives.
        const { at } = renewed.get(ticket) as Renewal;
        if (expiresAt > view.busNow() + lifeMs + PAST_MS + view.jumpedSince(at))
          fail(`${ticket} of ${record.actor.id} lives longer than ${lifeMs} ms`, record.actor.id);
      }
    },
    look: () => {
      const store = view.store();
      const now = view.now();
      for (const [queue, { instant }] of view.config.queues)
        for (const stay of view.open) {
          const { kind, ticket, server, player, leaves, matchId } = stay;
          // What becomes of its match others see to.
          if (kind !== 'instant' || ticket === undefined || matchId !== undefined) continue;
          const isThere = store.liveInstant(ticket) !== undefined || store.matchOfTicket.has(ticket);
          if (isThere || !server.isUp || server.isStopping || leaves) {
            missing.delete(stay);
            continue;
          }
          const since = missing.get(stay) ?? now;
          missing.set(stay, since);
          // It finds out when it renews it.
          if (now - Math.max(since, wellSince(view, server.name)) > (instant?.renewMs ?? 0) + PAST_MS)
            fail(`${player} waits on ${server.name} as ${ticket}, and is not on the wait list of ${queue}`, player);
        }
      for (const stay of missing.keys()) if (!view.open.has(stay)) missing.delete(stay);
    },
    // What the store goes back to is looked at anew.
    remembered: () => {
      const goBack = rememberAll(renewed);
      return () => {
        listed.clear();
        goBack();
      };
    },
    lost: () => {
      listed.clear();
      renewed.clear();
    },
  };
};
