/** Nodes over a real Redis, with short times: at every stage somebody leaves, or a server dies, as in virtual time (`plugin/leavings`). */
import { firstValueFrom, NEVER, Subject, takeUntil } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../../bus/bus.ts';
import type { TimeSettings } from '../../../bus/options.ts';
import type { Link } from '../../../bus/redis/link.ts';
import { linkTo, type RedisBus, redisBusOver } from '../../../bus/redis.ts';
import { type Host, type Jaeger, type JaegerEvent, jaeger } from '../../../plugin/index.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { type RedisServer, startRedis, until } from '../../../scripts/redis.ts';
import { HELD, type HeldAt, isBegun, LEAVINGS, type Leaving, nameOf } from '../../plugin/stages.ts';
import { drawn, SEED } from '../../seed.ts';
import { sideBySide } from '../../side-by-side.ts';

const AT_ONCE = 7;
const INPUTS = 3;
const TIMES = {
  ...{ answerMs: 1000, restMs: 200, offerMs: 1500, joinMs: 1500, pairRestMs: 200, successMs: 500, teamMs: 1500, idleMs: 1500 },
  ...{ newestMs: 400, overMs: 800, secondResultMs: 1500, heartbeatMs: 1000, silenceMs: 2000 },
} satisfies TimeSettings;
const LEASE = { renewMs: 250, deadlineMs: 800, leaseMs: 1100 };
/** How long the stage may take. A server that is gone is found out by its second heartbeat, and its battle is over then at the latest. */
const TIME_MS: { readonly [stage in HeldAt]: number } = {
  ...{ asking: TIMES.answerMs, offered: TIMES.offerMs, joining: TIMES.joinMs, teams: TIMES.teamMs, validating: TIMES.teamMs },
  battle: TIMES.idleMs,
};
const GONE_MS = TIMES.heartbeatMs + TIMES.silenceMs;
const WITHIN_MS = 2000;
/** For what nobody promises a time: the machine may have other things to do. */
const LONG_MS = 30_000;

/** Accepts, plays, and side 0 wins. */
const host: Host = {
  tell: () => undefined,
  accept: () => true,
  team: (actor) => `team of ${actor.id}`,
  validate: () => null,
  battle: (setup, opponent) => {
    let turns = 0;
    opponent.onTurn(() => {
      if (++turns === 2 * INPUTS) opponent.over(0, `digest of ${setup.seed}`);
    });
    for (let number = 0; number < INPUTS; number++) opponent.send(`${setup.side} ${number}`);
  },
};

/** A server of its own connections, which ends without a word: nothing of it reaches Redis any more, its leases run out. */
class Server {
  readonly events: JaegerEvent[] = [];
  readonly jaeger: Jaeger;
  readonly bus: RedisBus;
  private readonly link: Link;
  private readonly dies$ = new Subject<void>();
  private isDead = false;

  constructor(url: string, realm: string, nodeId: string, held: (bus: Bus) => Partial<Bus>) {
    const shared = { scheduler: realScheduler, random: drawn(`${realm} ${nodeId}`), realm };
    const link = linkTo(url, shared);
    this.link = link;
    const mortal: Link = {
      ...link,
      run: (script, keys, args) => (this.isDead ? NEVER : link.run(script, keys, args).pipe(takeUntil(this.dies$))),
      hear: (channel) => link.hear(channel).pipe(takeUntil(this.dies$)),
    };
    this.bus = redisBusOver(mortal, { ...shared, lease: LEASE });
    const times = { queues: { ranked: { times: TIMES } } };
    this.jaeger = jaeger({ nodeId, realm, ...times }, host, { bus: { ...this.bus, ...held(this.bus) } });
    this.jaeger.events$.subscribe((event) => {
      if (!this.isDead) this.events.push(event);
    });
  }

  die(): void {
    this.isDead = true;
    this.dies$.next();
  }

  async close(): Promise<void> {
    // What is dead lets go of its timers too.
    await this.jaeger.stop();
    this.die();
    await this.link.close();
  }

  of<K extends JaegerEvent['kind']>(kind: K): Extract<JaegerEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<JaegerEvent, { kind: K }> => event.kind === kind);
  }
}

async function play(url: string, leaving: Leaving): Promise<void> {
  const { stage, who, event } = leaving;
  // Who has waited longer is head.
  const [failing, innocent] = who === 'head' ? ['H', 'C'] : ['C', 'H'];
  const [failed, other] = who === 'head' ? ['ada', 'cy'] : ['cy', 'ada'];
  const realm = `leavings-${nameOf(leaving).replace(/[^a-z]+/g, '-')}`;
  const servers = new Map<string, Server>();
  const of = (nodeId: string): Server => servers.get(nodeId) as Server;
  const all = <K extends JaegerEvent['kind']>(kind: K) => [...servers.values()].flatMap((server) => server.of(kind));
  try {
    for (const nodeId of ['L', 'M', 'H', 'C']) {
      const server = new Server(url, realm, nodeId, nodeId === failing ? HELD[stage] : () => ({}));
      servers.set(nodeId, server);
      await server.jaeger.start();
      if (nodeId === 'L') await until('L leads', () => server.of('leading').length === 1);
    }
    const { bus } = of('M');
    const ada = await of('H').jaeger.add({ id: 'ada', elo: 1000 });
    const cy = await of('C').jaeger.add({ id: 'cy', elo: 1000 });
    const since = (other === 'ada' ? ada : cy).firstConsidered;
    const reached = (): boolean => {
      if (stage === 'asking') return all('found').length > 0;
      return stage === 'offered' ? all('offered').length > 0 : all('stage').some((each) => each.stage === stage);
    };
    await until(`they are ${stage}`, reached, LONG_MS);
    assert.is(all('found')[0]?.head.id, 'ada');
    if (event === 'leaves') {
      const removed = await of(failing).jaeger.remove(failed);
      assert.is(
        removed,
        isBegun(stage) ? 'PLAYING' : { asking: 'queued', offered: 'offered', joining: 'joining' }[stage as string],
      );
    } else of(event === "'s server dies" ? failing : 'L').die();
    // Nobody has to wait for a deadline who can know that the other one is gone.
    const known = event === 'leaves' && !isBegun(stage) ? 0 : TIME_MS[stage];
    const within = (event === "'s server dies" ? Math.min(known, GONE_MS) : known) + WITHIN_MS;
    if (isBegun(stage)) await until(`${other} is told that it is void`, () => of(innocent).of('void').length === 1, within);
    else {
      // Whoever is held in its answers is asked and offered again and again: it never left.
      const mayBeAsked = stage === 'asking' && event !== 'leaves';
      const isBack = async (): Promise<boolean> => {
        const { tickets } = await firstValueFrom(bus.snapshot('ranked'));
        const record = tickets.find(({ actor }) => actor.id === other);
        if (record) assert.is(record.firstConsidered, since, `${other} has the time already waited`);
        return record !== undefined && (mayBeAsked || record.state === 'waiting');
      };
      await until(`${other} is back`, isBack, within);
    }
    for (const id of ['ada', 'cy']) assert.is(await firstValueFrom(bus.rating('ranked', id)), null);
    // Nobody is stuck: it meets a third, and whoever failed is free as soon as it is known that its server is gone.
    if (isBegun(stage)) await of(innocent).jaeger.add({ id: other, elo: 1000 });
    await of('M').jaeger.add({ id: 'ann', elo: 1000 });
    const met = () =>
      all('elo')
        .map(({ id }) => id)
        .sort();
    await until(`${other} and ann have played`, () => met().length === 2, LONG_MS);
    assert.equal(met(), ['ann', other].sort());
    const isEmpty = async (): Promise<boolean> => {
      const { tickets, offers, matches } = await firstValueFrom(bus.snapshot('ranked'));
      const left = tickets.filter(({ actor }) => actor.id !== failed || event !== 'is held, and the leader dies');
      return left.length + offers.length + matches.length === 0;
    };
    await until('nothing is left', isEmpty, LONG_MS);
    assert.equal(all('fault'), []);
  } catch (error) {
    for (const { kind, at, node, ...rest } of [...servers.values()].flatMap(({ events }) => events))
      process.stderr.write(`${at} ${node} ${kind} ${JSON.stringify(rest).slice(0, 200)}\n`);
    throw error;
  } finally {
    await Promise.all([...servers.values()].map((server) => server.close()));
  }
}

const test = suite(`over Redis (JAEGER_SEED=${SEED})`);
let redis: RedisServer | undefined;
sideBySide(
  test,
  AT_ONCE,
  LEAVINGS.map((leaving) => ({
    name: nameOf(leaving),
    run: async () => play((redis as RedisServer).url, leaving),
  })),
);
test.before(async () => {
  redis = await startRedis();
});
test.after(async () => redis?.stop());
test.run();
