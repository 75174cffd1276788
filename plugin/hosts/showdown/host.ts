/** The host: what Jaeger asks of a game, answered by a Pokémon Showdown server. An actor is a user; a queue is a format. */
import {
  type BattleSetup,
  type ControllableBattleActor,
  type Host,
  type LocalActor,
  type Texts,
  ValidationError,
} from '../../index.ts';
import { mirror } from './battle.ts';
import { isRandom, judged, rulesetOf } from './formats.ts';
import { languageOf } from './language.ts';
import { told } from './messages.ts';
import type { Offers } from './offers.ts';
import type { Openings } from './openings.ts';
import { type ShowdownUser, server } from './server.ts';

export interface HostOptions {
  readonly offers: Offers;
  readonly openings: Openings;
  readonly chat: boolean;
  readonly texts: Texts;
}

/** Who an actor is now, or null when not known here any more. */
export const userOf = (id: string): ShowdownUser | null => server().Users.getExact(id);

/** Who is told what concerns an actor: also who has another name by now. */
const listenerOf = (id: string): ShowdownUser | null => server().Users.get(id);

export function showdownHost({ offers, openings, chat, texts }: HostOptions): Host {
  return {
    ruleset: rulesetOf,
    log: ({ node, text }) => void process.stdout.write(`[jaeger ${node}] ${text}\n`),
    tell(actor, notice) {
      openings.heard(actor.id, notice);
      const user = listenerOf(actor.id);
      const sentence = texts.notice(notice, languageOf(user));
      if (sentence !== undefined) told(user, sentence);
    },
    accept: (actor, offer) => offers.ask(actor.id, offer, () => userOf(actor.id)),
    team: (actor, match) => (isRandom(match.queue) ? '' : teamOf(actor, match.queue, match.matchId)),
    async validate({ queue, sides }, teams) {
      if (isRandom(queue)) return teams.every((team) => team === '') ? null : 'this format makes its teams itself';
      const wrong = await Promise.all(
        teams.map(async (team, side) => {
          const verdict = await judged(queue, team);
          return 'wrong' in verdict ? verdict.wrong.map((why) => `${sides[side as 0 | 1].name}: ${why}`) : [];
        }),
      );
      return wrong.flat().length > 0 ? wrong.flat().join('; ') : null;
    },
    battle(setup: BattleSetup, opponent: ControllableBattleActor) {
      const actor = setup.sides[setup.side];
      const user = userOf(actor.id);
      if (!user) throw new ValidationError(setup.matchId, `${actor.name} is not on its server any more`);
      mirror({ setup, opponent, user, chat, texts, isGivenUp: openings.opened(actor.id) });
    },
  };
}

/** The team that the player brings, as the format has it. */
async function teamOf(actor: LocalActor, format: string, matchId: string): Promise<string> {
  const verdict = await judged(format, userOf(actor.id)?.battleSettings.team ?? '');
  if ('team' in verdict) return verdict.team;
  throw new ValidationError(matchId, `${actor.name}: ${verdict.wrong.join('; ')}`);
}
