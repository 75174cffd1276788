/** What the probe in a game server's process says. */
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ShowdownServer } from '../../showdown/server.ts';

/** What Node is told to take it in. */
export const PROBED = ['--expose-gc', '--require', fileURLToPath(new URL('../../showdown/probe.cjs', import.meta.url))];

export interface Lag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Heap {
  readonly heapUsed: number;
  readonly users: number;
  readonly rooms: number;
}

const asked = <T>({ output }: ShowdownServer, what: string): Promise<T> =>
  new Promise((resolve, reject) => {
    const port = Number(/\[probe\] (\d+)/.exec(output)?.[1]);
    const socket = connect(port, '127.0.0.1', () => socket.write(`${what}\n`));
    let text = '';
    socket.on('data', (data) => (text += data));
    socket.on('error', reject);
    socket.on('close', () =>
      text === '' ? reject(new Error(`the probe did not answer to ${what}`)) : resolve(JSON.parse(text) as T),
    );
  });

export const resetLag = (server: ShowdownServer): Promise<null> => asked(server, 'reset');
export const lagOf = (server: ShowdownServer): Promise<Lag> => asked(server, 'lag');
export const heapOf = (server: ShowdownServer): Promise<Heap> => asked(server, 'heap');
