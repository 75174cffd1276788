/**
 * Who misses more than 3 turns of a battle reports it, once for each time, and nobody reports it who has not: at the first and the second time the
 * battle goes on, at the third it is over.
 */
import { EXCEEDED_LIMIT, QUIET_GAP } from '../../../../matcher/index.ts';
import { wellSince } from '../calm.ts';
import type { MakeChecker } from '../checker.ts';
import type { SeenBattle } from '../players.ts';

/** Entries of a log before its first turn: BEGIN, two TEAMs, START. */
const OPENING = 4;
/** After so long nothing that was heard before is still being looked up. */
const IDLE_MS = 5000;
const PAST_MS = 1000;

interface Following {
  readonly battle: SeenBattle;
  /** How often something came that was more than 3 turns ahead; and how often it was certainly a new gap. */
  seen: number;
  exceeded: number;
  reported: number;
  /** When it last was, and when anything of the match was last heard there. */
  exceededAt: number;
}

export const gaps: MakeChecker = (view, fail) => {
  const open = new Set<Following>();
  /** By server, when it last heard anything of a match, or a room anew. */
  const heardAt = new Map<string, number>();
  const anewAt = new Map<string, number>();
  /** When it last could ask nothing of the store, or was not answered. */
  const vainAt = new Map<string, number>();
  /** By server and match, how often something came that is not one of the first entries. */
  const early = new Map<string, number>();
  let known = 0;
  const learn = (): void => {
    for (; known < view.battles.length; known++) {
      const battle = view.battles[known] as SeenBattle;
      // What came before its battle began here may have been missed, too.
      const seen = early.get(`${battle.server.name} ${battle.setup.matchId}`) ?? 0;
      open.add({ battle, seen, exceeded: 0, reported: 0, exceededAt: 0 });
    }
  };
  return {
    heard: (node, message) => {
      const now = view.now();
      if (!message) {
        anewAt.set(node, now);
        return;
      }
      if (!('turn' in message) || !('matchId' in message)) return;
      learn();
      const { matchId, kind } = message;
      // Somebody who knows of a turn stands for the one after it.
      const turn = kind === 'NEWEST' ? message.turn + 1 : message.turn;
      if (turn > 1 + QUIET_GAP) early.set(`${node} ${matchId}`, (early.get(`${node} ${matchId}`) ?? 0) + 1);
      const key = `${node} ${matchId}`;
      // Who asks in vain goes on looking up, and what comes meanwhile waits for that.
      const quietSince = Math.max(heardAt.get(key) ?? 0, anewAt.get(node) ?? 0, vainAt.get(node) ?? 0);
      const isIdle = now - quietSince > IDLE_MS;
      for (const following of open) {
        const { server, setup, turns } = following.battle;
        if (server.name !== node || setup.matchId !== matchId || !server.isUp) continue;
        if (kind === 'NEWEST' && message.side === setup.side) continue;
        if (turn - (OPENING + 1 + turns.length) <= QUIET_GAP) continue;
        following.seen++;
        if (!isIdle || (kind !== 'TURN' && kind !== 'NEWEST')) continue;
        following.exceeded++;
        following.exceededAt = now;
      }
      heardAt.set(key, now);
    },
    event: (event, server) => {
      if (event.kind !== 'incident' || event.code !== 'ExceededTurnOrderError') return;
      learn();
      for (const following of open) {
        const { battle } = following;
        if (battle.server !== server || battle.player !== event.id || battle.setup.matchId !== event.matchId) continue;
        following.reported++;
        if (following.reported > following.seen)
          fail(
            `${event.id} reports a gap in match ${event.matchId} for the ${following.reported}. time, of ${following.seen}`,
            event.id,
          );
      }
    },
    look: () => {
      learn();
      for (const following of open) {
        const { battle, exceeded, exceededAt, reported } = following;
        const { server, setup, player, end } = battle;
        const { network, clock, name } = server;
        if (!network.asks || !network.answers || clock.standsStill) vainAt.set(name, view.now());
        if (end || !server.isUp || server.isStopping) {
          open.delete(following);
          continue;
        }
        const isLate = view.now() - Math.max(exceededAt, wellSince(view, name)) > PAST_MS;
        if (!isLate || clock.standsStill) continue;
        if (exceeded > reported)
          fail(
            `${player} missed more than ${QUIET_GAP} turns of match ${setup.matchId} for the ${exceeded}. time, and did not report it`,
            player,
          );
        if (reported > EXCEEDED_LIMIT)
          fail(`${player} reports a gap in match ${setup.matchId} for the ${reported}. time`, player);
      }
    },
  };
};
