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

/** Of an end that is not for its own reason, and that nobody is barred for. */
const PLAIN = {
  ...{ failed: '', late: false, reason: '', detail: '', against: '', idleSince: '', silent: '', silenceMs: '' },
  ...ruled(undefined),
};

function asked(answer: Ask, right: Right, fence: Fence, request: AdvanceRequest): Observable<Strings> {
  const { matchId, revision, step, windowMs } = request;
  const { queue, generation, epoch, mark } = right(fence);
  const { to } = step;
  const owner = { queue, matchId };
  switch (to) {
    case 'teams':
    case 'validating':
    case 'battle': {
      const seed = json(request.seed);
      return answer('advance', { queue, generation, epoch, mark, matchId, revision, to, windowMs, seed }, owner);
    }
    case 'rated': {
      const { score, delta } = step;
      const { floor, keptResults = KEPT_RESULTS, ladder } = request;
      const [initialElo, partyElo] = [ladder?.initialElo ?? '', ladder?.partyElo ?? ''];
      const rules = { windowMs, score, delta, floor, keptResults, initialElo, partyElo };
      return answer('rate', { queue, generation, epoch, mark, matchId, revision, ...rules }, owner);
    }
    case 'closed':
      return answer('finish', { queue, generation, epoch, mark, matchId, revision, to, ...PLAIN }, owner);
    case 'cancelled': {
      const { failed, late } = step;
      const why = { failed: failed.join(), late };
      return answer('finish', { queue, generation, epoch, mark, matchId, revision, to, ...PLAIN, ...why }, owner);
    }
    case 'void': {
      const { reason, detail, against, idleSince, silent } = step;
      const why = { reason: json(reason), detail: json(detail.slice(0, MOST_REASON)), against: against ?? '' };
      const since = { idleSince: idleSince ?? '', silent: silent?.sides.join() ?? '', silenceMs: silent?.forMs ?? '' };
      const of = { queue, generation, epoch, mark, matchId, revision, to };
      return answer('finish', { ...of, ...PLAIN, ...why, ...since, ...ruled(request.voids) }, owner);
    }
  }
}

export const advancing =
  (answer: Ask, right: Right) =>
  (fence: Fence, request: AdvanceRequest): Observable<Advanced> =>
    asked(answer, right, fence, request).pipe(map(advancedOf));
