/** A player: a real websocket client that speaks the server's protocol, and plays random legal choices when it is let. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PRNG, RandomPlayerAI } from '@pkmn/sim';
import { until } from '../redis.ts';
import { cache } from './install.ts';

export interface Socket {
  on(event: 'message', heard: (data: Buffer) => void): void;
  on(event: 'open' | 'close', heard: () => void): void;
  on(event: 'error', heard: (error: Error) => void): void;
  send(text: string): void;
  close(): void;
}

/** `address`: where it comes from, as a proxy tells the server that the server trusts; our own is nobody's. */
export function socketTo(port: number, address = '127.0.0.1'): Socket {
  const { WebSocket } = createRequire(join(cache, 'package.json'))('ws') as {
    WebSocket: new (url: string, options: { headers: Record<string, string> }) => Socket;
  };
  return new WebSocket(`ws://127.0.0.1:${port}/showdown/websocket`, {
    headers: { 'X-Forwarded-For': address },
  });
}

/** A player that chooses at random among what is legal. */
class RandomPlayer extends RandomPlayerAI {
  private chosen = '';

  override choose(choice: string): void {
    this.chosen = choice;
  }

  answer(request: unknown): string {
    this.chosen = '';
    this.receiveRequest(request as never);
    return this.chosen;
  }
}

export interface Request {
  readonly rqid: number;
  readonly wait?: boolean;
  readonly forceSwitch?: readonly boolean[];
  readonly teamPreview?: boolean;
}

/** When a client was asked for a choice, and when it made it, by `performance.now()`. */
export interface Moment {
  readonly asked: number;
  chose?: number;
}

export class Client {
  readonly name: string;
  /** By room, what was said in it; '' is no room. */
  readonly rooms = new Map<string, string[]>();
  /** The request that each battle has open for this player. */
  readonly requests = new Map<string, Request>();
  /** Does it choose by itself? `switches`: only who comes in for somebody that fainted, so that the next turn comes. */
  plays: boolean | 'switches' = true;
  /** Does it accept offers? */
  accepts = true;
  /** How long it thinks before a choice, in ms. */
  thinks: () => number = () => 0;
  /** By battle, in order: one for every request, whoever had to choose. */
  readonly moments = new Map<string, Moment[]>();
  /** Battles that it saw the end of. */
  readonly ended = new Set<string>();
  /** Battles that did not take its choice, for it was trapped and did not know: they ask again, of what it knows now. */
  private readonly again = new Set<string>();
  private socket: Socket | undefined;
  private readonly player: RandomPlayer;
  private readonly address: string | undefined;

  /** `address`: of its own; else it has that of all the others. */
  constructor(name: string, seed: number, address?: string) {
    this.name = name;
    this.address = address;
    this.player = new RandomPlayer({ write: () => undefined } as never, {
      move: 0.7,
      seed: PRNG.get(`sodium,${String(seed).padStart(32, '0')}` as never),
    });
  }

  /** Rejects when the server lets it not in. */
  async connect(port: number): Promise<this> {
    const socket = socketTo(port, this.address);
    this.socket = socket;
    let [isIn, isOut] = [false, false];
    socket.on('error', () => undefined);
    socket.on('close', () => (isOut = true));
    socket.on('message', (data) => {
      const [first = '', ...rest] = data.toString().split('\n');
      const room = first.startsWith('>') ? first.slice(1) : '';
      for (const line of first.startsWith('>') ? rest : [first, ...rest]) {
        if (line.startsWith('|challstr|')) this.send(`|/trn ${this.name},0,`);
        if (line.startsWith('|updateuser|') && line.split('|')[2]?.trim() === this.name) isIn = true;
        this.heard(room, line);
      }
    });
    const looks = (): boolean => {
      if (isOut) throw new Error(`${this.name} is not let in`);
      return isIn;
    };
    await until(`${this.name} is in`, looks, 30_000);
    return this;
  }

  send(text: string): void {
    this.socket?.send(text);
  }

  /** A command, of no room. */
  say(command: string): void {
    this.send(`|${command}`);
  }

  /** What it was told so far. */
  forget(): void {
    for (const known of [this.rooms, this.requests, this.moments, this.ended, this.again]) known.clear();
  }

  /** What was sent before arrives. */
  drop(): void {
    this.socket?.close();
  }

  /** Everything that it was told, in any room. */
  get lines(): string[] {
    return [...this.rooms.values()].flat();
  }

  /** Resolves when it was told something that fits, `times` times; what it was told before counts. */
  async hears(what: RegExp, withinMs = 60_000, times = 1): Promise<string> {
    let found: string[] = [];
    await until(
      `${this.name} hears ${what}`,
      () => {
        found = this.lines.filter((line) => what.test(line));
        return found.length >= times;
      },
      withinMs,
    ).catch((error: Error) => {
      throw new Error(
        `${error.message}; last: ${this.lines
          .slice(-12)
          .map((line) => line.slice(0, 200))
          .join('\n')}`,
      );
    });
    return found.at(-1) as string;
  }

  get battles(): string[] {
    return [...this.rooms.keys()].filter((room) => room.startsWith('battle-'));
  }

  private heard(room: string, line: string): void {
    const said = this.rooms.get(room) ?? [];
    this.rooms.set(room, said);
    said.push(line);
    if (/^\|(?:win\||tie$)/.test(line)) this.ended.add(room);
    if (line.startsWith('|error|[Unavailable choice]')) this.again.add(room);
    if (this.accepts && line.includes('/uhtml jaeger-offer')) this.say('/ranked accept');
    if (room.startsWith('battle-') && line.startsWith('|request|{')) {
      const request = JSON.parse(line.slice('|request|'.length)) as Request;
      this.requests.set(room, request);
      const moments = this.moments.get(room) ?? [];
      this.moments.set(room, moments);
      moments.push({ asked: performance.now() });
      const ms = this.thinks();
      const again = this.again.delete(room);
      const chooses = again || (this.plays === 'switches' ? request.forceSwitch !== undefined : this.plays);
      if (chooses && ms === 0) this.choose(room);
      else if (chooses) setTimeout(() => this.requests.get(room) === request && this.choose(room), ms);
    }
  }

  /** Answers the open request. */
  choose(room: string): void {
    const request = this.requests.get(room);
    if (!request || request.wait) return;
    const moment = this.moments.get(room)?.at(-1);
    if (moment) moment.chose = performance.now();
    this.send(`${room}|/choose ${this.player.answer(request)}|${request.rqid}`);
  }
}
