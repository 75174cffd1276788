/** A walk that is the same every time, and comes by every message that a script says. */
import type { Fence } from '../../../bus/bus.ts';
import type { Side } from '../../../bus/messages.ts';
import type { MatchRecord, Step } from '../../../bus/records.ts';
import { tallyOf } from '../../../bus/tally.ts';
import { entering, type Scene, STEPS, settling } from '../conformance/scene.ts';
import type { Move } from './move.ts';
import { again, claimed, wanted } from './walk-instants.ts';

const SIDES: readonly Side[] = [0, 1];
const NODE = ['A', 'B'] as const;

/** `scene`: as the embedded bus has it. Each move is made before the next one is asked for. */
export async function* tour(scene: Scene, fence: Fence): AsyncGenerator<Move> {
  let offers = 0;
  const enter = (player: string, ticket: string, side: Side): Move => {
    const request = entering(player, { ticket, node: NODE[side] });
    return [`enter ${ticket}`, (bus) => bus.enter(request)];
  };
  const reply = (offerId: string, ticket: string, said: 'confirmed' | 'declined'): Move => [
    `reply ${offerId} ${ticket} ${said}`,
    (bus) => bus.reply(offerId, ticket, said),
  ];
  const offered = (head: string, candidate: string): [offerId: string, move: Move] => {
    const request = { offerId: `o${offers++}`, head, candidate, windowMs: 20_000 };
    return [request.offerId, [`offer ${request.offerId}`, (bus) => bus.offer(fence, request)]];
  };
  const advance = async (matchId: string, step: Step): Promise<Move> => {
    const { revision } = await scene.match(matchId);
    const request = { matchId, revision, step, windowMs: 30_000, seed: 'seed', floor: 0 };
    return [`advance ${matchId} to ${step.to}`, (bus) => bus.advance(fence, request)];
  };
  async function* opened(matchId: string, tickets: readonly [string, string]): AsyncGenerator<Move> {
    const [offerId, offer] = offered(...tickets);
    yield offer;
    for (const ticket of tickets) yield reply(offerId, ticket, 'confirmed');
    const request = settling({ offerId, outcome: 'match', matchId, challengeRoom: `s${matchId}` });
    yield [`settle ${offerId}`, (bus) => bus.settle(fence, request)];
  }
  async function* toValidating(matchId: string): AsyncGenerator<Move> {
    for (const side of SIDES) yield [`joined ${side}`, (bus) => bus.joined(matchId, side, NODE[side])];
    yield await advance(matchId, STEPS.teams);
    for (const side of SIDES) yield [`team ${side}`, (bus) => bus.team(matchId, side, NODE[side], 'team "π"')];
    yield await advance(matchId, STEPS.validating);
  }

  yield enter('joe', 't0', 0);
  yield enter('jeff', 't1', 1);
  const [offerId, offer] = offered('t0', 't1');
  yield offer;
  yield reply(offerId, 't0', 'confirmed');
  yield reply(offerId, 't1', 'declined');
  const failed = settling({ offerId, outcome: 'candidateFailed', matchId: 'none', challengeRoom: 'none' });
  yield ['settle', (bus) => bus.settle(fence, failed)];
  yield ['release t0', (bus) => bus.release(fence, 't0')];
  yield ['leave t0', (bus) => bus.leave('A', 't0')];

  yield enter('joe', 't2', 0);
  yield enter('jeff', 't3', 1);
  yield* opened('m0', ['t2', 't3']);
  yield ['leave t3', (bus) => bus.leave('B', 't3')];
  yield await advance('m0', { to: 'cancelled', failed: [1], late: false });

  yield enter('jeff', 't4', 1);
  yield* opened('m1', ['t2', 't4']);
  yield* toValidating('m1');
  for (const side of SIDES) yield [`judge ${side}`, (bus) => bus.judge('m1', side, NODE[side], null)];
  yield await advance('m1', STEPS.battle);
  yield ['append', (bus) => bus.append('m1', 0, 'A', 1, 'move "1"', 'digest')];
  for (const side of SIDES) yield [`over ${side}`, (bus) => bus.over('m1', side, NODE[side], 0, 'end')];
  yield await advance('m1', STEPS.rated);
  for (const side of SIDES) yield [`takeElo ${side}`, (bus) => bus.takeElo('m1', side, NODE[side])];

  yield enter('bob', 't5', 0);
  yield enter('janet', 't6', 1);
  yield* opened('m2', ['t5', 't6']);
  yield* toValidating('m2');
  yield ['judge', (bus) => bus.judge('m2', 1, 'B', { code: 'ValidationError', reason: 'six of a kind' })];
  yield await advance('m2', STEPS.void);

  yield enter('bob', 't7', 0);
  yield enter('janet', 't8', 1);
  yield* opened('m3', ['t7', 't8']);
  yield* toValidating('m3');
  yield ['vouch', (bus) => bus.vouch('m3', 0, 'A', 99)];

  yield enter('alice', 't9', 0);
  yield enter('carol', 't10', 1);
  yield* opened('m4', ['t9', 't10']);
  yield* toValidating('m4');
  for (const side of SIDES) yield [`judge ${side}`, (bus) => bus.judge('m4', side, NODE[side], null)];
  yield await advance('m4', STEPS.battle);
  yield ['arrive', (bus) => bus.arrive({ node: 'A', boot: 'boot-2', since: null, silenceMs: 60_000, protocol: 1 })];
  yield ['rejoin', (bus) => bus.rejoin('m4', 0, 'A', 'boot-2')];

  const now = async (matchId: string): Promise<MatchRecord> => scene.match(matchId);
  for (const [player, ticket, side] of [
    ['erin', 'i0', 0],
    ['frank', 'i1', 1],
  ] as const) {
    const request = wanted(player, ticket, NODE[side], side === 0 ? { boot: 'boot-2' } : {});
    yield [`request ${ticket}`, (bus) => bus.requestInstantMatch(request)];
  }
  yield ['rebroadcast', (bus) => bus.rebroadcastInstantMatch('i1', 'B', 'boot-1')];
  yield ['renew', (bus) => bus.renewInstantMatch('i1', 'B', 'boot-1')];
  yield claimed('i0', 'i1', 'B', 'm5');
  yield* toValidating('m5');
  for (const side of SIDES) {
    const { node } = (await now('m5')).sides[side];
    yield [`judge ${side}`, (bus) => bus.judge('m5', side, node, null)];
  }
  yield await advance('m5', STEPS.battle);
  for (const side of SIDES) yield [`over ${side}`, (bus) => bus.over('m5', side, NODE[side], 0, 'end')];
  yield await advance('m5', STEPS.rated);
  for (const side of SIDES) {
    const request = { ...again(await now('m5'), side, `i${2 + side}`, `m${6 + side}`), boot: side === 0 ? 'boot-2' : 'boot-1' };
    yield [`rematch ${side}`, (bus) => bus.rematch(request)];
  }
  yield enter('gina', 't11', 1);
  const moved = wanted('gina', 'i4', 'B', { move: true });
  yield ['moved', (bus) => bus.requestInstantMatch(moved)];

  const sign = { node: 'A', boot: 'boot-2', queue: 'duel', ruleset: 'rules', tally: tallyOf(['t0']), silenceMs: 60_000 };
  yield ['alive', (bus) => bus.alive(sign)];
  yield ['goodbye', (bus) => bus.goodbye('A', 'boot-2', false)];
}
