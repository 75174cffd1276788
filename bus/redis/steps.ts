/** The steps of a match on Redis: towards its battle, its Elos, its end. Each has a script of its own that brings along no more than it needs. */
import { map, type Observable } from 'rxjs';
import { KEPT_RESULTS } from '../admin.ts';
import type { Advanced, AdvanceRequest, Fence } from '../bus.ts';
import { type VoidRules, voidsText } from '../conduct.ts';
import { MOST_REASON } from '../messages.ts';
import { advancedOf, type Strings } from './answers.ts';
import type { Right } from './owner.ts';
import { type Ask, json } from './scripts.ts';

/** What the script is told of whom a void bars. */
const ruled = (rules: VoidRules | undefined) => ({
  ...{ voidMax: rules?.max ?? '', voidNodeMax: rules?.nodeMax ?? '' },
  ...{ voidWindowMs: rules?.windowMs ?? '', voidBarMs: rules?.barMs ?? '' },
  voidWhy: rules ? voidsText(rules.max, rules) : '',
  voidNodeWhy: rules ? voidsText(rules.nodeMax, rules) : '',
});

/** Of an end that is not for its own reason. */
const PLAIN = { failed: '', late: false, reason: '', detail: '', against: '', idleSince: '', silent: '', silenceMs: '' };

function asked(answer: Ask, right: Right, fence: Fence, request: AdvanceRequest): Observable<Strings> {
  const { matchId, revision, step, windowMs, seed, floor, keptResults = KEPT_RESULTS, ladder, voids } = request;
  const { to } = step;
  const of = { ...right(fence), matchId, revision };
  const owner = { queue: fence.queue, matchId };
  switch (to) {
    case 'teams':
    case 'validating':
    case 'battle':
      return answer('advance', { ...of, to, windowMs, seed: json(seed) }, owner);
    case 'rated': {
      const { score, delta } = step;
      const rules = { floor, keptResults, initialElo: ladder?.initialElo ?? '', partyElo: ladder?.partyElo ?? '' };
      return answer('rate', { ...of, windowMs, score, delta, ...rules }, owner);
    }
    case 'closed':
      return answer('finish', { ...of, to, ...PLAIN, ...ruled(undefined) }, owner);
    case 'cancelled': {
      const { failed, late } = step;
      return answer('finish', { ...of, to, ...PLAIN, failed: failed.join(), late, ...ruled(undefined) }, owner);
    }
    case 'void': {
      const { reason, detail, against, idleSince, silent } = step;
      const why = { reason: json(reason), detail: json(detail.slice(0, MOST_REASON)), against: against ?? '' };
      const since = { idleSince: idleSince ?? '', silent: silent?.sides.join() ?? '', silenceMs: silent?.forMs ?? '' };
      return answer('finish', { ...of, to, ...PLAIN, ...why, ...since, ...ruled(voids) }, owner);
    }
  }
}

export const advancing =
  (answer: Ask, right: Right) =>
  (fence: Fence, request: AdvanceRequest): Observable<Advanced> =>
    asked(answer, right, fence, request).pipe(map(advancedOf));
