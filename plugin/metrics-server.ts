/** Where Prometheus asks: one page on a port of this machine. */
import type * as Http from 'node:http';
import { Observable } from 'rxjs';

export interface MetricsConfig {
  readonly port: number;
  readonly host: string;
}

const PATH = '/metrics';
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Loaded where there is a port: most servers have none. */
const http = (): typeof Http => require('node:http');

/** Serves until unsubscribed. Emits why it cannot, as a line: the game goes on without. */
export const serveMetrics = ({ port, host }: MetricsConfig, text: () => string): Observable<string> =>
  new Observable((subscriber) => {
    const server = http().createServer(({ method, url }, response) => {
      const isAsked = url === PATH && (method === 'GET' || method === 'HEAD');
      response.writeHead(isAsked ? 200 : 404, { 'content-type': isAsked ? TYPE : 'text/plain' });
      response.end(isAsked ? text() : `there is only ${PATH}\n`);
    });
    server.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      const why = code === 'EADDRINUSE' ? 'the port is in use' : code === 'EACCES' ? 'the port is not allowed' : message;
      subscriber.next(`no metrics on http://${host}:${port}${PATH}: ${why}. The game goes on; give metrics.port another one`);
    });
    server.listen(port, host);
    // Who only watches keeps no game server from its end.
    server.unref();
    return () => {
      server.close();
      server.closeAllConnections?.();
    };
  });
