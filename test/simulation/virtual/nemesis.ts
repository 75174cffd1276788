/** What happens to servers, connections and the store, at times that are drawn from the seed. */
import type { Random } from '../../../scripts/random.ts';
import type { Faults } from './faults.ts';
import type { Named, Odds } from './options.ts';
import type { Realm } from './realm.ts';
import type { Server } from './server.ts';

export interface NemesisContext {
  readonly odds: Odds;
  readonly random: Random;
  readonly faults: Faults;
  readonly realm: Realm;
  readonly leaseMs: number;
  /** Matches that nobody should have claimed. */
  readonly forced: Set<string>;
  newId(): string;
  after(ms: number, run: () => void): void;
  servers(): readonly Server[];
  leader(): Server | undefined;
  kill(server: Server): void;
  stop(server: Server, rejoin: boolean): void;
  launch(name: string): void;
  did(what: string, where?: string): void;
}

const MINUTE_MS = 60_000;
/** As the servers have it by default. */
const JOIN_MS = 10_000;

export class Nemesis {
  private readonly context: NemesisContext;
  private readonly strikes: Readonly<Partial<Record<Named, () => void>>> = {
    crash: () => this.one('crash', (server) => this.crash(server)),
    stop: () => this.one('stop', (server) => this.stop(server)),
    pause: () => this.one('pause', (server) => this.pause(server, this.draw(500, 20_000))),
    leaderPause: () =>
      this.leads('leaderPause', (server) => this.pause(server, this.draw(this.leaseMs + 100, this.leaseMs + 12_000))),
    stutter: () => this.one('stutter', (server) => this.stutter(server, this.draw(5000, 40_000))),
    mute: () => this.one('mute', (server) => this.mute(server, this.draw(500, 30_000))),
    deaf: () => this.one('deaf', (server) => this.deafen(server, this.draw(500, 30_000))),
    unheard: () => this.one('unheard', (server) => this.miss(server, this.draw(1000, 15_000)), this.fighting()),
    rogueClaims: () => this.store('rogueClaims', () => this.claim()),
    apart: () => this.one('apart', (server) => this.cutOff(server, this.draw(500, 70_000))),
    clockJump: () => this.one('clockJump', (server) => this.setClock(server)),
    storeJump: () => this.store('storeJump', () => this.jump()),
    storeLost: () => this.store('storeLost', () => this.lose()),
    storeFull: () => this.store('storeFull', () => this.refuse(this.draw(1000, 20_000))),
    storeAway: () => this.store('storeAway', () => this.away(this.draw(500, 10_000))),
    storeBack: () => this.store('storeBack', () => this.goBack(this.draw(100, 2000))),
  };

  constructor(context: NemesisContext) {
    this.context = context;
  }

  private get leaseMs(): number {
    return this.context.leaseMs;
  }

  begin(): void {
    for (const name of Object.keys(this.strikes) as Named[]) this.next(name);
  }

  private next(name: Named): void {
    const { odds, random, after, faults } = this.context;
    const rate = odds[name];
    if (rate <= 0) return;
    after(random.exponential(MINUTE_MS / rate), () => {
      if (faults.isHealed) return;
      this.strikes[name]?.();
      this.next(name);
    });
  }

  private draw(from: number, to: number): number {
    return this.context.random.integer(from, to);
  }

  /** Servers on which somebody fights; all where nobody does. */
  private fighting(): readonly Server[] {
    const { realm, servers } = this.context;
    const open = [...realm.store.matches.values()].filter(({ stage }) => stage === 'battle');
    const nodes = new Set(open.flatMap(({ sides }) => sides.map(({ node }) => node)));
    const found = servers().filter(({ name }) => nodes.has(name));
    return found.length > 0 ? found : servers();
  }

  private one(name: Named, strike: (server: Server) => void, of = this.context.servers()): void {
    const up = of.filter(({ isUp, isStopping }) => isUp && !isStopping);
    const server = up[this.context.random.integer(0, Math.max(0, up.length - 1))];
    if (server && this.context.faults.strikes(name, server.name)) strike(server);
  }

  private leads(name: Named, strike: (server: Server) => void): void {
    const server = this.context.leader();
    if (server?.isUp && this.context.faults.strikes(name, server.name)) strike(server);
  }

  private store(name: Named, strike: () => void): void {
    if (this.context.faults.strikes(name, 'store')) strike();
  }

  private until(server: Server, ms: number): void {
    this.context.faults.troubles(server.name, ms);
  }

  private crash(server: Server): void {
    const { did, kill, after, launch, servers } = this.context;
    did('crashes', server.name);
    kill(server);
    const back = this.draw(200, 120_000);
    after(back, () => {
      if (!servers().some(({ name, isUp }) => name === server.name && isUp)) launch(server.name);
    });
  }

  private stop(server: Server): void {
    const rejoin = this.context.random.fraction() < 0.5;
    this.context.did(`stops${rejoin ? ', to be back' : ''}`, server.name);
    this.context.stop(server, rejoin);
    this.context.after(this.draw(3000, 60_000), () => {
      if (server.isUp) this.context.kill(server);
      if (!this.context.servers().some(({ name, isUp }) => name === server.name && isUp)) this.context.launch(server.name);
    });
  }

  private pause(server: Server, ms: number): void {
    this.context.did(`stands still for ${ms} ms`, server.name);
    this.until(server, ms);
    server.clock.standStill(ms);
  }

  private stutter(server: Server, ms: number): void {
    this.context.did(`is slow for ${ms} ms`, server.name);
    this.until(server, ms);
    let left = ms;
    const again = (): void => {
      if (left <= 0 || !server.isUp || this.context.faults.isHealed) return;
      const still = this.draw(50, 700);
      const goes = this.draw(50, 700);
      left -= still + goes;
      server.clock.standStill(still);
      this.context.after(still + goes, again);
    };
    again();
  }

  private mute(server: Server, ms: number): void {
    const direction = this.context.random.fraction() < 0.5 ? 'asks' : 'answers';
    this.context.did(`${direction === 'asks' ? 'asks in vain' : 'gets no answers'} for ${ms} ms`, server.name);
    this.until(server, ms + 1500);
    server.network[direction] = false;
    this.context.after(ms, () => {
      server.network[direction] = true;
    });
  }

  private deafen(server: Server, ms: number): void {
    this.context.did(`hears nothing for ${ms} ms`, server.name);
    this.until(server, ms + 1500);
    server.network.deafen();
    this.context.after(ms, () => server.network.listen());
  }

  /** What is said to it is lost, and nothing tells it so. */
  private miss(server: Server, ms: number): void {
    this.context.did(`misses all that is said for ${ms} ms`, server.name);
    this.until(server, ms);
    server.network.misses = true;
    this.context.after(ms, () => {
      server.network.misses = false;
    });
  }

  /** A server that nobody should trust claims that two meet, whatever they want. */
  private claim(): void {
    const { realm, newId, did, forced } = this.context;
    const waiting = [...realm.store.instants.values()].filter(({ expiresAt }) => expiresAt > realm.clock.now());
    const [own, other] = [this.draw(0, Math.max(0, waiting.length - 1)), this.draw(0, Math.max(0, waiting.length - 2))];
    const [one, two] = [waiting[own], waiting.filter((_, at) => at !== own)[other]];
    if (!one || !two) return;
    const matchId = newId();
    did(`claims that ${two.ticket} and ${one.ticket} meet`, one.node);
    forced.add(matchId);
    const times = { joinMs: JOIN_MS, pairRestMs: MINUTE_MS };
    const pair = { ticket: two.ticket, matchedTicket: one.ticket, node: one.node, matchId, challengeRoom: newId() };
    const args = [{ ...pair, ...times, rated: false, sameNode: true }];
    const call = { node: one.node, verb: 'instantMatch', args };
    realm.ask('instantMatch', args).subscribe((answer) => realm.answered(call, answer));
    realm.asked(call);
  }

  private cutOff(server: Server, ms: number): void {
    this.context.did(`is cut off for ${ms} ms`, server.name);
    this.until(server, ms + 1500);
    server.network.asks = false;
    server.network.answers = false;
    server.network.deafen();
    this.context.after(ms, () => {
      server.network.asks = true;
      server.network.answers = true;
      server.network.listen();
    });
  }

  /** By 10 ms to 100 s, either way. */
  private drawJump(): number {
    const { random } = this.context;
    return Math.round((random.fraction() < 0.5 ? -1 : 1) * 10 ** (1 + 4 * random.fraction()));
  }

  /** What the machine of a server shows. Nothing may go by it. */
  private setClock(server: Server): void {
    const ms = this.drawJump();
    this.context.did(`has its clock set by ${ms} ms`, server.name);
    server.clock.set(ms);
  }

  private jump(): void {
    const { realm, did, faults } = this.context;
    const ms = this.drawJump();
    did(`the store's clock jumps by ${ms} ms`);
    faults.troubles('store');
    realm.clock.jump(ms);
  }

  private lose(): void {
    const { realm, did, faults } = this.context;
    did('the store loses everything');
    faults.troubles('store', 10_000);
    realm.lose();
  }

  /** What is written from now on is lost, with all connections, when the store's machine stops. */
  private goBack(ms: number): void {
    const { realm, did, faults, after } = this.context;
    did(`what the store writes in the next ${ms} ms will be lost`);
    faults.troubles('store', ms + 10_000);
    const goBack = realm.remember();
    after(ms, () => {
      did('the store has lost what it wrote last');
      goBack();
      this.away(this.draw(100, 2000));
    });
  }

  private refuse(ms: number): void {
    const { random, realm, did, faults, after } = this.context;
    const how = random.fraction() < 0.5 ? 'full' : 'readonly';
    did(`the store is ${how} for ${ms} ms`);
    faults.troubles('store', ms + 1500);
    realm.refuses = how;
    after(ms, () => {
      realm.refuses = 'nothing';
    });
  }

  private away(ms: number): void {
    const { did, faults, after, servers } = this.context;
    did(`the store is away for ${ms} ms`);
    faults.troubles('store', ms + 1500);
    const all = servers().filter(({ isUp }) => isUp);
    for (const { network } of all) {
      network.asks = false;
      network.deafen();
    }
    after(ms, () => {
      for (const { network } of all) {
        network.asks = true;
        network.listen();
      }
    });
  }

  /** Everything is well from now on. */
  heal(): void {
    const { realm, servers, launch } = this.context;
    realm.refuses = 'nothing';
    for (const { clock, network, isUp, name, isStopping } of servers()) {
      if (!isUp) {
        launch(name);
        continue;
      }
      if (isStopping) continue;
      clock.goOnNow();
      network.misses = false;
      network.asks = true;
      network.answers = true;
      network.listen();
    }
  }
}
