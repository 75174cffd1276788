/** What a host passes to `instant`: understood, or everything that is wrong with it. */
import { problemsOf } from '../bus/codec.ts';
import type { ActorBody } from '../bus/messages.ts';
import { checks } from '../bus/pieces.ts';
import type { InstantMatchRequest } from '../bus/requests.ts';
import { dataOf, type User, wishesOf } from '../matcher/index.ts';
import type { InstantConfig, QueueConfig } from './config.ts';
import { type Problem, problem } from './errors.ts';
import { errorText } from './guard.ts';
import { fieldsOf } from './instant-config.ts';
import { halvesIn, MOST_RULESET } from './request.ts';

export interface UnderstoodInstant {
  readonly actor: Omit<ActorBody, 'elo'>;
  readonly queue: string;
  readonly config: QueueConfig;
  readonly instant: InstantConfig;
  readonly elo: number | null;
  readonly ruleset: string;
  readonly user: User;
  readonly move: boolean;
}

export function understandInstant(
  input: unknown,
  queues: ReadonlyMap<string, QueueConfig>,
  rulesetOf: (queue: string) => unknown,
): UnderstoodInstant | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  let preferences: unknown;
  let said: unknown;
  let request: Partial<InstantMatchRequest>;
  try {
    // What users write is looked at with bounds of its own, before anything goes through all of it.
    ({ preferences, data: said, ...request } = (input ?? {}) as InstantMatchRequest);
    request = structuredClone(request);
    const validated = checks().validateInstant(request);
    if (!validated.success) problems.push(...problemsOf(validated.errors));
    problems.push(...halvesIn(request));
  } catch (error) {
    return { problems: [problem('', 'plain data', errorText(error))] };
  }
  const open = [...queues].filter(([, { instant }]) => instant).map(([name]) => name);
  const { id = '', name = id, blocks = [], elo = null, move = false } = request;
  const queue = request.queue ?? (open.length === 1 ? (open[0] as string) : '');
  const config = queues.get(queue);
  const instant = config?.instant;
  if (!config || !instant) {
    if (!problems.some(({ path }) => path === 'queue'))
      problems.push(
        problem('queue', `one of the queues with instant match: ${open.join(', ') || 'there is none'}`, request.queue),
      );
    return { problems };
  }
  const fields = fieldsOf(instant.fields);
  const wishes = wishesOf(preferences, fields);
  const data = dataOf(said, fields);
  if ('problems' in wishes) problems.push(...wishes.problems);
  if ('problems' in data) problems.push(...data.problems);
  let ruleset: unknown;
  try {
    ruleset = rulesetOf(queue);
  } catch (error) {
    problems.push(problem('queue', 'a host that knows its ruleset', errorText(error)));
  }
  if (ruleset !== undefined && (typeof ruleset !== 'string' || ruleset.length > MOST_RULESET))
    problems.push(problem('queue', `a ruleset that is text of at most ${MOST_RULESET} characters`, ruleset));
  if (problems.length > 0 || 'problems' in wishes || 'problems' in data) return { problems };
  const actor = { id, name, members: [id], blocks };
  const user = { wishes: wishes.wishes, data: data.data };
  return { actor, queue, config, instant, elo, ruleset: ruleset as string, user, move };
}
