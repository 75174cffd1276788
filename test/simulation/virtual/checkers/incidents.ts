/** Every end that should not have been has its incident, where the owner finds it. */
import type { MakeChecker } from '../checker.ts';
import type { Server } from '../server.ts';

export const incidents: MakeChecker = (view, fail) => {
  /** What servers reported: it is kept once they could hand it over. */
  const reported: {
    readonly server: Server;
    readonly at: number;
    readonly matchId: string;
    readonly code: string;
    readonly id: string;
  }[] = [];
  const voids = new Map<string, string>();
  return {
    said: (_, message) => {
      // What the owner makes void is kept by its command's name.
      if (message.kind === 'VOID' && message.reason !== 'Admin') voids.set(message.matchId, message.reason);
    },
    asked: ({ verb }) => {
      if (verb !== 'advance' || voids.size === 0) return;
      const kept = new Map([...view.store().incidents.all()].map(({ id, kind }) => [id, kind]));
      for (const [matchId, reason] of voids)
        if (kept.get(`void:${matchId}`) !== reason)
          fail(`match ${matchId} is void by ${reason}, and there is no incident of it`);
      voids.clear();
    },
    event: (event, server) => {
      if (event.kind === 'incident')
        reported.push({ server, at: view.now(), matchId: event.matchId, code: event.code, id: event.id });
      if (event.kind !== 'void') return;
      const { matchId, reason, id } = event;
      const isKept = [...view.store().incidents.all()].some(
        (incident) => incident.id === `void:${matchId}` || (incident.kind === 'Admin' && incident.matchId === matchId),
      );
      const isSaid = reported.some((one) => one.matchId === matchId && one.server === server);
      const lostAt = view.lostAt();
      if (!isKept && !isSaid && lostAt === undefined)
        fail(`${id} is told that match ${matchId} is void by ${reason}, and there is no incident of it`, id);
    },
    end: () => {
      const lostAt = view.lostAt() ?? Number.NEGATIVE_INFINITY;
      for (const { server, at, matchId, code, id } of reported) {
        if (!server.isUp || at < lostAt) continue;
        const isKept = [...view.store().reports.all()].some((one) => one.matchId === matchId && one.kind === code);
        if (!isKept) fail(`${server.name} reported ${code} of match ${matchId}, and it is not kept`, id);
      }
    },
  };
};
