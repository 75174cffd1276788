/** Leases as the scripts of the Redis bus keep them, over the embedded bus, whose own never run out. */
import { Observable, of, Subscription } from 'rxjs';
import type { Fence, Lease } from '../../../bus/bus.ts';
import type { MemoryBus } from '../../../bus/memory.ts';
import { HANDOVER_MS } from '../../../bus/redis/lease.ts';
import type { Text } from '../../../bus/redis/link.ts';

interface Held {
  readonly token: string;
  readonly node: string;
  until: number;
  lease: Lease | undefined;
  readonly holding: Subscription;
  /** When it was taken, in virtual ms. */
  readonly since: number;
}

export interface LeasesContext {
  readonly bus: MemoryBus;
  readonly leaseMs: number;
  /** The store's clock. */
  now(): number;
  /** Virtual ms. */
  trueNow(): number;
  acquired(node: string, lease: Lease): void;
}

/** Of one queue. */
export class Leases {
  private readonly queue: string;
  private readonly context: LeasesContext;
  private held: Held | undefined;
  private heir: { readonly token: string; readonly until: number } | undefined;
  /** Who waits, in order of arrival, and when each last said so. */
  private readonly line = new Map<string, number>();
  private readonly ears = new Set<(text: Text) => void>();

  constructor(queue: string, context: LeasesContext) {
    this.queue = queue;
    this.context = context;
  }

  /** Who leads, as far as the store knows, and since when in virtual ms. */
  get holder(): { readonly node: string; readonly since: number; readonly epoch: number } | undefined {
    this.expire();
    const { held } = this;
    return held?.lease ? { node: held.node, since: held.since, epoch: held.lease.epoch } : undefined;
  }

  /** Before anything that is fenced is looked at. */
  expire(): void {
    if (this.held && this.context.now() >= this.held.until) this.drop();
    if (this.heir && this.context.now() >= this.heir.until) this.heir = undefined;
  }

  /** The store has lost it all. */
  lose(): void {
    this.drop();
    this.heir = undefined;
    this.line.clear();
  }

  acquire(token: string, node: string): Observable<readonly string[]> {
    return new Observable((subscriber) => {
      this.expire();
      const { context, held, heir } = this;
      const waits = (until: number): void => {
        this.line.set(token, context.now());
        of(['waits', String(until - context.now())]).subscribe(subscriber);
      };
      if (held && held.token !== token) return waits(held.until);
      if (heir && heir.token !== token) return waits(heir.until);
      this.drop();
      this.heir = undefined;
      this.line.delete(token);
      const taken: Held = {
        ...{ token, node, until: context.now() + context.leaseMs, lease: undefined, since: context.trueNow() },
        holding: new Subscription(),
      };
      this.held = taken;
      taken.holding.add(
        context.bus.holdLease(this.queue, node).subscribe((lease) => {
          if (!lease || taken.lease) return;
          taken.lease = lease;
          context.acquired(node, lease);
          of(['held', String(lease.epoch), String(lease.generation), String(context.now())]).subscribe(subscriber);
        }),
      );
      return undefined;
    });
  }

  renew(token: string, { epoch, generation }: Fence): Observable<readonly string[]> {
    return new Observable((subscriber) => {
      this.expire();
      const { held, context } = this;
      const isHeld = held?.token === token && held.lease?.epoch === epoch && context.bus.store.generation === generation;
      if (isHeld) held.until = context.now() + context.leaseMs;
      of(isHeld ? ['held', String(context.now())] : ['lost']).subscribe(subscriber);
    });
  }

  resign(token: string): Observable<unknown> {
    return new Observable((subscriber) => {
      this.expire();
      const { context } = this;
      this.line.delete(token);
      const isMine = this.held?.token === token || this.heir?.token === token;
      if (isMine) {
        if (this.held?.token === token) this.drop();
        this.heir = undefined;
        for (const [waiting, seen] of [...this.line]) if (seen < context.now() - context.leaseMs) this.line.delete(waiting);
        const [first] = this.line.keys();
        if (first !== undefined) this.heir = { token: first, until: context.now() + HANDOVER_MS };
        for (const ear of [...this.ears]) ear({ listening: false, text: 'released' });
      }
      of('done').subscribe(subscriber);
    });
  }

  /** Hears that it is given back. */
  hear(): Observable<Text> {
    return new Observable((subscriber) => {
      const ear = (text: Text): void => subscriber.next(text);
      this.ears.add(ear);
      subscriber.next({ listening: true });
      return () => this.ears.delete(ear);
    });
  }

  private drop(): void {
    this.held?.holding.unsubscribe();
    this.held = undefined;
  }
}
