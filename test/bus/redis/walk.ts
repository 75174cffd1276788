/** A random walk through a bus: what is done next, most often what leads on what is there. */
import { concatMap, map, type Observable, of } from 'rxjs';
import { type Command, queueOf } from '../../../bus/admin.ts';
import type { Bus, Fence } from '../../../bus/bus.ts';
import { PROTOCOL_VERSION, type Side } from '../../../bus/messages.ts';
import type { MatchRecord, SignRecord, Snapshot, Step } from '../../../bus/records.ts';
import { tallyOf } from '../../../bus/tally.ts';
import { outcomeOf } from '../../../matcher/index.ts';
import type { Random } from '../../../scripts/random.ts';
import { actorOf, entering, type Scene, settling } from '../conformance/scene.ts';
import type { Deed, Move } from './move.ts';
import { InstantMoves } from './walk-instants.ts';

export const QUEUES = ['duel', 'other'];
const NODES = ['A', 'B', 'é "/\\\n'];
const BOOTS = ['boot-1', 'boot-2'];
const SILENCE_MS = 60_000;
export const PLAYERS = ['joe', 'jeff', 'bob', 'janet', 'zoë "\\/', 'π\u0001'];
export const TICKETS = Array.from({ length: 30 }, (_, index) => `t${index}`);
const OFFERS = Array.from({ length: 20 }, (_, index) => `o${index}`);
export const MATCHES = Array.from({ length: 60 }, (_, index) => `m${index}`);
const TEXTS = ['', 'move 1', '{"a":[]}', '"quoted" \\ / \n \u0000 é 🙂', 'x'.repeat(1025), 'x'.repeat(129), 'y'.repeat(65_537)];

/** So that somebody is barred now and then, and rests, but most are not. */
const VOIDS = { max: 2, nodeMax: 4, windowMs: 20_000, barMs: 5000 };
const DECLINES = { restMs: 700, growth: 2, mostMs: 5000, fadeMs: 10_000 };

type PartStage = 'joining' | 'teams' | 'validating' | 'battle' | 'rated';

export class Walk {
  private readonly random: Random;
  private readonly fences: ReadonlyMap<string, Fence>;
  /** Those, and those of leaders that were succeeded. */
  private readonly rights: Fence[] = [];
  /** As the embedded bus has it: moves that have something to do are found by it. */
  private readonly scene: Scene;
  private opened = 0;
  /** Bus time. */
  private time = 0;

  private readonly instants = new InstantMoves();
  /** How many of its moves are about instant matches and rematches. */
  private readonly share: number;

  constructor(random: Random, fences: ReadonlyMap<string, Fence>, scene: Scene, share: number) {
    this.random = random;
    this.share = share;
    this.fences = fences;
    this.scene = scene;
  }

  /** Ids of matches are random: none comes twice, unless the same is asked for again. */
  private matchId(): string {
    return `m${this.opened++}`;
  }

  private one<T>(list: readonly T[]): T {
    return list[this.random.integer(0, list.length - 1)] as T;
  }

  private chance(of: number): boolean {
    return this.random.fraction() < of;
  }

  private fence(queue = this.one(QUEUES)): Fence {
    const fence = this.fences.get(this.chance(0.05) ? this.one(QUEUES) : queue) as Fence;
    if (!this.rights.includes(fence)) this.rights.push(fence);
    if (this.chance(0.01)) return this.one(this.rights);
    return this.chance(0.02) ? { ...fence, epoch: fence.epoch + this.one([-1, 1]) } : fence;
  }

  /** Three of four moves lead on what is there, or few walks would come far. */
  private onwards(snapshots: readonly Snapshot[]): Move | undefined {
    if (this.chance(0.25)) return undefined;
    const matches = snapshots.flatMap((each) => each.matches);
    if (matches.length > 0 && this.chance(0.7)) return this.leadOn(this.one(matches));
    const offers = snapshots.flatMap((each) => each.offers);
    if (offers.length > 0) {
      const offer = this.one(offers);
      const { offerId, head, candidate, headReply, candidateReply } = offer;
      const outcome = outcomeOf(offer, false);
      if (outcome) {
        const matchId = this.matchId();
        const request = settling({ offerId, outcome, matchId, challengeRoom: `s${matchId}`, declines: DECLINES });
        const fence = this.fence(offer.queue);
        return [`settle ${JSON.stringify(request)}`, (bus) => bus.settle(fence, request)];
      }
      const ticket = headReply === 'pending' ? head : candidateReply === 'pending' ? candidate : head;
      const said = this.chance(0.85) ? 'confirmed' : 'declined';
      return [`reply ${offerId} ${ticket} ${said}`, (bus) => bus.reply(offerId, ticket, said)];
    }
    for (const { tickets } of snapshots) {
      const [head, candidate] = tickets.filter(({ state }) => state === 'waiting');
      if (!head || !candidate) continue;
      const request = { offerId: this.one(OFFERS), head: head.ticket, candidate: candidate.ticket, windowMs: 20_000 };
      const fence = this.fence(head.queue);
      return [`offer ${JSON.stringify(request)}`, (bus) => bus.offer(fence, request)];
    }
    return this.enter();
  }

  private leadOn(match: MatchRecord): Move {
    const { matchId, stage, sides, revision, queue } = match;
    const part = ({ joining: 'joined', teams: 'teamIn', validating: 'valid', battle: 'result', rated: 'eloTaken' } as const)[
      stage as PartStage
    ];
    const refusing = sides.some(({ refusal }) => refusal !== null);
    const side = refusing ? undefined : ([0, 1] as const).find((each) => !sides[each][part]);
    const { node } = sides[side ?? 0];
    if (stage === 'battle' && this.chance(0.5)) {
      const counter = this.random.integer(1, 3);
      const data = this.one(TEXTS);
      return [`append ${matchId} ${counter}`, (bus) => bus.append(matchId, side ?? 0, node, counter, data, 'digest')];
    }
    if (stage === 'joining' && this.chance(0.08)) return [`leave ${node}`, (bus) => bus.leave(node, sides[side ?? 0].ticket)];
    const cancels = stage === 'joining' && this.chance(0.1);
    if (side !== undefined && !cancels) {
      const refusal = this.chance(0.1) ? ({ code: 'ValidationError', reason: 'an "illegal" team' } as const) : null;
      const asks: Record<typeof part, Move[1]> = {
        joined: (bus) => bus.joined(matchId, side, node),
        teamIn: (bus) => bus.team(matchId, side, node, 'team "π"'),
        valid: (bus) => bus.judge(matchId, side, node, refusal),
        result: (bus) => bus.over(matchId, side, node, 'draw', 'end'),
        eloTaken: (bus) => bus.takeElo(matchId, side, node),
      };
      return [`${part} ${matchId} ${side}`, asks[part]];
    }
    const void_: Step = { to: 'void', reason: 'ValidationError', detail: 'an "illegal" team', against: 0, idleSince: null };
    const cancelled: Step = { to: 'cancelled', failed: this.one<readonly Side[]>([[0], [1], [0, 1]]), late: false };
    const step = refusing ? void_ : cancels ? cancelled : this.step(stage, 'detail', match.lastEntryAt);
    const request = { matchId, revision, step, windowMs: 30_000, seed: 'seed', floor: 0, voids: VOIDS };
    const fence = this.fence(queue);
    return [`advance ${JSON.stringify(request)}`, (bus) => bus.advance(fence, request)];
  }

  async next(): Promise<Move | Deed> {
    this.time = await this.scene.ask(this.scene.bus.clock());
    if (this.chance(this.share)) return this.instant();
    const snapshots = [await this.scene.snapshot('duel'), await this.scene.snapshot('other')];
    const move = this.onwards(snapshots);
    if (move) return move;
    const kinds = [
      'enter',
      'enter',
      'leave',
      'reply',
      'offer',
      'settle',
      'match',
      'match',
      'match',
      'read',
      'rest',
      'owner',
      'node',
      'node',
      'lead',
    ];
    switch (this.one(kinds)) {
      case 'enter':
        return this.enter();
      case 'leave': {
        const held = snapshots.flatMap(({ tickets }) => tickets);
        const record = this.chance(0.3) && held.length > 0 ? this.one(held) : undefined;
        const [node, ticket] = record ? [record.node, record.ticket] : [this.one(NODES), this.one(TICKETS)];
        return [`leave ${node} ${ticket}`, (bus) => bus.leave(node, ticket)];
      }
      case 'reply': {
        const offers = snapshots.flatMap((each) => each.offers);
        if (offers.length === 0) return this.enter();
        const { offerId, head, candidate } = this.one(offers);
        const ticket = this.chance(0.05) ? this.one(TICKETS) : this.one([head, candidate]);
        const said = this.chance(0.8) ? 'confirmed' : 'declined';
        return [`reply ${offerId} ${ticket} ${said}`, (bus) => bus.reply(offerId, ticket, said)];
      }
      case 'offer': {
        const { tickets } = this.one(snapshots as [never]) as (typeof snapshots)[0];
        const ids = this.chance(0.9) && tickets.length > 1 ? tickets.map(({ ticket }) => ticket) : TICKETS;
        const request = { offerId: this.one(OFFERS), head: this.one(ids), candidate: this.one(ids), windowMs: 20_000 };
        const fence = this.fence(tickets[0]?.queue);
        return [`offer ${fence.queue} ${JSON.stringify(request)}`, (bus) => bus.offer(fence, request)];
      }
      case 'settle': {
        const offers = snapshots.flatMap((each) => each.offers);
        const offer = offers.length > 0 ? this.one(offers) : undefined;
        const outcome = this.one(['match', 'match', 'headFailed', 'candidateFailed', 'bothFailed'] as const);
        const matchId = this.matchId();
        const offerId = offer?.offerId ?? this.one(OFFERS);
        const request = settling({
          offerId,
          outcome,
          matchId,
          challengeRoom: `s${matchId}`,
          ratedSameNode: this.chance(0.5),
          declines: DECLINES,
        });
        const fence = this.fence(offer?.queue);
        return [`settle ${fence.queue} ${JSON.stringify(request)}`, (bus) => bus.settle(fence, request)];
      }
      case 'match': {
        const open = snapshots.flatMap(({ matches }) => matches);
        const known =
          open.length > 0 && this.chance(0.9)
            ? this.one(open)
            : await this.scene.ask(this.scene.bus.match(this.one(MATCHES.slice(0, this.opened + 1))));
        return known ? this.ofMatch(known) : this.enter();
      }
      case 'owner':
        return this.command(snapshots);
      case 'node':
        return this.ofNode(snapshots);
      case 'lead':
        return this.lead();
      case 'read': {
        const [ticket, queue, player, matchId] = [
          this.one(TICKETS),
          this.one(QUEUES),
          this.one(PLAYERS),
          this.one(MATCHES.slice(0, this.opened + 1)),
        ];
        return this.one<Move>([
          [`ticket ${ticket}`, (bus) => bus.ticket(ticket)],
          [`standing ${ticket}`, (bus) => bus.standing(ticket)],
          [`rating ${queue} ${player}`, (bus) => bus.rating(queue, player)],
          [`log ${matchId}`, (bus) => bus.log(matchId, 2, 3)],
          ['lastSigns', (bus) => bus.lastSigns().pipe(map(inOrder))],
        ]);
      }
      default: {
        const tickets = snapshots.flatMap((each) => each.tickets);
        const { ticket, queue } = tickets.length > 0 ? this.one(tickets) : { ticket: 't0', queue: 'duel' };
        const fence = this.fence(queue);
        if (this.chance(0.5)) return [`release ${ticket}`, (bus) => bus.release(fence, ticket)];
        return [`drop ${ticket}`, (bus) => bus.drop(fence, ticket, 'its server "forgot" it')];
      }
    }
  }

  private async instant(): Promise<Move> {
    const { random, scene } = this;
    const recent = MATCHES.slice(Math.max(0, this.opened - 40), this.opened + 1);
    const matches = await scene.askAll(recent.map((id) => scene.bus.match(id)));
    const ended = matches.filter((match) => match?.stage === 'rated' || match?.stage === 'closed');
    const match = ended.length > 0 && this.chance(0.9) ? this.one(ended) : this.one(matches);
    return this.instants.next({ random, players: PLAYERS, nodes: NODES, queues: QUEUES, match, matchId: () => this.matchId() });
  }

  /** Who leads: most often somebody does, and somebody waits for it. */
  private async lead(): Promise<Deed> {
    const queue = this.one(QUEUES);
    if (this.chance(0.15)) return { name: 'all data is lost', does: (hands) => hands.lose() };
    const leader = await this.scene.ask(this.scene.bus.leader(queue));
    const node = leader && this.chance(0.3) ? leader.node : this.one(NODES);
    return { name: `${node} campaigns for ${queue}, or stops`, does: (hands) => hands.campaign(queue, node) };
  }

  /** What nodes say of themselves, and what is made of it. */
  private async ofNode(snapshots: readonly Snapshot[]): Promise<Move> {
    const [node, queue] = [this.one(NODES), this.one(QUEUES)];
    const boot = this.chance(0.8) ? 'boot-1' : this.one(BOOTS);
    const now = this.time;
    const matches = snapshots.flatMap((each) => each.matches);
    const match = matches.length > 0 ? this.one(matches) : undefined;
    const kinds = ['arrive', 'alive', 'alive', 'goodbye', 'wipe', 'vouch', 'holdings', 'holdings', 'report', 'agree', 'seats'];
    switch (this.one([...kinds, 'rejoin', 'rejoin'])) {
      case 'arrive': {
        const since = this.one([null, null, now, now - 5000, now + 1]);
        const protocol = this.chance(0.05) ? 2 : PROTOCOL_VERSION;
        const request = { protocol, node, boot, since, silenceMs: SILENCE_MS };
        return [`arrive ${JSON.stringify(request)}`, (bus) => bus.arrive(request)];
      }
      case 'alive': {
        const tally = tallyOf(TICKETS.slice(0, this.random.integer(0, 3)));
        const request = { node, boot, queue, ruleset: this.one(['', 'rules "é"']), tally, silenceMs: SILENCE_MS };
        if (this.chance(0.5)) Object.assign(request, { clockMs: now + 3000 });
        return [`alive ${JSON.stringify(request)}`, (bus) => bus.alive(request)];
      }
      case 'goodbye': {
        const rejoin = this.chance(0.5);
        return [`goodbye ${node} ${boot} ${rejoin}`, (bus) => bus.goodbye(node, boot, rejoin)];
      }
      case 'agree': {
        const hash = this.one(['h', 'g']);
        const secret = this.one(['', 'a']);
        const request = { queue, config: `{"hash":"${hash}"}`, hash, secret, node, unseenMs: this.one([0, 700, 10_000]) };
        return [`agree ${JSON.stringify(request)}`, (bus) => bus.agree(request)];
      }
      case 'seats': {
        const [of_, most, as] = [this.one(['open', 'rated'] as const), this.one([1, 2, 100]), this.one(BOOTS)];
        const [whose, where] = [match?.sides[0].node ?? node, match?.queue ?? queue];
        return [`seats ${whose} ${where} ${as} ${of_} ${most}`, (bus) => bus.seats(whose, where, as, of_, most)];
      }
      case 'rejoin': {
        const side = this.one<Side>([0, 1]);
        const [matchId, of_] = [match?.matchId ?? 'm0', this.chance(0.9) ? (match?.sides[side].node ?? node) : node];
        const sign = (await this.scene.ask(this.scene.bus.lastSigns())).find((each) => each.node === of_);
        const as = this.chance(0.8) ? (sign?.boot ?? boot) : boot;
        return [`rejoin ${matchId} ${side} ${of_} ${as}`, (bus) => bus.rejoin(matchId, side, of_, as)];
      }
      case 'wipe': {
        const fence = this.fence(queue);
        const since = now + this.one([-60_000, 0, 1]);
        return [`wipe ${queue} ${node} ${since}`, (bus) => bus.wipe(fence, node, since)];
      }
      case 'vouch': {
        const side = this.one<Side>([0, 1]);
        const [matchId, of_] = [match?.matchId ?? 'm0', this.chance(0.9) ? (match?.sides[side].node ?? node) : node];
        const turns = (match?.turns ?? 0) + this.one([0, 0, -1, 1]);
        return [`vouch ${matchId} ${side} ${of_} ${turns}`, (bus) => bus.vouch(matchId, side, of_, turns)];
      }
      case 'holdings': {
        const request = { node, boot, queue, after: this.chance(0.7) ? '' : this.one(TICKETS), most: this.one([1, 2, 100]) };
        return [`holdings ${JSON.stringify(request)}`, (bus) => bus.holdings(request)];
      }
      default: {
        const known = this.chance(0.6) ? match?.matchId : 'never opened';
        const matchId = known ?? this.one(MATCHES.slice(0, this.opened + 1));
        const request = { id: `r${this.random.integer(0, 50)}`, kind: 'StoreLost', detail: this.one(TEXTS).slice(0, 1024) };
        const about = {
          ...{
            queue,
            matchId,
            stage: this.one([null, 'battle'] as const),
            actors: [this.one(PLAYERS)],
            nodes: this.one([[], [node]]),
          },
          ...{ log: this.one([null, 'battles/é.json']), agoMs: this.one([0, 1234.5, 1e12, -7]) },
        };
        return [`report ${JSON.stringify({ ...request, ...about })}`, (bus) => bus.report({ ...request, ...about })];
      }
    }
  }

  /** Submitted and executed, or executed as it was submitted before. */
  private command(snapshots: readonly Snapshot[]): Move {
    const queue = this.one(QUEUES);
    const tickets = snapshots.flatMap((each) => each.tickets);
    const matches = snapshots.flatMap((each) => each.matches);
    const [player, node, reason] = [this.one(PLAYERS), this.one(NODES), this.one(['', 'a "reason" / \n é'])];
    const ticket = tickets.length > 0 ? this.one(tickets) : undefined;
    const match = matches.length > 0 ? this.one(matches) : undefined;
    const command = this.one<Command>([
      { kind: 'void', queue: match?.queue ?? queue, matchId: match?.matchId ?? 'm0', reason },
      { kind: 'remove', queue: ticket?.queue ?? queue, whom: ticket?.ticket ?? player, reason },
      { kind: 'remove', queue: match?.queue ?? queue, whom: match?.sides[1].actor.id ?? player, reason },
      { kind: 'bar', player, until: this.one([null, 1_700_000_100_000, 1_700_005_000_000]), reason },
      { kind: 'allow', player },
      { kind: 'elo', queue, player, elo: this.one([1000, 1500.51, -3]), reason },
      { kind: this.one(['drain', 'block'] as const), node, reason },
      { kind: this.one(['undrain', 'unblock'] as const), node },
      { kind: 'config', queue, config: '{"a":[]}', hash: 'h' },
      { kind: 'season', queue, name: this.one(['spring', 'summer']) },
    ]);
    const id = `c${this.random.integer(0, 200)}`;
    const fence = this.fences.get(queueOf(command) ?? queue) as Fence;
    const ask = (bus: Bus): Observable<unknown> =>
      bus.submit({ id, who: 'owner', command, forMs: 60_000 }).pipe(
        concatMap((answer) => {
          if (!('submitted' in answer)) return of(answer);
          const of_ = queueOf(answer.submitted.command);
          const right = of_ === null || of_ === fence.queue ? fence : (this.fences.get(of_) as Fence);
          return bus.execute(right, answer.submitted);
        }),
      );
    return [`command ${id} ${JSON.stringify(command)}`, ask];
  }

  private enter(): Move {
    const id = this.one(PLAYERS);
    const members = this.chance(0.7) ? [id] : [...new Set([this.one(PLAYERS), this.one(PLAYERS)])];
    const blocks = this.chance(0.5) ? [] : ['zoë "\\/'];
    const first = this.time + this.one([-5000, 0, 1]);
    const request = entering(id, {
      boot: this.chance(0.95) ? 'boot-1' : this.one(BOOTS),
      move: this.chance(0.2),
      // A ticket that was lost, as its node says.
      ...(this.chance(0.1)
        ? { again: { firstConsidered: first, under: this.one([0, Number.MAX_SAFE_INTEGER]), elo: this.one([990, 1016]) } }
        : {}),
      ...{ ticket: this.one(TICKETS), queue: this.one(QUEUES), node: this.one(NODES), maxWaiting: this.one([3, 100]) },
      actor: { ...actorOf(id, members), blocks },
      elo: this.chance(0.5) ? null : this.one([0, 1000, 1000.3, 1234.015625, 999999.984375, -3.25]),
      initialElo: this.one([1000, 1000.1]),
      partyElo: this.one(['mean', 'max'] as const),
    });
    return [`enter ${JSON.stringify(request)}`, (bus) => bus.enter(request)];
  }

  private ofMatch({ matchId, stage, sides, revision, queue, lastEntryAt }: MatchRecord): Move {
    const side = this.one<Side>([0, 1]);
    const node = this.chance(0.95) ? sides[side].node : this.one(NODES);
    const text = this.one(TEXTS);
    const right = { joining: 'joined', teams: 'team', validating: 'judge', battle: 'battle', rated: 'takeElo' } as Record<
      string,
      string
    >;
    const any = ['joined', 'team', 'judge', 'battle', 'takeElo', 'leave'];
    const ofStage = this.chance(0.85) ? (right[stage] ?? this.one(any)) : this.one(any);
    const what = this.chance(0.35) ? 'advance' : ofStage;
    const named = (name: string, ask: Move[1]): Move => [`${name} ${matchId} ${side} ${node} ${text.slice(0, 20)}`, ask];
    switch (what) {
      case 'joined':
        return named('joined', (bus) => bus.joined(matchId, side, node));
      case 'team':
        return named('team', (bus) => bus.team(matchId, side, node, text));
      case 'judge': {
        const refusal = this.chance(0.1) ? ({ code: 'TimeoutError', reason: text } as const) : null;
        return named(`judge ${refusal === null}`, (bus) => bus.judge(matchId, side, node, refusal));
      }
      case 'battle': {
        const counter = this.random.integer(0, 6);
        const winner = this.one([0, 1, 'draw'] as const);
        if (this.chance(0.7))
          return named(`append ${counter}`, (bus) => bus.append(matchId, side, node, counter, text, text.slice(0, 130)));
        return named(`over ${winner}`, (bus) => bus.over(matchId, side, node, winner, text.slice(0, 129)));
      }
      case 'takeElo':
        return named('takeElo', (bus) => bus.takeElo(matchId, side, node));
      case 'leave':
        return named('leave', (bus) => bus.leave(node, sides[side].ticket));
      default: {
        const step = this.step(stage, text, lastEntryAt);
        const request = {
          ...{ matchId, revision: this.chance(0.95) ? revision : revision - 1, step, windowMs: this.one([0, 30_000]) },
          // A character is whole, as in everything that the product says.
          ...{ seed: [...text].slice(0, 20).join(''), floor: this.one([0, 100.5]) },
        };
        const fence = this.fence(queue);
        return [`advance ${fence.queue} ${JSON.stringify(request).slice(0, 300)}`, (bus) => bus.advance(fence, request)];
      }
    }
  }

  private step(stage: string, detail: string, lastEntryAt: number): Step {
    const forward = { joining: 'teams', teams: 'validating', validating: 'battle', battle: 'rated', rated: 'closed' } as Record<
      string,
      Step['to']
    >;
    const to = this.chance(0.75)
      ? (forward[stage] ?? 'void')
      : this.one<Step['to']>(['teams', 'cancelled', 'void', 'rated', 'closed']);
    if (to === 'rated')
      return this.one<Step>([
        { to, score: 1, delta: 16 },
        { to, score: 0, delta: -7 },
        { to, score: 0.5, delta: 0 },
      ]);
    if (to === 'cancelled') return { to, failed: this.one<readonly Side[]>([[0], [1], [0, 1], []]), late: this.chance(0.5) };
    if (to === 'void')
      return {
        ...{ to, reason: this.one(['TimeoutError', 'ValidationError'] as const), detail, against: null },
        idleSince: this.one([null, null, lastEntryAt, lastEntryAt + 1]),
      };
    return { to } as Step;
  }
}

/** No bus says in which order. */
export const inOrder = (signs: readonly SignRecord[]): SignRecord[] => [...signs].sort((a, b) => (a.node < b.node ? -1 : 1));
