/** Who is asked whether it is there has its time to answer, and not much more: then its run goes on, with an offer, with the next one, or not at all. */
import type { TicketRecord } from '../../../../bus/records.ts';
import type { JaegerEvent } from '../../../../plugin/events.ts';
import { wellSince } from '../calm.ts';
import type { MakeChecker } from '../checker.ts';
import type { Server } from '../server.ts';

const PAST_MS = 1000;

interface Asking {
  readonly server: Server;
  readonly queue: string;
  readonly head: string;
  /** Its ticket. */
  readonly ticket: string | undefined;
  /** Was it offered somebody before, and is locked? */
  readonly isLocked: boolean;
  /** Since when, in virtual ms. */
  since: number;
}

/** Those whose run, as its head, is over with this, or has come to an offer. */
function headOf(event: JaegerEvent): string | undefined {
  switch (event.kind) {
    case 'offered':
      return event.head.id;
    case 'discarded':
    case 'backInQueue':
      return event.id;
    default:
      return undefined;
  }
}

export const runs: MakeChecker = (view, fail) => {
  /** By server and head. */
  const asking = new Map<string, Asking>();
  const keyOf = ({ name, number }: Server, head: string): string => `${name} ${number} ${head}`;
  const ticketOf = (head: string): TicketRecord | undefined => view.store().whereIs(head).ticket;
  const begin = (server: Server, queue: string, head: string, isLocked: boolean): void => {
    const ticket = ticketOf(head)?.ticket;
    asking.set(keyOf(server, head), { server, queue, head, ticket, isLocked, since: view.now() });
  };
  /** Who was removed, went elsewhere, or is back in the queue, has no run any more. */
  const isRunning = ({ head, ticket: of, isLocked }: Asking): boolean => {
    const ticket = ticketOf(head);
    return ticket !== undefined && ticket.ticket === of && (!isLocked || ticket.state === 'locked');
  };
  return {
    event: (event, server) => {
      if (event.kind === 'found') begin(server, event.queue, event.head.id, false);
      // Its head stays locked, and the next one is asked.
      else if (event.kind === 'settled' && event.outcome === 'candidateFailed') begin(server, event.queue, event.head, true);
      else if (event.kind === 'notThere') {
        // It may be anybody's candidate.
        for (const one of asking.values()) if (one.server === server) one.since = view.now();
      }
      const head = headOf(event);
      if (head !== undefined) asking.delete(keyOf(server, head));
    },
    look: () => {
      for (const [key, one] of asking) {
        const { server, queue, head, since } = one;
        const leader = view.leader(queue);
        const leads = server.isUp && leader?.node === server.name && leader.since <= since;
        const { answerMs = 0 } = view.config.queues.get(queue)?.times ?? {};
        if (!leads || !isRunning(one)) asking.delete(key);
        else if (view.now() - Math.max(since, wellSince(view, server.name)) > answerMs + PAST_MS)
          fail(
            `${head} was asked on ${server.name} ${Math.round(view.now() - since)} ms ago, and its run does not go on`,
            head,
          );
      }
    },
  };
};
