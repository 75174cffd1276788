/**
 * Who misses more than 3 turns of a battle reports it, once for each time, and nobody reports it who has not: at the first and the second time the
 * battle goes on, at the third it is over.
 */
import { EXCEEDED_LIMIT, QUIET_GAP } from '../../../../matcher/index.ts';
import { answeredSince } from '../calm.ts';
import type { MakeChecker } from '../checker.ts';
import type { SeenBattle } from '../players.ts';

/** Entries of a log before its first turn: BEGIN, two TEAMs, START. */
const OPENING = 4;
/** A look-up that is answered at once takes less. */
const LOOKED_UP_MS = 100;
const PAST_MS = 500;

interface Following {
  readonly battle: SeenBattle;
  /** How often something came that was more than 3 turns ahead; and how often it was certainly a new gap. */
  seen: number;
  exceeded: number;
  reported: number;
  /** When it last was, and when its battle was over. */
  exceededAt: number;
  /** When the last turn that there is was applied. */
  appliedAt: number | undefined;
  endedAt: number | undefined;
  /** Is it not known what comes to it, or may the store have lost what was said? Then what is missing need not be in the log. */
  isUncertain: boolean;
}

export const gaps: MakeChecker = (view, fail) => {
  const open = new Set<Following>();
  /** By server, when it last heard anything of a match, or a room anew. */
  const heardAt = new Map<string, number>();
  const anewAt = new Map<string, number>();
  /** By server and match, how often something came that is not one of the first entries. */
  const early = new Map<string, number>();
  let known = 0;
  const learn = (): void => {
    for (; known < view.battles.length; known++) {
      const battle = view.battles[known] as SeenBattle;
      // What came before its battle began here may have been missed, too.
      const seen = early.get(`${battle.server.name} ${battle.setup.matchId}`) ?? 0;
      const [one, other] = battle.setup.sides;
      // What comes to one of two on the same server need not have come to the other one.
      const isUncertain = one.node === other.node;
      open.add({
        battle,
        seen,
        exceeded: 0,
        reported: 0,
        exceededAt: 0,
        appliedAt: undefined,
        endedAt: undefined,
        isUncertain,
      });
    }
  };
  /** Who has had no entry for a while looks into the log by itself: what comes then is missing no more. */
  const looksByItself = ({ battle: { setup }, appliedAt }: Following, heard: number | undefined): boolean => {
    const forMs = view.now() - (appliedAt ?? heard ?? view.now()) + LOOKED_UP_MS;
    const everyMs = 2 * (view.config.queues.get(setup.queue)?.times.newestMs ?? 0);
    return forMs > everyMs && forMs % everyMs < 2 * LOOKED_UP_MS;
  };
  const lost = (): void => {
    learn();
    for (const following of open) following.isUncertain = true;
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
      // While it looks something up, what comes waits for that.
      const isIdle = now - Math.max(heardAt.get(key) ?? 0, anewAt.get(node) ?? 0) > LOOKED_UP_MS;
      for (const following of open) {
        const { server, setup, turns } = following.battle;
        if (server.name !== node || setup.matchId !== matchId || !server.isUp) continue;
        if (kind === 'NEWEST' && message.side === setup.side) continue;
        if (turn - (OPENING + 1 + turns.length) <= QUIET_GAP) continue;
        following.seen++;
        const isCertain = isIdle && !following.isUncertain && now > answeredSince(server);
        if (!isCertain || (kind !== 'TURN' && kind !== 'NEWEST') || looksByItself(following, heardAt.get(key))) continue;
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
    turned: (battle) => {
      learn();
      for (const following of open) if (following.battle === battle) following.appliedAt = view.now();
    },
    closed: (battle) => {
      learn();
      for (const following of open) if (following.battle === battle) following.endedAt = view.now();
    },
    lost,
    remembered: () => lost,
    look: () => {
      learn();
      for (const following of open) {
        const { battle, exceeded, exceededAt, reported, endedAt, isUncertain } = following;
        const { server, setup, player } = battle;
        if (!server.isUp || server.isStopping) {
          open.delete(following);
          continue;
        }
        if (endedAt !== undefined) open.delete(following);
        const isLate = (endedAt ?? view.now()) - Math.max(exceededAt, answeredSince(server)) > PAST_MS;
        if (isLate && exceeded > reported && !isUncertain)
          fail(
            `${player} missed more than ${QUIET_GAP} turns of match ${setup.matchId} for the ${exceeded}. time, and did not report it`,
            player,
          );
        if (isLate && reported > EXCEEDED_LIMIT)
          fail(`${player} reports a gap in match ${setup.matchId} for the ${reported}. time`, player);
      }
    },
  };
};
