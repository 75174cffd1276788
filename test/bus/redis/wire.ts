/** A wire between a bus and its Redis that a test can cut, slow down and hold: TCP, on a free port. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** One direction of a connection. */
interface Lane {
  readonly from: Socket;
  readonly to: Socket;
  held: boolean;
  /** What is held back. */
  waiting: Buffer[];
  /** What is on its way. */
  readonly under: Buffer[];
}

export class Wire {
  /** What becomes of the server's next words: passed on, or lost with their connection. */
  mode: 'pass' | 'loseReply' = 'pass';
  /** How many replies were lost with their connection. */
  lost = 0;
  /** How long bytes take in either direction, in ms. */
  delayMs = 0;
  /** Asked at each of the server's words: are they lost with their connection? */
  loses: () => boolean = () => false;
  private holding: string | undefined;
  private readonly lanes = new Map<Socket, Lane>();
  private readonly frozen = new Set<Socket>();
  private server: Server | undefined;
  /** The port to which whoever connects from now on is led. */
  target: number;

  constructor(target: number) {
    this.target = target;
  }

  /** Starts; its port. */
  listen(): Promise<number> {
    return new Promise((resolve) => {
      const server = createServer((client) => this.join(client));
      this.server = server;
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.server?.close(() => resolve()));
  }

  /** Ends every connection that there is. */
  cut(): void {
    for (const socket of [...this.lanes.keys()]) socket.destroy();
  }

  /** From now on nothing comes through the connections that there are; none is told. */
  freeze(): void {
    for (const socket of this.lanes.keys()) this.frozen.add(socket);
  }

  /** What a client says is held back on its way from the next words on that have this text in them, until it is let go. */
  holdFrom(text: string): void {
    this.holding = text;
  }

  /** Is anything being held back? */
  get holds(): boolean {
    return [...this.lanes.values()].some(({ held }) => held);
  }

  letGo(): void {
    this.holding = undefined;
    for (const lane of this.lanes.values()) {
      lane.held = false;
      for (const data of lane.waiting.splice(0)) this.pass(lane, data);
    }
  }

  /** In the order in which they came, however long each takes. */
  private pass(lane: Lane, data: Buffer): void {
    if (this.delayMs === 0 && lane.under.length === 0) {
      this.write(lane, data);
      return;
    }
    lane.under.push(data);
    setTimeout(() => this.write(lane, lane.under.shift() as Buffer), this.delayMs);
  }

  private write({ from, to }: Lane, data: Buffer): void {
    // A wire that kept whatever the other end does not take would hide that it is slow.
    if (to.write(data) || from.isPaused()) return;
    from.pause();
    to.once('drain', () => from.resume());
  }

  private join(client: Socket): void {
    const upstream = connect(this.target, '127.0.0.1');
    for (const [socket, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      const lane: Lane = { from: socket, to, waiting: [], held: false, under: [] };
      this.lanes.set(socket, lane);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.lanes.delete(socket);
        this.frozen.delete(socket);
        to.destroy();
      });
      socket.on('data', (data) => {
        if (this.frozen.has(socket)) return;
        if (socket === upstream && (this.mode === 'loseReply' || this.loses())) {
          this.lost++;
          this.mode = 'pass';
          client.destroy();
          return;
        }
        if (socket === client && this.holding !== undefined && data.includes(this.holding)) lane.held = true;
        if (lane.held) lane.waiting.push(data);
        else this.pass(lane, data);
      });
    }
  }
}
