/**
 * The owner's hand. Reads come from the keys and write nothing; they work from outside, without a node. What changes something is a command,
 * which goes to the inbox, where a leader executes it. Promises are the outer edge; `Asking` is what is behind them.
 */
import {
  catchError,
  concatMap,
  defer,
  exhaustMap,
  filter,
  forkJoin,
  lastValueFrom,
  map,
  merge,
  type Observable,
  of,
  race,
  take,
  throwError,
  timer,
} from 'rxjs';
import {
  type AgreedConfig,
  type Bar,
  type Closed,
  type Command,
  type CommandAnswer,
  type History,
  type IncidentRecord,
  MOST_COMMAND_MS,
  type Rank,
  type Season,
} from '../bus/admin.ts';
import { type Bus, BusUnreachable, type Presence } from '../bus/bus.ts';
import { commandOf } from '../bus/commands.ts';
import type { QueueOptions } from '../bus/options.ts';
import type { Counts, Logged, MatchRecord, SignRecord, TicketRecord } from '../bus/records.ts';
import { agreementOf } from './agreement.ts';
import { configOf, type QueueConfig } from './config.ts';
import { AdminError, ConfigError, problem } from './errors.ts';
import { persist, type Runtime } from './runtime.ts';

/** How long a command may wait for a leader unless said otherwise. */
const WITHIN_MS = 10_000;
/** How often the answer is looked for, whatever is heard; and how long after its expiry a command counts as never executed. */
const LOOK_MS = 500;
const GRACE_MS = 250;
/** Most of a page. */
const MOST = 1000;
const LOG_PAGE = 250;
const MOST_LOG = 20_000;

export interface AdminOptions {
  /** Who asks: it stands in the incidents. */
  readonly who: string;
  /** How long a command may wait for a leader, in ms. Default: 10000. */
  readonly withinMs?: number;
}

export interface QueueOverview {
  readonly queue: string;
  readonly waiting: number;
  /** Who waits for an instant match. */
  readonly instants: number;
  readonly offers: number;
  readonly matches: number;
  /** How many matches began, over the last ten minutes. */
  readonly matchesPerMinute: number;
  readonly leader: { readonly node: string; readonly epoch: number } | null;
  readonly configHash: string | null;
}

export interface Overview {
  readonly realm: string;
  /** Bus time in ms. */
  readonly at: number;
  readonly queues: readonly QueueOverview[];
  /** Nodes that have given a sign of life within 7 days, have somebody waiting or playing, lead, or are drained or blocked. */
  readonly nodes: readonly NodeOverview[];
}

export interface NodeSign {
  /** Bus time in ms of the last one. */
  readonly at: number;
  readonly boot: string;
  /** Bus time in ms at which this boot began. */
  readonly since: number;
  /** Has it said goodbye, perhaps to be back soon (`rejoin`)? */
  readonly gone: 'gone' | 'rejoin' | null;
  /** By queue: the rules that it plays by, and how many tickets it says that it holds. */
  readonly queues: Readonly<Record<string, { readonly ruleset: string; readonly tickets: number }>>;
}

export interface NodeOverview {
  readonly node: string;
  /** Its last sign of life, or null where none is kept. */
  readonly sign: NodeSign | null;
  readonly waiting: number;
  readonly matches: number;
  /** Queues that it leads. */
  readonly leads: readonly string[];
  readonly closed: readonly Closed[];
}

export interface Waiting {
  readonly ticket: string;
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly node: string;
  readonly elo: number;
  /** 1 is who has waited longest. */
  readonly place: number;
  readonly waitedMs: number;
  readonly state: TicketRecord['state'];
}

export interface Page<T> {
  readonly size: number;
  readonly page: readonly T[];
}

export interface PlayerView {
  readonly presence: Presence | null;
  readonly bar: Bar | null;
  /** By queue; null where none is kept. */
  readonly ratings: Readonly<Record<string, number | null>>;
}

export interface PageOf {
  /** Default: 0. */
  readonly from?: number;
  /** Default: 100, at most 1000. */
  readonly most?: number;
}

const byAge = (a: TicketRecord, b: TicketRecord): number =>
  a.firstConsidered - b.firstConsidered ||
  (a.actor.id < b.actor.id ? -1 : a.actor.id > b.actor.id ? 1 : a.node < b.node ? -1 : 1);

/** What the bus says of a queue. */
interface Known {
  readonly queue: string;
  readonly instants: number;
  readonly begun: number;
}

const MINUTE_MS = 60_000;

/** Of the matches that began in this minute, which is not over yet, and the nine before it. */
export const ratePerMinute = (begun: number, at: number): number => begun / (9 + (at % MINUTE_MS) / MINUTE_MS);

const isOpen = ({ stage }: MatchRecord): boolean => stage !== 'rated';

/** The owner's reads and commands, as observables on one scheduler. */
export class Asking {
  private readonly runtime: Pick<Runtime, 'bus' | 'scheduler' | 'newId'>;
  private readonly who: string;
  private readonly withinMs: number;

  constructor(runtime: Pick<Runtime, 'bus' | 'scheduler' | 'newId'>, { who, withinMs = WITHIN_MS }: AdminOptions) {
    if (typeof who !== 'string' || who.length < 1 || who.length > 128)
      throw new AdminError('The owner has no name:', 'invalid', [problem('who', 'text from 1 to 128 characters', who)]);
    if (!(Number.isInteger(withinMs) && withinMs >= 1 && withinMs <= MOST_COMMAND_MS))
      throw new AdminError('The time to wait is wrong:', 'invalid', [
        problem('withinMs', `a whole number from 1 to ${MOST_COMMAND_MS}`, withinMs),
      ]);
    this.runtime = runtime;
    this.who = who;
    this.withinMs = withinMs;
  }

  private get bus(): Bus {
    return this.runtime.bus;
  }

  overview(): Observable<Overview> {
    const { bus } = this;
    return forkJoin({ at: bus.clock(), queues: bus.queues(), closed: bus.closed(), signs: bus.lastSigns() }).pipe(
      concatMap(({ at, queues, closed, signs }) =>
        (queues.length === 0 ? of([]) : forkJoin(queues.map((each) => this.ofQueue(each, at)))).pipe(
          map((found) => ({
            realm: bus.realm,
            at,
            queues: found.map(({ overview }) => overview),
            nodes: nodesOf(signs, found, closed),
          })),
        ),
      ),
    );
  }

  private ofQueue({ queue, instants, begun }: Known, at: number): Observable<OfQueue> {
    const { bus } = this;
    return forkJoin({ snapshot: bus.snapshot(queue), leader: bus.leader(queue), agreed: bus.agreed(queue) }).pipe(
      map(({ snapshot: { tickets, offers, matches }, leader, agreed }) => {
        const open = matches.filter(isOpen);
        const counts = { waiting: tickets.length, instants, offers: offers.length, matches: open.length };
        const matchesPerMinute = ratePerMinute(begun, at);
        return { tickets, open, overview: { queue, ...counts, matchesPerMinute, leader, configHash: agreed?.hash ?? null } };
      }),
    );
  }

  waiting(queue: string, of_: PageOf = {}): Observable<Page<Waiting>> {
    return forkJoin({ now: this.bus.clock(), snapshot: this.bus.snapshot(queue) }).pipe(
      map(({ now, snapshot: { tickets } }) => {
        const { from, most } = pageOf(of_);
        const page = [...tickets]
          .sort(byAge)
          .slice(from, from + most)
          .map(({ ticket, actor: { id, name, members, elo }, node, firstConsidered, state }, index) => ({
            ...{ ticket, id, name, members, node, elo, state },
            place: from + index + 1,
            waitedMs: Math.max(0, now - firstConsidered),
          }));
        return { size: tickets.length, page };
      }),
    );
  }

  matches(queue: string, of_: PageOf = {}): Observable<Page<MatchRecord>> {
    return this.bus.snapshot(queue).pipe(
      map(({ matches }) => {
        const { from, most } = pageOf(of_);
        const open = matches.filter(isOpen);
        return { size: open.length, page: open.slice(from, from + most) };
      }),
    );
  }

  player(player: string): Observable<PlayerView> {
    const { bus } = this;
    return forkJoin({ where: bus.player(player), queues: bus.queues() }).pipe(
      concatMap(({ where, queues }) => {
        const ratings = queues.map(({ queue }) => bus.rating(queue, player).pipe(map((elo) => [queue, elo] as const)));
        return (ratings.length === 0 ? of([]) : forkJoin(ratings)).pipe(
          map((found) => ({ ...where, ratings: Object.fromEntries(found) })),
        );
      }),
    );
  }

  /** A match that is open or has ended within the hour, and its log; null when it is not known. */
  match(matchId: string): Observable<{ readonly match: MatchRecord; readonly log: readonly Logged[] } | null> {
    const read = (from: number): Observable<Logged[]> =>
      this.bus
        .log(matchId, from, LOG_PAGE)
        .pipe(
          concatMap((page) =>
            page.length < LOG_PAGE || from > MOST_LOG
              ? of(page)
              : read(from + LOG_PAGE).pipe(map((rest) => [...page, ...rest])),
          ),
        );
    return this.bus
      .match(matchId)
      .pipe(concatMap((match) => (match ? read(1).pipe(map((log) => ({ match, log }))) : of(null))));
  }

  /** Newest first; the next page is that below the number of the last one of this. */
  incidents({
    below = null,
    most,
  }: {
    readonly below?: number | null;
    readonly most?: number;
  } = {}): Observable<IncidentRecord[]> {
    return this.bus.incidents(below, pageOf({ ...(most === undefined ? {} : { most }) }).most);
  }

  history(queue: string, player: string, season: string | null = null): Observable<History> {
    return this.bus.history(queue, season, player);
  }

  ladder(queue: string, { season = null, ...of_ }: PageOf & { readonly season?: string | null } = {}): Observable<Page<Rank>> {
    const { from, most } = pageOf(of_);
    return this.bus.ladder(queue, season, from, most).pipe(map(({ size, ranks }) => ({ size, page: ranks })));
  }

  seasons(queue: string): Observable<Season[]> {
    return this.bus.seasons(queue);
  }

  config(queue: string): Observable<AgreedConfig | null> {
    return this.bus.agreed(queue);
  }

  closed(): Observable<Closed[]> {
    return this.bus.closed();
  }

  counts(): Observable<Counts> {
    return this.bus.counts();
  }

  /** Of a match that is known: its queue is looked up. */
  void(matchId: string, reason: string): Observable<CommandAnswer> {
    return this.bus.match(matchId).pipe(
      concatMap((match) => {
        if (match) return this.command({ kind: 'void', queue: match.queue, matchId, reason });
        const problems = [problem('matchId', 'a match that is open', matchId)];
        return throwError(() => new AdminError('There is no such match:', 'refused', problems));
      }),
    );
  }

  /** Of a ticket, an actor or a player who waits: the queue is looked up. */
  remove(whom: string, reason: string): Observable<CommandAnswer> {
    return forkJoin({ where: this.bus.player(whom), ticket: this.bus.ticket(whom) }).pipe(
      concatMap(({ where, ticket }) => {
        const queue = ticket?.queue ?? where.presence?.queue;
        if (queue !== undefined) return this.command({ kind: 'remove', queue, whom, reason });
        const problems = [problem('whom', 'a ticket, an actor or a player in a queue', whom)];
        return throwError(() => new AdminError('There is nobody to remove:', 'refused', problems));
      }),
    );
  }

  /** Makes this the configuration of a queue; what is left out is the default. */
  adopt(queue: string, options: QueueOptions): Observable<CommandAnswer> {
    return defer(() => {
      let config: QueueConfig | undefined;
      try {
        config = configOf({ queues: { [queue]: options } }).queues.get(queue);
      } catch (error) {
        if (error instanceof ConfigError) throw new AdminError('The configuration is wrong:', 'invalid', error.problems);
        throw error;
      }
      return this.command({ kind: 'config', queue, ...agreementOf(config as QueueConfig) });
    });
  }

  /**
   * Emits the leader's answer once the command is done. Errors with an `AdminError` that says whether it may still be executed, or, where
   * Redis has not taken it and so nobody executes it, with a `BusUnreachable`: at once where Redis lets nobody in, else after the time to wait.
   */
  command(input: Command): Observable<CommandAnswer> {
    return defer(() => {
      const understood = commandOf(input);
      if ('problems' in understood) throw new AdminError('The command is wrong:', 'invalid', understood.problems);
      const { command } = understood;
      const { bus, withinMs } = this;
      const { scheduler, newId } = this.runtime;
      const id = newId();
      const end = scheduler.now() + withinMs;
      // What was not answered before may have been executed all the same.
      let isUnsure = false;
      const submit$ = bus.submit({ id, who: this.who, command, forMs: withinMs }).pipe(
        catchError((error: unknown) => {
          if (!(error instanceof BusUnreachable)) throw error;
          isUnsure ||= !error.nothingDone;
          if (scheduler.now() < end && (isUnsure || !isLockedOut(error))) throw error;
          if (!isUnsure) return of(error);
          return of(new AdminError(`Redis did not answer within ${withinMs} ms (${error.message}). ${PERHAPS}`, 'unknown'));
        }),
      );
      // Each time it is asked Redis has to answer, or the bus says that it does not: nothing waits without end.
      return persist(scheduler)(submit$).pipe(
        concatMap((submitted) => {
          if (submitted instanceof Error) throw submitted;
          if ('submitted' in submitted) return this.answerTo(id);
          if (submitted.refused === 'size') throw new AdminError('The command is too large: give a shorter one.', 'invalid');
          throw new AdminError('Too many commands wait: ask again in a minute, and see that a node leads.', 'full');
        }),
        map((answer) => {
          if (answer.outcome === 'refused')
            throw new AdminError(`The leader of ${answer.queue} refused: ${answer.says}.`, 'refused');
          return answer;
        }),
      );
    });
  }

  private answerTo(id: string): Observable<CommandAnswer> {
    const { bus, withinMs } = this;
    const { scheduler } = this.runtime;
    const look = (): Observable<CommandAnswer | null> => bus.answer(id);
    const whileOutOfReach = catchError<CommandAnswer | null, Observable<null>>((error: unknown) =>
      error instanceof BusUnreachable ? of(null) : throwError(() => error),
    );
    const answered$ = merge(bus.hearInbox(), timer(0, LOOK_MS, scheduler)).pipe(exhaustMap(() => look().pipe(whileOutOfReach)));
    // Past its expiry nobody executes it any more: what is not answered then never will be.
    const late$ = timer(withinMs + GRACE_MS, scheduler).pipe(
      concatMap(look),
      catchError((error: unknown) =>
        throwError(() =>
          error instanceof BusUnreachable ? new AdminError(`Redis does not answer. ${PERHAPS}`, 'unknown') : error,
        ),
      ),
      map((answer) => {
        if (answer) return answer;
        const why = `No leader came to it within ${withinMs} ms: it was not executed, and will not be.`;
        throw new AdminError(`${why} See which node leads the queue, and ask again.`, 'expired');
      }),
    );
    return race(answered$.pipe(filter((answer) => answer !== null)), late$).pipe(take(1));
  }
}

/** Redis lets nobody in under this user and password, which will be so the next time too. */
const isLockedOut = ({ message }: BusUnreachable): boolean => /^(?:WRONGPASS|NOAUTH) /.test(message);

const PERHAPS = 'The command may have been executed, or may still be: look at the incidents before you ask again.';

const pageOf = ({ from = 0, most = 100 }: PageOf): { from: number; most: number } => {
  if (Number.isInteger(from) && from >= 0 && Number.isInteger(most) && most >= 1 && most <= MOST) return { from, most };
  throw new AdminError('The page is wrong:', 'invalid', [
    problem('from', 'a whole number of at least 0', from),
    problem('most', `a whole number from 1 to ${MOST}`, most),
  ]);
};

interface OfQueue {
  readonly tickets: readonly TicketRecord[];
  readonly open: readonly MatchRecord[];
  readonly overview: QueueOverview;
}

const signOf = ({ at, boot, since, gone, queues }: SignRecord): NodeSign => ({
  ...{ at, boot, since, gone },
  queues: Object.fromEntries(Object.entries(queues).map(([queue, { ruleset, count }]) => [queue, { ruleset, tickets: count }])),
});

/** Those of whom there is a sign of life, and those whose sign is no longer kept while something of theirs still is. */
function nodesOf(signs: readonly SignRecord[], queues: readonly OfQueue[], closed: readonly Closed[]): NodeOverview[] {
  type Counted = NodeOverview & { waiting: number; matches: number; leads: string[]; closed: Closed[] };
  const nodes = new Map<string, Counted>();
  const at = (node: string, sign: NodeSign | null = null): Counted => {
    const known = nodes.get(node) ?? { node, sign, waiting: 0, matches: 0, leads: [], closed: [] };
    nodes.set(node, known);
    return known;
  };
  for (const sign of signs) at(sign.node, signOf(sign));
  for (const { tickets, open, overview } of queues) {
    for (const { node } of tickets) at(node).waiting++;
    for (const { sides } of open) for (const node of new Set(sides.map((side) => side.node))) at(node).matches++;
    if (overview.leader) at(overview.leader.node).leads.push(overview.queue);
  }
  for (const one of closed) at(one.node).closed.push(one);
  return [...nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** The owner's hand with promises. Each command resolves with the leader's answer, or rejects with an `AdminError` that says what to do. */
export interface Admin {
  overview(): Promise<Overview>;
  /** Who waits, the longest first. */
  waiting(queue: string, page?: PageOf): Promise<Page<Waiting>>;
  /** Open matches. */
  matches(queue: string, page?: PageOf): Promise<Page<MatchRecord>>;
  player(player: string): Promise<PlayerView>;
  match(matchId: string): Promise<{ readonly match: MatchRecord; readonly log: readonly Logged[] } | null>;
  incidents(page?: { readonly below?: number | null; readonly most?: number }): Promise<IncidentRecord[]>;
  ladder(queue: string, page?: PageOf & { readonly season?: string | null }): Promise<Page<Rank>>;
  /** What a player has played in a queue, in this season or in one that is over: how many rated games, and the last of them. */
  history(queue: string, player: string, season?: string | null): Promise<History>;
  seasons(queue: string): Promise<Season[]>;
  config(queue: string): Promise<AgreedConfig | null>;
  closed(): Promise<Closed[]>;
  /** How often something that changed nothing was said or asked: late, doubled, foreign answers and the like, by verb and reason. */
  counts(): Promise<Counts>;
  void(matchId: string, reason: string): Promise<CommandAnswer>;
  remove(whom: string, reason: string): Promise<CommandAnswer>;
  drain(node: string, reason: string): Promise<CommandAnswer>;
  undrain(node: string): Promise<CommandAnswer>;
  block(node: string, reason: string): Promise<CommandAnswer>;
  unblock(node: string): Promise<CommandAnswer>;
  /** `until`: bus time in ms, or null: for ever. */
  bar(player: string, until: number | null, reason: string): Promise<CommandAnswer>;
  allow(player: string): Promise<CommandAnswer>;
  elo(queue: string, player: string, elo: number, reason: string): Promise<CommandAnswer>;
  adopt(queue: string, options: QueueOptions): Promise<CommandAnswer>;
  /** Ends the season: the ladder is kept under this name, and everybody begins anew. */
  season(queue: string, name: string): Promise<CommandAnswer>;
}

export function adminOf(runtime: Pick<Runtime, 'bus' | 'scheduler' | 'newId'>, options: AdminOptions): Admin {
  const asking = new Asking(runtime, options);
  const asked =
    <A extends unknown[], T>(verb: (...args: A) => Observable<T>) =>
    (...args: A): Promise<T> =>
      lastValueFrom(defer(() => verb(...args)));
  const command = (input: Command): Promise<CommandAnswer> => lastValueFrom(asking.command(input));
  return {
    overview: asked(() => asking.overview()),
    waiting: asked((queue: string, page?: PageOf) => asking.waiting(queue, page)),
    matches: asked((queue: string, page?: PageOf) => asking.matches(queue, page)),
    player: asked((player: string) => asking.player(player)),
    match: asked((matchId: string) => asking.match(matchId)),
    incidents: asked((page?: Parameters<Asking['incidents']>[0]) => asking.incidents(page)),
    history: asked((queue: string, player: string, season?: string | null) => asking.history(queue, player, season)),
    ladder: asked((queue: string, page?: Parameters<Asking['ladder']>[1]) => asking.ladder(queue, page)),
    seasons: asked((queue: string) => asking.seasons(queue)),
    config: asked((queue: string) => asking.config(queue)),
    closed: asked(() => asking.closed()),
    counts: asked(() => asking.counts()),
    void: asked((matchId: string, reason: string) => asking.void(matchId, reason)),
    remove: asked((whom: string, reason: string) => asking.remove(whom, reason)),
    drain: (node, reason) => command({ kind: 'drain', node, reason }),
    undrain: (node) => command({ kind: 'undrain', node }),
    block: (node, reason) => command({ kind: 'block', node, reason }),
    unblock: (node) => command({ kind: 'unblock', node }),
    bar: (player, until, reason) => command({ kind: 'bar', player, until, reason }),
    allow: (player) => command({ kind: 'allow', player }),
    elo: (queue, player, elo, reason) => command({ kind: 'elo', queue, player, elo, reason }),
    adopt: asked((queue: string, options: QueueOptions) => asking.adopt(queue, options)),
    season: (queue, name) => command({ kind: 'season', queue, name }),
  };
}
