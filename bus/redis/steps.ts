/** The steps of a match on Redis: towards its battle, its Elos, its end. Each has a script of its own that brings along no more than it needs. */
import { defer, map, type Observable } from 'rxjs';
import { KEPT_RESULTS } from '../admin.ts';
import type { Advanced, AdvanceRequest, Fence } from '../bus.ts';
import { type VoidRules, voidsText } from '../conduct.ts';
import { MOST_REASON } from '../messages.ts';
import { advancedOf, type Strings } from './answers.ts';
import type { Right } from './owner.ts';
import { type Ask, json } from './scripts.ts';
import { type Lineup, lineupOf } from './stored.ts';

/** What the script is told of whom a void bars. */
const ruled = (rules: VoidRules | undefined) => ({
  ...{ voidMax: rules?.max ?? '', voidNodeMax: rules?.nodeMax ?? '' },
  ...{ voidWindowMs: rules?.windowMs ?? '', voidBarMs: rules?.barMs ?? '' },
  voidWhy: rules ? voidsText(rules.max, rules) : '',
  voidNodeWhy: rules ? voidsText(rules.nodeMax, rules) : '',
});

/** Of an end that is not for its own reason, and that nobody is barred for. */
const PLAIN = {
  ...{ failed: '', late: false, reason: '', detail: '', against: '', idleSince: '', silent: '', silenceMs: '' },
  ...ruled(undefined),
};

function asked(answer: Ask, right: Right, fence: Fence, request: AdvanceRequest, knows: boolean): Observable<Strings> {
  const { matchId, revision, step, windowMs } = request;
  const { queue, generation, epoch, mark } = right(fence);
  const { to } = step;
  const owner = { queue, matchId };
  switch (to) {
    case 'teams':
    case 'validating':
    case 'battle': {
      const seed = json(request.seed);
      return answer('advance', { queue, generation, epoch, mark, matchId, revision, knows, to, windowMs, seed }, owner);
    }
    case 'rated': {
      const { score, delta } = step;
      const { floor, keptResults = KEPT_RESULTS, ladder } = request;
      const [initialElo, partyElo] = [ladder?.initialElo ?? '', ladder?.partyElo ?? ''];
      const rules = { windowMs, score, delta, floor, keptResults, initialElo, partyElo };
      return answer('rate', { queue, generation, epoch, mark, matchId, revision, knows, ...rules }, owner);
    }
    case 'closed':
      return answer('close', { queue, generation, epoch, mark, matchId, revision, knows }, owner);
    case 'cancelled': {
      const { failed, late } = step;
      const why = { failed: failed.join(), late };
      return answer('finish', { queue, generation, epoch, mark, matchId, revision, knows, to, ...PLAIN, ...why }, owner);
    }
    case 'void': {
      const { reason, detail, against, idleSince, silent } = step;
      const why = { reason: json(reason), detail: json(detail.slice(0, MOST_REASON)), against: against ?? '' };
      const since = { idleSince: idleSince ?? '', silent: silent?.sides.join() ?? '', silenceMs: silent?.forMs ?? '' };
      const of = { queue, generation, epoch, mark, matchId, revision, knows, to };
      return answer('finish', { ...of, ...PLAIN, ...why, ...since, ...ruled(request.voids) }, owner);
    }
  }
}

const ENDS: ReadonlySet<string> = new Set(['closed', 'cancelled', 'void']);
/** Those of a leader's open matches that took a step here: the scripts need not bring them along again. */
const MOST_LINEUPS = 4096;

export const advancing = (answer: Ask, right: Right): ((fence: Fence, request: AdvanceRequest) => Observable<Advanced>) => {
  const lineups = new Map<string, Lineup>();
  return (fence: Fence, request: AdvanceRequest): Observable<Advanced> =>
    defer(() => {
      const { matchId, step } = request;
      const known = lineups.get(matchId);
      return asked(answer, right, fence, request, known !== undefined).pipe(
        map((reply) => {
          const advanced = advancedOf(reply, known);
          const lineup = 'match' in advanced && !ENDS.has(step.to) ? (known ?? lineupOf(reply[3] as string)) : undefined;
          lineups.delete(matchId);
          if (lineups.size === MOST_LINEUPS) lineups.clear();
          if (lineup) lineups.set(matchId, lineup);
          return advanced;
        }),
      );
    });
};
