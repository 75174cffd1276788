/**
 * Loaded into a game server's process before the server itself (`node --require`), to measure it from inside: it says its port, and answers a line with a line.
 * `reset` begins to measure how late the event loop is, `lag` says it; `heap` does away with battles that are over, as the server itself does after
 * some minutes, and says what is then in use.
 */
const { createServer } = require('node:net');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { setTimeout: sleep } = require('node:timers/promises');

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

const inMs = (ns) => ns / 1e6;

const ANSWERS = {
  reset: () => delay.reset(),
  lag: () => ({ p50: inMs(delay.percentile(50)), p99: inMs(delay.percentile(99)), max: inMs(delay.max) }),
  async heap() {
    const { Rooms, Users } = globalThis;
    for (const room of [...Rooms.rooms.values()]) if (room.battle?.ended) room.destroy();
    for (let times = 0; times < 3; times++) {
      await sleep(50);
      globalThis.gc();
    }
    return { heapUsed: process.memoryUsage().heapUsed, users: Users.users.size, rooms: Rooms.rooms.size };
  },
};

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', async (asked) => {
    const answer = await ANSWERS[asked.toString().trim()]();
    socket.end(`${JSON.stringify(answer ?? null)}\n`);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`[probe] ${server.address().port}\n`));
server.unref();
