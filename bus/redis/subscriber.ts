/**
 * The connection that hears channels. It subscribes again by itself after every reconnect, and notices by PING when the other end is
 * gone without a word. A channel that cannot be subscribed to for now is simply not heard: who hears it is told when it is.
 */
import type { Redis } from 'ioredis';
import { interval, Observable, type SchedulerLike, Subscription, timer } from 'rxjs';
import { type Address, type ConnectionOptions, retryMs, subscriberClient } from './connection.ts';
import { gather } from './gather.ts';
import type { Text } from './link.ts';

const PING_MS = 5000;
/** Channels of one SUBSCRIBE. */
const MOST_AT_ONCE = 500;
/** How long what is left may be heard on, for nothing: a write of its own is dear, and there may be another one soon. */
const LEAVE_WITHIN_MS = 1000;

type Listener = (text: Text) => void;

interface Channel {
  readonly listeners: Set<Listener>;
  /** Does Redis say that it is subscribed to, on the connection that there is? */
  subscribed: boolean;
}

export interface SubscriberOptions extends ConnectionOptions {
  readonly scheduler: SchedulerLike;
  /** The node of a cluster at which to hear; undefined where there is none, or it is not known. */
  owner(): Promise<Address | undefined>;
}

export class Subscriber {
  private readonly options: SubscriberOptions;
  private readonly channels = new Map<string, Channel>();
  private client: Redis | undefined;
  private attempts = 0;
  private opening = false;
  private readonly timers = new Subscription();
  private closed = false;
  /** What nobody hears any more, not unsubscribed from yet. */
  private readonly left = new Set<string>();
  private leaving: Subscription | undefined;

  constructor(options: SubscriberOptions) {
    this.options = options;
  }

  hear(name: string): Observable<Text> {
    return new Observable<Text>((subscriber) => {
      if (this.closed) return;
      const listener: Listener = (text) => subscriber.next(text);
      const channel = this.channels.get(name) ?? { listeners: new Set(), subscribed: false };
      const isNew = channel.listeners.size === 0;
      this.channels.set(name, channel);
      channel.listeners.add(listener);
      subscriber.add(() => this.leave(name, channel, listener));
      const { client } = this;
      if (!client) this.open();
      else if (isNew && client.status === 'ready') this.subscribe(client, [name]);
      // Others hear it already: this one does from the next moment on.
      else if (channel.subscribed) subscriber.add(this.options.scheduler.schedule(() => listener({ listening: true })));
    });
  }

  close(): void {
    this.closed = true;
    this.timers.unsubscribe();
    this.leaving?.unsubscribe();
    this.channels.clear();
    this.client?.disconnect();
  }

  private leave(name: string, channel: Channel, listener: Listener): void {
    channel.listeners.delete(listener);
    if (channel.listeners.size > 0 || this.channels.get(name) !== channel) return;
    this.channels.delete(name);
    if (this.client?.status !== 'ready') return;
    this.left.add(name);
    const { scheduler } = this.options;
    if (this.left.size >= MOST_AT_ONCE) this.unsubscribe();
    else this.leaving ??= scheduler.schedule(() => this.unsubscribe(), LEAVE_WITHIN_MS);
  }

  private unsubscribe(): void {
    const { client, left } = this;
    this.leaving?.unsubscribe();
    this.leaving = undefined;
    // What is heard anew by now.
    const names = [...left].filter((name) => !this.channels.has(name));
    left.clear();
    if (names.length === 0 || client?.status !== 'ready') return;
    gather(client);
    client.unsubscribe(...names).catch(() => undefined);
  }

  private open(): void {
    if (this.opening) return;
    this.opening = true;
    this.timers.add(interval(PING_MS, this.options.scheduler).subscribe(() => this.ping()));
    this.connect();
  }

  private connect(): void {
    this.options.owner().then(
      (owner) => this.connectTo(owner),
      () => this.later(),
    );
  }

  private connectTo(owner: Address | undefined): void {
    if (this.closed) return;
    const client = subscriberClient(this.options, this.attempts, owner);
    this.client = client;
    client.on('error', () => undefined);
    client.on('ready', () => this.again(client));
    client.on('close', () => this.deaf());
    // It does not come back by itself: perhaps there is another node that holds the realm by now.
    client.on('end', () => this.later());
    client.on('message', (name: string, text: string) => {
      const channel = this.channels.get(name);
      if (!channel?.subscribed) return;
      // The same value for all: what is heard once is looked at once.
      const heard: Text = { listening: false, text };
      for (const listener of [...channel.listeners]) listener(heard);
    });
    client.connect().catch(() => undefined);
  }

  private deaf(): void {
    this.left.clear();
    for (const channel of this.channels.values()) channel.subscribed = false;
  }

  private later(): void {
    if (this.closed) return;
    const { random, scheduler } = this.options;
    this.timers.add(timer(retryMs(++this.attempts, random()), scheduler).subscribe(() => this.connect()));
  }

  private again(client: Redis): void {
    this.attempts = 0;
    const names = [...this.channels.keys()];
    for (let at = 0; at < names.length; at += MOST_AT_ONCE) this.subscribe(client, names.slice(at, at + MOST_AT_ONCE));
  }

  private subscribe(client: Redis, names: readonly string[]): void {
    const asked = names.map((name) => [name, this.channels.get(name)] as const);
    // In the same write.
    this.unsubscribe();
    gather(client);
    client.subscribe(...names).then(
      () => {
        for (const [name, channel] of asked) {
          // Left meanwhile, or left and heard anew.
          if (!channel || this.channels.get(name) !== channel || client.status !== 'ready') continue;
          channel.subscribed = true;
          for (const listener of [...channel.listeners]) listener({ listening: true });
        }
      },
      // Whatever it was: on a new connection everything is subscribed to again.
      () => this.reconnect(client),
    );
  }

  private ping(): void {
    const { client } = this;
    if (client?.status !== 'ready') return;
    // Where this process stood still the answer may be there, unread, and with it what was said meanwhile: a second one is read behind it.
    client.ping().catch(() => client.ping().catch(() => this.reconnect(client)));
  }

  private reconnect(client: Redis): void {
    if (!this.closed && client.status === 'ready') client.disconnect(true);
  }
}
