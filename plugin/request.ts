/** What a host passes to `add`: understood, or everything that is wrong with it. */
import type { Entered } from '../bus/bus.ts';
import { problemsOf } from '../bus/codec.ts';
import type { ActorBody } from '../bus/messages.ts';
import { checks } from '../bus/pieces.ts';
import type { ActorRequest } from '../bus/requests.ts';
import { partyEloOf } from '../matcher/index.ts';
import type { QueueConfig } from './config.ts';
import { AddError, type AddProblem, type Problem, problem, type Said } from './errors.ts';
import { errorText } from './guard.ts';

export interface Understood {
  /** A copy: what the host does to its own object later changes nothing. */
  readonly actor: Omit<ActorBody, 'elo'>;
  readonly queue: string;
  readonly config: QueueConfig;
  /** Given by the host, or null. */
  readonly elo: number | null;
  readonly ruleset: string;
  readonly move: boolean;
}

export const MOST_RULESET = 128;

/** Half of a character, as a cut text may end with: Redis keeps another character in its place, and two ids would be one there. */
const HALF = /\p{Surrogate}/u;

export function halvesIn({ id, members, blocks }: Partial<Pick<ActorRequest, 'id' | 'members' | 'blocks'>>): Problem[] {
  const list = (name: string, ids: unknown) =>
    Array.isArray(ids) ? ids.map((each, index): [string, unknown] => [`${name}[${index}]`, each]) : [];
  const all: [string, unknown][] = [['id', id], ...list('members', members), ...list('blocks', blocks)];
  return all
    .filter(([, each]) => typeof each === 'string' && HALF.test(each))
    .map(([path, each]) => problem(path, 'text of whole characters', each));
}

export function understand(
  input: unknown,
  queues: ReadonlyMap<string, QueueConfig>,
  rulesetOf: (queue: string) => unknown,
): Understood | { readonly problems: readonly Problem[] } {
  let request: Partial<ActorRequest>;
  const problems: Problem[] = [];
  try {
    // A copy, so that what was validated is what is used.
    request = structuredClone(input) as Partial<ActorRequest>;
    const validated = checks().validateActor(request);
    if (!validated.success) problems.push(...problemsOf(validated.errors));
  } catch (error) {
    return { problems: [problem('', 'plain data', errorText(error))] };
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return { problems };
  problems.push(...halvesIn(request));
  const wrong = (path: string): boolean => problems.some((each) => each.path === path || each.path.startsWith(`${path}[`));

  const { id = '', name = id, blocks = [], members = [id], elo = null, move = false } = request;
  const [only] = queues.keys();
  const queue = request.queue ?? (queues.size === 1 ? only : undefined);
  const config = typeof queue === 'string' ? queues.get(queue) : undefined;
  if (!config && !wrong('queue')) problems.push(problem('queue', `one of the queues ${[...queues.keys()].join(', ')}`, queue));
  if (config && !wrong('members') && members.length > config.maxParty)
    problems.push(problem('members', `at most ${config.maxParty} players`, members.length));
  if (Array.isArray(elo) && !wrong('elo') && !wrong('members') && elo.length !== members.length)
    problems.push(problem('elo', `one for each of the ${members.length} members`, elo));
  if (config?.ratings === 'ladder' && elo !== null)
    problems.push(problem('elo', "none: this queue's ratings are the realm's ladder", elo));
  if (!config || queue === undefined) return { problems };

  let ruleset: unknown;
  try {
    ruleset = rulesetOf(queue);
  } catch (error) {
    problems.push(problem('queue', 'a host that knows its ruleset', errorText(error)));
  }
  if (ruleset !== undefined && (typeof ruleset !== 'string' || ruleset.length > MOST_RULESET))
    problems.push(problem('queue', `a ruleset that is text of at most ${MOST_RULESET} characters`, ruleset));
  if (problems.length > 0) return { problems };
  const ownElo = Array.isArray(elo) ? partyEloOf(elo, config.party.elo) : elo;
  return { actor: { id, name, members, blocks }, queue, config, elo: ownElo, ruleset: ruleset as string, move };
}

/** What the bus's refusal means to whoever asked. */
export function refusal(entered: Exclude<Entered, { entered: unknown }>): AddError {
  const because = (problems: readonly AddProblem[]): AddError => new AddError('The actor cannot be added:', problems);
  const says = (key: Said['key'], values: Said['values'] = {}): { readonly says: Said } => ({ says: { key, values } });
  switch (entered.refused) {
    case 'present':
      return because(
        entered.presences.map(({ player, place, queue, node }) => ({
          ...problem('members', 'players who are nowhere else', `${player}, ${place} in ${queue} on ${node}`),
          ...says('refusedPresent', { player, place, queue, server: node }),
        })),
      );
    case 'full':
      return because([
        {
          ...problem('queue', 'a queue with room', `${entered.waiting} waiting`),
          ...says('refusedFull', { waiting: entered.waiting }),
        },
      ]);
    case 'closed': {
      const { node, how, reason, until } = entered.closed;
      const ends = until === undefined ? undefined : new Date(until).toISOString();
      const by = ends === undefined ? 'by the owner' : `until ${ends}`;
      return because([
        {
          ...{ path: 'queue', expected: 'a server that takes players in', found: `${node}, ${how} ${by}: ${reason}` },
          ...(ends === undefined ? says('refusedClosed', { reason }) : says('refusedUntil', { until: ends, reason })),
        },
      ]);
    }
    case 'barred':
      return because(
        entered.bars.map(({ player, until, reason }) => {
          const date = until === null ? undefined : new Date(until).toISOString();
          const ends = date === undefined ? 'for good' : `until ${date}`;
          return {
            // In full: until when is what its player wants to know.
            ...{ path: 'members', expected: 'players who may queue', found: `${player}, barred ${ends}: ${reason}` },
            ...(date === undefined
              ? says('refusedForGood', { player, reason })
              : says('refusedBarred', { player, until: date, reason })),
          };
        }),
      );
    case 'superseded':
      return because([
        { ...problem('nodeId', 'a name that no other server has', 'another server runs under it'), ...says('refusedRival') },
      ]);
    case 'stale':
    case 'removed':
      return because([{ ...problem('ticket', 'a ticket that was not removed', 'a removed one'), ...says('refusedRemoved') }]);
  }
}
