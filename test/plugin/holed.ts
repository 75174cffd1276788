/** A bus on which much of what is published in challenge rooms is lost, and much of it doubled. */
import { defer, merge, throwError } from 'rxjs';
import { type Bus, BusUnreachable } from '../../bus/bus.ts';
import type { Random } from '../../scripts/random.ts';
import { lossy } from './world.ts';

/** How long the log is out of reach. */
export const CUT_MS = 5000;
export const isChallengeRoom = (room: string): boolean => room.includes(':challenge:');

interface Clock {
  now(): number;
}

export interface Holes {
  readonly random: Random;
  /** Since when the log is out of reach, if it is. */
  cutAt(): number | undefined;
  /** How many entries of a log are lost in a row at most: four are an exceeded gap, and three of those end a battle. */
  readonly mostInARow?: number;
}

/** Of what is published in challenge rooms a fifth is lost for everybody, a fifth doubled. */
export function holed({
  random,
  cutAt,
  mostInARow = Number.POSITIVE_INFINITY,
}: Holes): (bus: Bus, node: string, time: Clock) => Bus {
  const fates = new Map<string, number>();
  const fateOf = (what: string, number: number): number => {
    const known = fates.get(`${what} ${number}`);
    if (known !== undefined) return known;
    let inARow = 0;
    while (inARow < mostInARow && fates.get(`${what} ${number - inARow - 1}`) === 0) inARow++;
    const percent = random.integer(inARow < mostInARow ? 1 : 21, 100);
    const fate = percent <= 20 ? 0 : percent <= 40 ? 2 : 1;
    fates.set(`${what} ${number}`, fate);
    return fate;
  };
  let said = 0;
  return (bus, _node, time) => {
    const cut = lossy(bus, (message, room) =>
      isChallengeRoom(room) && 'turn' in message && message.kind !== 'NEWEST' ? fateOf(message.matchId, message.turn) : 1,
    );
    return {
      ...cut,
      say: (room, message) => {
        if (!isChallengeRoom(room)) return bus.say(room, message);
        const fate = fateOf('said', said++);
        return merge(...Array.from({ length: fate }, () => bus.say(room, message)));
      },
      log: (...args) =>
        defer(() => {
          const since = cutAt();
          const away = since !== undefined && time.now() >= since && time.now() < since + CUT_MS;
          return away ? throwError(() => new BusUnreachable('out of reach')) : bus.log(...args);
        }),
    };
  };
}
