/**
 * Every order in which the steps of several nodes may happen. Each node has its lanes: what it asks of the bus, what is answered, where it
 * subscribes, what it hears; a lane keeps its order, as a connection does. Of orders that differ only by steps which have nothing to do with
 * each other one is tried (sleep sets).
 */
import { Observable } from 'rxjs';
import type { Bus, Heard } from '../../bus/bus.ts';

interface Step {
  /** What it touches: steps that touch nothing in common may be swapped. */
  readonly touches: readonly string[];
  readonly take: () => void;
}

/** Verbs that are steps. All others go on at once. */
const VERBS = ['requestInstantMatch', 'instantMatch', 'renewInstantMatch', 'rebroadcastInstantMatch'] as const;

/** The lanes of all nodes of one world. */
export class Lanes {
  private readonly lanes = new Map<string, Step[]>();
  /** Steps wait to be taken, or happen as they come. */
  isHeld = true;

  /** The lanes that have a step to take, by name. */
  ready(): Map<string, readonly string[]> {
    const ready = [...this.lanes].filter(([, steps]) => steps.length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(ready.map(([name, [first]]) => [name, (first as Step).touches]));
  }

  take(name: string): void {
    this.lanes.get(name)?.shift()?.take();
  }

  letGo(): void {
    this.isHeld = false;
    for (let ready = this.ready(); ready.size > 0; ready = this.ready()) this.take([...ready.keys()][0] as string);
  }

  private add(lane: string, touches: readonly string[], take: () => void): void {
    if (!this.isHeld) take();
    else this.lanes.set(lane, [...(this.lanes.get(lane) ?? []), { touches, take }]);
  }

  /** `isStep`: of a room that is heard. */
  wire(bus: Bus, node: string, isStep: (room: string) => boolean): Bus {
    const asked = <T>(verb: string, work$: Observable<T>): Observable<T> =>
      new Observable((subscriber) => {
        // A request and a claim both touch the list; what they publish reaches who has subscribed.
        this.add(`${node} asks`, ['the records', verb === 'instantMatch' ? 'own rooms' : 'the list'], () => {
          const answers: T[] = [];
          work$.subscribe((answer) => answers.push(answer));
          this.add(`${node} is answered`, [node], () => {
            for (const answer of answers) subscriber.next(answer);
            subscriber.complete();
          });
        });
      });
    const hear = (room: string): Observable<Heard> =>
      new Observable((subscriber) => {
        const touches = room.endsWith('INSTANT_MATCH_WAITLIST') ? 'the list' : 'own rooms';
        this.add(`${node} subscribes`, [`${touches} of ${node}`, touches], () => {
          if (subscriber.closed) return;
          subscriber.add(
            bus
              .hear(room)
              .subscribe((heard) => this.add(`${node} hears`, [node], () => subscriber.closed || subscriber.next(heard))),
          );
        });
      });
    const verbs = VERBS.map((verb) => [
      verb,
      (...given: unknown[]) => asked(verb, Reflect.apply(bus[verb], bus, given) as Observable<unknown>),
    ]);
    return { ...bus, ...Object.fromEntries(verbs), hear: (room) => (isStep(room) ? hear(room) : bus.hear(room)) };
  }
}

/** A world that has begun, and what to do after each step. */
export interface Run {
  readonly lanes: Lanes;
  settle(): void;
  /** All steps are taken: does what has to hold hold? */
  end(order: readonly string[]): void;
}

function take({ lanes, settle }: Run, lane: string): void {
  lanes.take(lane);
  settle();
}

/** Tries every order; how many there are. */
export function everyOrder(begin: () => Run): number {
  let orders = 0;
  const again = (before: readonly string[]): Run => {
    const run = begin();
    for (const lane of before) take(run, lane);
    return run;
  };
  const explore = (start: Run, before: readonly string[], asleep: ReadonlyMap<string, readonly string[]>): void => {
    let run = start;
    const ready = run.lanes.ready();
    if (ready.size === 0) {
      orders++;
      run.end(before);
      return;
    }
    const sleeping = new Map(asleep);
    let used = false;
    for (const [lane, touches] of ready) {
      if (sleeping.has(lane)) continue;
      if (used) run = again(before);
      used = true;
      take(run, lane);
      const independent = [...sleeping].filter(([, others]) => !others.some((each) => touches.includes(each)));
      explore(run, [...before, lane], new Map(independent));
      sleeping.set(lane, touches);
    }
  };
  explore(begin(), [], new Map());
  return orders;
}
