/** Everything that Redis does, commands of scripts too, in its own order and by its own clock. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Says each command as Redis writes it, `"SET" "key" "value"`, and when it was run, in ms. Returns what ends it. */
export function monitor(port: number, ran: (command: string, atMs: number) => void): () => void {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('MONITOR\r\n');
  createInterface(socket).on('line', (line) => {
    const [, at, command] = /^\+(\d+\.\d+) \[[^\]]*\] (.*)$/.exec(line) ?? [];
    if (command !== undefined) ran(command, 1000 * Number(at));
  });
  return () => socket.destroy();
}
