/** What the owner commands is done once, in time while a leader is there, as it is told, and stays done. */
import type { Command, CommandAnswer, CommandRecord } from '../../../../bus/admin.ts';
import type { EnterRequest } from '../../../../bus/bus.ts';
import { playersOf, ratingKey } from '../../../../bus/memory/store.ts';
import { answeredSince, heardSince } from '../calm.ts';
import type { MakeChecker } from '../checker.ts';
import { WITHIN_MS } from '../owner.ts';

/** What puts players into a queue or onto a wait list. */
const ENTERS: ReadonlySet<string> = new Set(['enter', 'requestInstantMatch']);
/** By then the leader has heard who waits on a server that is drained, and has looked. */
const TURNED_OUT_MS = 8000;
/** How long whoever asks may have to ask again until it is answered, and the leader to hear of it. */
const ANSWERED_MS = 10_000;

export const owner: MakeChecker = (view, fail) => {
  /** What leaders answered, by command. */
  let answers = new Map<string, CommandAnswer>();
  /** Of which the owner was told that nobody executes them any more. */
  const given = new Set<string>();
  let drained = new Set<string>();
  let barred = new Map<string, number | null>();
  /** Tickets that are in, or were, and when they came, in virtual ms. */
  let known = new Map<string, number>();
  /** Since when tickets wait on a server that is drained. */
  const waits = new Map<string, number>();
  const isBarred = (player: string): boolean => {
    const until = barred.get(player);
    return until !== undefined && (until === null || until > view.busNow());
  };
  const isIn = (player: string): boolean => {
    const { ticket, instant } = view.store().whereIs(player);
    return ticket !== undefined || instant !== undefined;
  };
  const done = (command: Command, says: string): void => {
    const store = view.store();
    switch (command.kind) {
      case 'drain':
        drained.add(command.node);
        return;
      case 'undrain':
        drained.delete(command.node);
        return;
      case 'bar':
        barred.set(command.player, command.until);
        if (isIn(command.player)) fail(`${command.player} is barred, and still waits`, command.player);
        return;
      case 'allow':
        barred.delete(command.player);
        return;
      case 'remove':
        if (says !== 'removed from a match that had not begun' && isIn(command.whom))
          fail(`${command.whom} was removed, and still waits`, command.whom);
        return;
      case 'void': {
        const stage = store.matches.get(command.matchId)?.stage;
        if (stage !== 'void') fail(`match ${command.matchId} was made void, and is ${stage}`);
        return;
      }
      case 'elo': {
        const rating = store.ratings.get(ratingKey(command.queue, command.player));
        if (rating !== command.elo)
          fail(`the Elo of ${command.player} was set to ${command.elo}, and is ${rating}`, command.player);
        return;
      }
      default:
    }
  };
  return {
    answered: ({ verb, args }, answer) => {
      if (verb === 'execute') {
        const { id, command } = args[1] as CommandRecord;
        const said = answer as CommandAnswer | { readonly refused: 'fenced' };
        if ('refused' in said) return;
        const before = answers.get(id);
        if (before && (before.says !== said.says || before.at !== said.at))
          fail(`command ${id}, a ${command.kind}, is executed twice: ${before.says}, then ${said.says}`);
        if (given.has(id) && said.outcome === 'done' && view.jumped() === 0)
          fail(`command ${id}, a ${command.kind}, is executed after the owner was told that it never will be`);
        answers.set(id, said);
        if (!before && said.outcome === 'done') done(command, said.says);
      }
      if (!ENTERS.has(verb) || typeof answer !== 'object' || answer === null || 'refused' in answer) return;
      const { ticket, node, actor } = args[0] as EnterRequest;
      if (known.has(ticket)) return;
      known.set(ticket, view.now());
      if (drained.has(node)) fail(`${actor.id} is taken in on ${node}, which is drained`, actor.id);
      const out = [...playersOf(actor)].find(isBarred);
      if (out !== undefined) fail(`${out} is taken in, and is barred`, out);
    },
    commanded: ({ id, command, since, server, told }) => {
      if (typeof told === 'object' && answers.has(id) && answers.get(id)?.says !== told.says)
        fail(`of command ${id}, a ${command.kind}, is told ${told.says}`);
      if (told !== 'expired') return;
      given.add(id);
      if (answers.has(id)) fail(`command ${id}, a ${command.kind}, is executed, and the owner is told that it never will be`);
      const leader = view.leader([...view.config.queues.keys()][0] ?? '');
      if (!leader || view.jumped() > 0 || (view.lostAt() ?? -1) >= since) return;
      const calmSince = Math.max(leader.since, view.faults.calmSince(leader.node), view.faults.calmSince(server.name), since);
      // It may have been written long before its answer came, and nobody executes it after its time.
      const counted = Math.min(view.now(), since + WITHIN_MS);
      if (view.server(leader.node)?.isUp && counted - calmSince > 2 * ANSWERED_MS)
        fail(`nobody came to command ${id}, a ${command.kind}, and ${leader.node} leads`);
    },
    look: () => {
      if (drained.size === 0 && waits.size === 0) return;
      const leader = view.leader([...view.config.queues.keys()][0] ?? '');
      const server = leader && view.server(leader.node);
      const calmSince = server?.isUp
        ? Math.max(leader?.since ?? 0, view.faults.calmSince('store'), answeredSince(server))
        : view.now();
      // Of whom a leader was not told, because that was lost, it learns by the next that it hears.
      const isHeardOf = (ticket: string): boolean => {
        const at = known.get(ticket) ?? 0;
        return leader !== undefined && server !== undefined && (at < leader.since || at > heardSince(server));
      };
      const out = [...view.store().tickets.values()].filter(
        ({ ticket, state, node }) => state === 'waiting' && drained.has(node) && isHeardOf(ticket),
      );
      const here = new Set(out.map(({ ticket }) => ticket));
      for (const ticket of [...waits.keys()]) if (!here.has(ticket)) waits.delete(ticket);
      for (const { ticket, actor, node } of out) {
        const since = waits.get(ticket) ?? view.now();
        waits.set(ticket, since);
        if (view.now() - Math.max(since, calmSince) > TURNED_OUT_MS)
          fail(`${actor.id} waits on ${node}, which is drained, and ${leader?.node} leads`, actor.id);
      }
    },
    remembered: () => {
      const were = [new Map(answers), new Set(drained), new Map(barred), new Map(known)] as const;
      return () => {
        [answers, drained, barred, known] = were;
        waits.clear();
      };
    },
    lost: () => {
      answers = new Map();
      drained = new Set();
      barred = new Map();
      known = new Map();
      waits.clear();
    },
  };
};
