/** A wire between a bus and its Redis that a test can cut: TCP, on a free port. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Wire {
  /** What becomes of the server's next words: passed on, or lost with their connection. */
  mode: 'pass' | 'loseReply' = 'pass';
  /** How many replies were lost with their connection. */
  lost = 0;
  private readonly sockets = new Set<Socket>();
  private readonly frozen = new Set<Socket>();
  private server: Server | undefined;
  private readonly target: number;

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
    for (const socket of [...this.sockets]) socket.destroy();
  }

  /** From now on nothing comes through the connections that there are; none is told. */
  freeze(): void {
    for (const socket of this.sockets) this.frozen.add(socket);
  }

  private join(client: Socket): void {
    const upstream = connect(this.target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        this.frozen.delete(socket);
        other.destroy();
      });
      socket.on('data', (data) => {
        if (this.frozen.has(socket)) return;
        if (socket === upstream && this.mode === 'loseReply') {
          this.lost++;
          this.mode = 'pass';
          client.destroy();
        } else other.write(data);
      });
    }
  }
}
