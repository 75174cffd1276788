/** Every end that should not have been has its incident, where the owner finds it. */
import type { CommandAnswer, CommandRecord, IncidentReport } from '../../../../bus/admin.ts';
import type { Message } from '../../../../bus/messages.ts';
import { EXCEEDED_LIMIT, type Refusal } from '../../../../matcher/index.ts';
import { type MakeChecker, rememberAll } from '../checker.ts';
import type { Server } from '../server.ts';

/** A server's clock may be so much slower, and its report a moment on its way. */
const SLOW = 1.006;
const REPORTED_MS = 1000;
/** How long an answer of the store may be on its way, and be asked for again, once all is well. */
const ANSWERED_MS = 10_000;

interface Reported {
  readonly server: Server;
  readonly at: number;
  readonly matchId: string;
  readonly code: string;
  readonly id: string;
}

/** Something that has to be reported by a server, unless the match ends there. */
interface Owed {
  readonly server: Server;
  readonly matchId: string;
  readonly id: string;
  readonly at: number;
}

export const incidents: MakeChecker = (view, fail) => {
  /** What servers reported: it is kept once they could hand it over. */
  const reported: Reported[] = [];
  const counts = new Map<string, number>();
  /** Of each void, when it was said; of those that were just said, why. */
  const saidAt = new Map<string, number>();
  const voids = new Map<string, string>();
  /** Results that were reported and not acknowledged yet; and what a server was told to be lost. */
  const results = new Map<string, Owed>();
  const losses = new Map<string, Owed>();
  const begun = new Set<string>();
  /** By server and player: the match that it was told to have begun; and those that it has left, where the store had gone back to before it. */
  const inMatch = new Map<string, string>();
  const left = new Set<string>();
  /** What the store took from servers since it lost its data. */
  const handed = new Map<string, IncidentReport>();

  const keyOf = ({ name, number }: Server, matchId: string, code = ''): string => `${name} ${number} ${matchId} ${code}`;
  const countOf = (server: Server, matchId: string, code: string): number => counts.get(keyOf(server, matchId, code)) ?? 0;
  const lostAt = (): number => view.lostAt() ?? Number.NEGATIVE_INFINITY;
  const isKept = (id: string, kind: string, matchId?: string): boolean => {
    for (const one of view.store().incidents.all())
      if (one.id === id && one.kind === kind && (matchId === undefined || one.matchId === matchId)) return true;
    return false;
  };
  /** What a server refuses to go on for it has reported itself. */
  const refused = (node: string, matchId: string, { code, reason }: Refusal): void => {
    const server = view.server(node);
    if (!server) return;
    const name = `${node} refuses match ${matchId} by ${code}, ${reason}`;
    if (code === 'TimeoutError' && countOf(server, matchId, 'ExceededTurnOrderError') < EXCEEDED_LIMIT)
      fail(`${name}, and has not reported it ${EXCEEDED_LIMIT} times`);
    if (code === 'DigestMismatch' && countOf(server, matchId, code) === 0) fail(`${name}, and has not reported it`);
  };
  const acknowledged = (matchId: string, side: number): void => {
    const actor = view.store().matches.get(matchId)?.sides[side]?.actor.id;
    for (const [key, { matchId: of, id }] of results) if (of === matchId && id === actor) results.delete(key);
  };
  return {
    said: (_, message) => {
      if (message.kind === 'BEGIN') begun.add(message.matchId);
      if (message.kind !== 'VOID') return;
      saidAt.set(message.matchId, view.now());
      voids.set(message.matchId, message.reason);
    },
    asked: ({ verb, args }) => {
      if (verb === 'say') {
        const message = args[1] as Message;
        if (message.kind === 'OVER_OK') acknowledged(message.matchId, message.side);
      }
      if (voids.size === 0) return;
      // What the owner makes void is kept by its command's name.
      const command = verb === 'execute' ? (args[1] as CommandRecord).id : '';
      for (const [matchId, reason] of voids)
        if (!(reason === 'Admin' ? isKept(command, reason, matchId) : isKept(`void:${matchId}`, reason, matchId)))
          fail(`match ${matchId} is void by ${reason}, and there is no incident of it`);
      voids.clear();
    },
    answered: ({ node, verb, args }, answer) => {
      if (verb === 'execute') {
        const { id, command } = args[1] as CommandRecord;
        const { outcome } = answer as Partial<CommandAnswer>;
        if (outcome === 'done' && !isKept(id, 'Admin')) fail(`command ${id}, a ${command.kind}, is done, and is no incident`);
      } else if (verb === 'judge' && args[3] !== null && answer === 'done')
        refused(node, args[0] as string, args[3] as Refusal);
      else if (verb === 'report' && answer === 'done') handed.set((args[0] as IncidentReport).id, args[0] as IncidentReport);
      else if (verb === 'vouch' && answer === 'lost') {
        const server = view.server(node);
        const matchId = args[0] as string;
        const key = server && keyOf(server, matchId);
        // Who had not begun, or has not heard that it has, goes back to where it waited.
        const hasBegun = begun.has(matchId) && (args[3] as number) > 0;
        if (key && hasBegun && !left.has(key) && !losses.has(key)) losses.set(key, { server, matchId, id: '', at: view.now() });
      }
    },
    event: (event, server) => {
      switch (event.kind) {
        case 'incident': {
          const { matchId, code, id } = event;
          reported.push({ server, at: view.now(), matchId, code, id });
          counts.set(keyOf(server, matchId, code), countOf(server, matchId, code) + 1);
          if (code === 'MissingAcknowledgement') results.delete(keyOf(server, matchId, id));
          return;
        }
        case 'begun':
          inMatch.set(keyOf(server, event.id), event.matchId);
          return;
        case 'removed': {
          const matchId = inMatch.get(keyOf(server, event.id));
          if (matchId === undefined) return;
          left.add(keyOf(server, matchId));
          losses.delete(keyOf(server, matchId));
          return;
        }
        case 'over':
          results.set(keyOf(server, event.matchId, event.id), { server, matchId: event.matchId, id: event.id, at: view.now() });
          return;
        case 'elo':
        case 'void': {
          const { matchId, id } = event;
          results.delete(keyOf(server, matchId, id));
          if (event.kind === 'elo') return;
          const said = saidAt.get(matchId);
          const isSaid = reported.some((one) => one.matchId === matchId && one.server === server);
          if (!isSaid && said === undefined)
            fail(`${id} is told that match ${matchId} is void by ${event.reason}, and there is no incident of it`, id);
          return;
        }
        default:
      }
    },
    closed: ({ server, setup, player }) => void results.delete(keyOf(server, setup.matchId, player)),
    look: () => {
      const now = view.now();
      const overMs = Math.max(...[...view.config.queues.values()].map(({ times }) => times.overMs));
      for (const [key, { server, matchId, id, at }] of results)
        if (!server.isUp || server.isStopping) results.delete(key);
        else if (now > at + SLOW * overMs + REPORTED_MS && !server.clock.standsStill)
          fail(`nobody acknowledged ${id}'s result of match ${matchId} to ${server.name}, and it has not reported that`, id);
      for (const [key, { server, matchId, at }] of losses) {
        if (!server.isUp || server.isStopping || countOf(server, matchId, 'StoreLost') > 0 || saidAt.has(matchId))
          losses.delete(key);
        else if (now > Math.max(at, view.faults.calmSince(server.name)) + ANSWERED_MS)
          fail(`${server.name} is told that match ${matchId} is lost, and has not reported it`);
      }
    },
    remembered: () => rememberAll(handed),
    lost: () => {
      handed.clear();
      voids.clear();
    },
    end: () => {
      const reports = new Map([...view.store().reports.all()].map((one) => [one.id, one]));
      for (const { id, kind, matchId } of handed.values())
        if (reports.get(id)?.kind !== kind) fail(`${kind} of match ${matchId} was handed on, and is not kept`);
      const kept = new Set([...reports.values()].map(({ kind, matchId }) => `${kind} ${matchId}`));
      for (const { server, at, matchId, code, id } of reported)
        if (server.isUp && at >= lostAt() && !kept.has(`${code} ${matchId}`))
          fail(`${server.name} reported ${code} of match ${matchId}, and it is not kept`, id);
    },
  };
};
