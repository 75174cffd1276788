/**
 * Under Sentinels: nothing that a script says is heard before a replica has what the script wrote, or a master that is cut off would
 * announce what is lost with it. Scripts put what they say into the realm's outbox, in the same step as what they write; whoever put
 * something there waits until a replica has it, and then announces whatever is there. If that one dies the next one does.
 *
 *   written, in the outbox ── WAIT: a replica has it ──► announced
 */
import {
  concatMap,
  defer,
  EMPTY,
  exhaustMap,
  first,
  map,
  Observable,
  of,
  repeat,
  retry,
  type SchedulerLike,
  Subject,
  type Subscription,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { BusUnreachable } from '../bus.ts';
import { crypto, scripts } from '../pieces.ts';
import type { Commands } from './commands.ts';
import type { Script } from './link.ts';
import { unreachable } from './unreachable.ts';

const REPLICAS = 1;
/** How long Redis waits for them at a time, and how soon it is asked again. */
const WAIT_MS = 500;
const AGAIN_MS = 100;

const PUBLISH = "redis.call('PUBLISH', room, text)";
/** The outbox is the last of its keys. */
const KEEP = "redis.call('RPUSH', KEYS[#KEYS], room, text)";

/** What is read there players are told, or a host goes by it, like what is heard. */
const TOLD: ReadonlySet<string> = new Set(['log', 'seats', 'standing']);

const discreet = new Map<string, Script>();

/** The script that puts into the outbox what this one would publish; undefined where it says nothing that has to wait. */
function held(script: Script): Script | undefined {
  if (script.name === 'say' || !script.source.includes(PUBLISH)) return undefined;
  const known = discreet.get(script.sha);
  if (known) return known;
  const source = script.source.replaceAll(PUBLISH, KEEP);
  const made = { ...script, source, sha: crypto().createHash('sha1').update(source).digest('hex') };
  discreet.set(script.sha, made);
  return made;
}

export interface AnnouncerOptions {
  readonly commands: Commands;
  /** A connection of its own: what waits there holds up nobody else. */
  readonly waiting: Commands;
  readonly scheduler: SchedulerLike;
  /** What all keys of the realm begin with. */
  readonly tag: string;
}

export class Announcer {
  private readonly options: AnnouncerOptions;
  private readonly keys: readonly [string, string];
  private readonly put$ = new Subject<void>();
  private readonly loop: Subscription;
  /** How often something was put in, and how much of that is announced. */
  private puts = 0;
  private done = 0;
  /** How much is announced by now; or why nothing could be. */
  private readonly tried$ = new Subject<number | Error>();
  /** Does whoever is here say anything? Who only looks may not wait either. */
  private speaks = false;
  /** Why what there is could not be announced the last time. */
  private trouble: Error | undefined;

  constructor(options: AnnouncerOptions) {
    this.options = options;
    this.keys = [`${options.tag}:outbox`, `${options.tag}:announced`];
    this.loop = this.put$.pipe(exhaustMap(() => this.announceAll())).subscribe();
  }

  run(script: Script, keys: readonly string[], args: readonly string[]): Observable<unknown> {
    const { commands } = this.options;
    const { trouble } = this;
    // While nothing can be announced, Redis counts as out of reach.
    if (script.name === 'probe' && trouble !== undefined) return throwError(() => trouble);
    const silent = held(script);
    if (!silent) {
      const asked$ = commands.run(script, keys, args);
      return this.speaks && TOLD.has(script.name) ? asked$.pipe(concatMap((answer) => this.replicated(answer))) : asked$;
    }
    this.speaks = true;
    const put = (): void => {
      this.puts++;
      this.put$.next();
    };
    // What was not answered may have been done.
    return commands.run(silent, [...keys, this.keys[0]], args).pipe(tap({ next: put, error: put }));
  }

  close(): void {
    this.loop.unsubscribe();
  }

  /** What was read, once a replica has it too: what there is by now is announced. What fails meanwhile may be the master that had it. */
  private replicated(answer: unknown): Observable<unknown> {
    return new Observable((subscriber) => {
      const number = ++this.puts;
      const due = this.tried$.pipe(
        first((tried) => typeof tried !== 'number' || tried >= number),
        map((tried) => {
          if (typeof tried !== 'number') throw tried;
          return answer;
        }),
      );
      subscriber.add(due.subscribe(subscriber));
      this.put$.next();
    });
  }

  /** Until nothing was put in meanwhile. */
  private announceAll(): Observable<unknown> {
    return defer(() => {
      const at = this.puts;
      return this.announce().pipe(
        tap(() => {
          this.done = at;
          this.tried$.next(at);
        }),
      );
    }).pipe(repeat({ delay: () => (this.done < this.puts ? of(0) : EMPTY) }));
  }

  private announce(): Observable<unknown> {
    const { waiting, scheduler } = this.options;
    return waiting.run(scripts().outbox, this.keys, []).pipe(
      concatMap((upTo) =>
        waiting.replicated(REPLICAS, WAIT_MS).pipe(
          map((replicas) => {
            if (replicas < REPLICAS) throw new BusUnreachable('no replica has it yet');
            return String(upTo);
          }),
        ),
      ),
      concatMap((upTo) => waiting.run(scripts().announce, this.keys, [upTo])),
      tap(() => (this.trouble = undefined)),
      retry({
        delay: (error: unknown) => {
          const trouble = unreachable(error);
          this.trouble = trouble;
          this.tried$.next(trouble);
          return timer(AGAIN_MS, scheduler);
        },
      }),
    );
  }
}
