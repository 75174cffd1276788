/** What the conformance tests play on: a bus, a way to let time pass, and the steps that lead to where a test begins. */
import { type Observable, Subscription } from 'rxjs';
import * as assert from 'uvu/assert';
import type { Command, CommandAnswer, CommandRecord } from '../../../bus/admin.ts';
import type {
  Advanced,
  AdvanceRequest,
  Bus,
  BusFault,
  EnterRequest,
  Fence,
  Heard,
  Lease,
  OfferRequest,
  SettleRequest,
} from '../../../bus/bus.ts';
import type { KeptTimes } from '../../../bus/kept.ts';
import type { Kind, Message, MessageOf, Side, TicketBody } from '../../../bus/messages.ts';
import type { MatchRecord, OfferRecord, Snapshot, Step, TicketRecord } from '../../../bus/records.ts';
import type { Stage } from '../../../matcher/index.ts';

/** What a bus has to bring to be tested. */
export interface World {
  readonly bus: Bus;
  /** As the bus was told; left out: as by default. */
  readonly keptTimes?: KeptTimes;
  /** Waits until everything that was asked is answered and everything that was said is heard. Bus time stands still. */
  settle(): Promise<void>;
  /** Lets exactly so much bus time pass. */
  advance(ms: number): Promise<void>;
  /** Sets the bus's clock back, and no other. */
  setBack(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Registers one test. */
export type Scenario = (name: string, run: (scene: Scene) => Promise<void>) => void;

export interface Campaign {
  /** Everything that was emitted, oldest first. */
  readonly leases: (Lease | null)[];
  stop(): void;
}

export const QUEUE = 'duel';
export const OFFER_MS = 20_000;
export const JOIN_MS = 10_000;
/** Of every later stage. */
export const WINDOW_MS = 30_000;
export const MATCH = 'match-1';
export const SECRET = 'secret-1';
export const SEED = 'seed-1';
export const SIDES: readonly Side[] = [0, 1];

/** Joe of node A and Jeff of node B, the two sides of the match that `open` opens. A ticket is called as its actor. */
export const TICKETS = ['joe', 'jeff'] as const;
export const NODES = ['A', 'B'] as const;

export const teamOf = (side: Side): string => `team ${side}`;

/** The steps with nothing special about them. */
export const STEPS: { readonly [to in Step['to']]: Step } = {
  teams: { to: 'teams' },
  validating: { to: 'validating' },
  battle: { to: 'battle' },
  rated: { to: 'rated', score: 1, delta: 16 },
  closed: { to: 'closed' },
  cancelled: { to: 'cancelled', failed: [0], late: false },
  void: { to: 'void', reason: 'ValidationError', detail: 'no such move', against: 0, idleSince: null },
};

/** The way to each stage, by the stages passed on it. */
const WAY: { readonly [stage in Stage]: readonly Step['to'][] } = {
  joining: [],
  teams: ['teams'],
  validating: ['teams', 'validating'],
  battle: ['teams', 'validating', 'battle'],
  rated: ['teams', 'validating', 'battle', 'rated'],
  closed: ['teams', 'validating', 'battle', 'rated', 'closed'],
  cancelled: ['cancelled'],
  void: ['teams', 'void'],
};
export const STAGES = Object.keys(WAY) as Stage[];

export class Scene {
  readonly bus: Bus;
  readonly keptTimes: KeptTimes;
  readonly faults: BusFault[] = [];
  /** Of streams that never have any. */
  readonly errors: unknown[] = [];
  private readonly world: World;
  private readonly kept = new Subscription();
  private lead: Fence | undefined;

  constructor(world: World) {
    this.world = world;
    this.bus = world.bus;
    this.keptTimes = world.keptTimes ?? { ticketsMs: 600_000, matchesMs: 3_600_000 };
    this.keep(this.bus.faults$, (fault) => this.faults.push(fault));
  }

  async close(): Promise<void> {
    this.kept.unsubscribe();
    await this.world.close();
  }

  settle(): Promise<void> {
    return this.world.settle();
  }

  advance(ms: number): Promise<void> {
    return this.world.advance(ms);
  }

  setBack(ms: number): Promise<void> {
    return this.world.setBack(ms);
  }

  /** Asks all these at once, each of which has to answer once. */
  async askAll<T>(verbs: readonly Observable<T>[]): Promise<T[]> {
    const answers: { values: T[]; errors: unknown[]; completed: boolean }[] = [];
    for (const verb of verbs) {
      const answer = { values: [] as T[], errors: [] as unknown[], completed: false };
      answers.push(answer);
      verb.subscribe({
        next: (value) => answer.values.push(value),
        error: (error: unknown) => answer.errors.push(error),
        complete: () => (answer.completed = true),
      });
    }
    await this.settle();
    return answers.map(({ values, errors, completed }) => {
      if (errors.length > 0) throw errors[0];
      assert.is(values.length, 1, 'a verb answers once');
      assert.ok(completed, 'and completes');
      return values[0] as T;
    });
  }

  async ask<T>(verb: Observable<T>): Promise<T> {
    return (await this.askAll([verb]))[0] as T;
  }

  /** Everything that hearing a room yields from now on. */
  heardIn(room: string): { readonly heard: Heard[]; stop(): void } {
    const heard: Heard[] = [];
    const stop = this.keep(this.bus.hear(room), (one) => heard.push(one));
    return { heard, stop };
  }

  /** The messages of a room from now on. */
  async hear(room: string): Promise<Message[]> {
    const messages: Message[] = [];
    this.keep(this.bus.hear(room), (one) => {
      if (!one.listening) messages.push(one.message);
    });
    await this.settle();
    return messages;
  }

  async say(room: string, ...messages: readonly Message[]): Promise<void> {
    const errors: unknown[] = [];
    for (const message of messages) this.bus.say(room, message).subscribe({ error: (error: unknown) => errors.push(error) });
    await this.settle();
    if (errors.length > 0) throw errors[0];
  }

  campaign(queue = QUEUE, node = 'A'): Campaign {
    const leases: (Lease | null)[] = [];
    return { leases, stop: this.keep(this.bus.holdLease(queue, node), (lease) => leases.push(lease)) };
  }

  /** The right to lead the queue, held until the scene is over. */
  async fence(): Promise<Fence> {
    if (!this.lead) {
      const { leases } = this.campaign();
      await this.settle();
      this.lead = fenceOf(leases);
    }
    return this.lead;
  }

  /** The right goes over to somebody else. */
  leadWith(fence: Fence): void {
    this.lead = fence;
  }

  async enter(id: string, more: Partial<EnterRequest> = {}): Promise<TicketBody> {
    const answer = await this.ask(this.bus.enter(entering(id, more)));
    assert.ok('entered' in answer, `${id} did not enter: ${JSON.stringify(answer)}`);
    return answer.entered;
  }

  async ticket(ticket: string): Promise<TicketRecord> {
    const record = await this.ask(this.bus.ticket(ticket));
    assert.ok(record, `no ticket ${ticket}`);
    return record;
  }

  async match(matchId = MATCH): Promise<MatchRecord> {
    const record = await this.ask(this.bus.match(matchId));
    assert.ok(record, `no match ${matchId}`);
    return record;
  }

  snapshot(queue = QUEUE): Promise<Snapshot> {
    return this.ask(this.bus.snapshot(queue));
  }

  async offer(head: string, candidate: string, more: Partial<OfferRequest> = {}): Promise<OfferRecord> {
    const request: OfferRequest = { offerId: `${head}-${candidate}`, head, candidate, windowMs: OFFER_MS, ...more };
    const answer = await this.ask(this.bus.offer(await this.fence(), request));
    assert.ok('offer' in answer, `no offer: ${JSON.stringify(answer)}`);
    return answer.offer;
  }

  async reply(offerId: string, replies: Readonly<Record<string, 'confirmed' | 'declined'>>): Promise<void> {
    for (const [ticket, reply] of Object.entries(replies))
      assert.is(await this.ask(this.bus.reply(offerId, ticket, reply)), 'done');
  }

  /** Both enter, are offered each other, confirm, and their match is opened. */
  async open(more: Partial<SettleRequest> = {}, requests: readonly Partial<EnterRequest>[] = []): Promise<MatchRecord> {
    for (const side of SIDES) await this.enter(TICKETS[side], { node: NODES[side], ...requests[side] });
    const [head, candidate] = SIDES.map((side) => requests[side]?.ticket ?? TICKETS[side]) as [string, string];
    return this.pair(head, candidate, more);
  }

  /** Two that wait are offered each other, confirm, and their match is opened. */
  async pair(head: string, candidate: string, more: Partial<SettleRequest> = {}): Promise<MatchRecord> {
    const { offerId } = await this.offer(head, candidate);
    await this.reply(offerId, { [head]: 'confirmed', [candidate]: 'confirmed' });
    const answer = await this.ask(this.bus.settle(await this.fence(), settling({ offerId, ...more })));
    assert.ok('settled' in answer && answer.settled, `no match: ${JSON.stringify(answer)}`);
    return answer.settled;
  }

  /** What both sides have to do before the stage that a match is in can be left in peace. */
  async ready(match: MatchRecord): Promise<void> {
    const { bus } = this;
    const { matchId, stage } = match;
    for (const side of SIDES) {
      const { node } = match.sides[side];
      if (stage === 'joining') assert.is(await this.ask(bus.joined(matchId, side, node)), 'done');
      if (stage === 'teams') assert.is(await this.ask(bus.team(matchId, side, node, teamOf(side))), 'done');
      if (stage === 'validating') assert.is(await this.ask(bus.judge(matchId, side, node, null)), 'done');
      if (stage === 'battle') assert.is(await this.ask(bus.over(matchId, side, node, 0, 'end')), 'done');
      if (stage === 'rated') assert.is(await this.ask(bus.takeElo(matchId, side, node)), 'done');
    }
  }

  /** A step decided on the record as it is. */
  async advancing(step: Step, more: Partial<AdvanceRequest> = {}): Promise<Advanced> {
    const matchId = more.matchId ?? MATCH;
    const { revision } = await this.match(matchId);
    const request = { matchId, revision, step, windowMs: WINDOW_MS, seed: SEED, floor: 0, ...more };
    return this.ask(this.bus.advance(await this.fence(), request));
  }

  async step(step: Step, more: Partial<AdvanceRequest> = {}): Promise<Extract<Advanced, { back: unknown }>> {
    const answer = await this.advancing(step, more);
    assert.ok('match' in answer, `not moved to ${step.to}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Leads the open match to a stage; both sides do what belongs to those before it. */
  async reach(stage: Stage, matchId = MATCH): Promise<MatchRecord> {
    for (const to of WAY[stage]) {
      if (to !== 'cancelled' && to !== 'void') await this.ready(await this.match(matchId));
      await this.step(STEPS[to], { matchId });
    }
    return this.match(matchId);
  }

  /** Puts a command in the inbox. */
  async submit(command: Command, id = 'command-1', forMs = 60_000): Promise<CommandRecord> {
    const answer = await this.ask(this.bus.submit({ id, who: 'owner', command, forMs }));
    assert.ok('submitted' in answer, `not submitted: ${JSON.stringify(answer)}`);
    return answer.submitted;
  }

  /** Submits and executes a command. */
  async command(command: Command, id = 'command-1'): Promise<CommandAnswer> {
    const record = await this.submit(command, id);
    const answer = await this.ask(this.bus.execute(await this.fence(), record));
    assert.ok('says' in answer, 'fenced');
    return answer;
  }

  async at(stage: Stage): Promise<MatchRecord> {
    await this.open();
    return this.reach(stage);
  }

  keep<T>(stream: Observable<T>, next: (value: T) => void): () => void {
    const subscription = stream.subscribe({ next, error: (error: unknown) => this.errors.push(error) });
    this.kept.add(subscription);
    return () => subscription.unsubscribe();
  }
}

/** A request of a player alone, whose ticket is its id. */
export const entering = (id: string, more: Partial<EnterRequest> = {}): EnterRequest => ({
  ticket: id,
  queue: QUEUE,
  node: 'A',
  boot: 'boot-1',
  ruleset: 'rules-1',
  actor: actorOf(id),
  elo: null,
  initialElo: 1000,
  partyElo: 'mean',
  maxWaiting: 100,
  ...more,
});

export const actorOf = (id: string, members: string[] = [id]): EnterRequest['actor'] => ({
  id,
  name: id.toUpperCase(),
  members,
  blocks: [],
});

export const settling = (more: Partial<SettleRequest>): SettleRequest => ({
  offerId: '',
  outcome: 'match',
  matchId: MATCH,
  challengeRoom: SECRET,
  joinMs: JOIN_MS,
  ratedSameNode: true,
  ...more,
});

export function fenceOf(leases: readonly (Lease | null)[]): Fence {
  const lease = leases.at(-1);
  assert.ok(lease, 'no lease');
  const { queue, generation, epoch } = lease;
  return { queue, generation, epoch };
}

export const ofKind = <K extends Kind>(messages: readonly Message[], kind: K): MessageOf<K>[] =>
  messages.filter((message): message is MessageOf<K> => message.kind === kind);

export const kindsOf = (messages: readonly Message[]): Kind[] => messages.map(({ kind }) => kind);
