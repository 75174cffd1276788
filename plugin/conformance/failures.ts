/** What may go wrong on the way: each tried out on two servers of its own. */
import { lastValueFrom } from 'rxjs';
import type { BattleEnd } from '../battle-actor.ts';
import { Broken, type CheckName } from './adapter.ts';
import { differenceIn, type Held } from './match.ts';
import type { SeenBattle } from './spy.ts';
import { asksOf, Stage, type StageOptions } from './stage.ts';

export interface Trial {
  readonly name: CheckName;
  readonly given?: Pick<StageOptions, 'times' | 'instead'>;
  run(stage: Stage): Promise<Held>;
}

/** So long nothing happens where something is to be too late. */
const SHORT_MS = 300;
const NOBODY_ASKS = { skipped: 'the game asks nobody: there is no answer' };
const TIDY = 'Ask for the end with opponent.onEnd in battle, and let go of the battle there, whatever the end is.';

/** What the other server may send: whatever it likes. */
const FOREIGN = [
  '',
  '\0',
  '{"a":',
  '__proto__',
  'constructor',
  '🂡'.repeat(100),
  `>${'x'.repeat(2000)}\n>forcewin p1`,
  '[[1],{}]',
];

async function endsAs(stage: Stage, battle: SeenBattle, kind: BattleEnd['kind'], what: string): Promise<void> {
  await stage.until(`${what}: onEnd`, () => battle.end !== undefined);
  if (battle.end?.kind !== kind) throw new Broken(`${what}: the battle ended as ${JSON.stringify(battle.end)}`, TIDY);
}

/** Nobody plays on where the battle is over, but players try to. */
function triesOn(stage: Stage): void {
  const { a } = stage;
  stage.hand(a, 'play', () => a.adapter.play(a.player));
  if (a.adapter.forfeit) stage.hand(a, 'forfeit', () => a.adapter.forfeit?.(a.player));
}

export const TRIALS: readonly Trial[] = [
  {
    name: 'again',
    async run(stage) {
      for (const number of [1, 2]) {
        await stage.begin(number);
        await stage.playOut(number);
        for (const side of stage.sides) {
          const end = side.spy.battles[number - 1]?.end;
          if (end?.kind !== 'elo')
            throw new Broken(`match ${number} of the same two ended as ${JSON.stringify(end)} on server ${side.server}`, TIDY);
          await stage.told(side, 'elo', number);
        }
      }
      return 'the same two play a second match';
    },
  },
  {
    name: 'declined',
    async run(stage) {
      if (!stage.a.adapter.answer) return NOBODY_ASKS;
      await stage.queue(stage.a, stage.b);
      await stage.until('both are asked', () => stage.sides.every((side) => asksOf(side) === 1));
      stage.answer(stage.b, true);
      stage.answer(stage.a, false);
      await stage.until('A hears of it', () => stage.a.spy.told.some(({ kind }) => kind === 'withdrawn' || kind === 'matched'));
      if (stage.a.spy.told.some(({ kind }) => kind === 'matched'))
        throw new Broken(`${stage.a.player} declined, and was matched`, 'Let accept answer false when the player declines.');
      await stage.told(stage.b, 'back');
      return 'who declines is out of the queue, the other one is back in it';
    },
  },
  {
    name: 'unanswered',
    given: { times: { offerMs: SHORT_MS } },
    async run(stage) {
      if (!stage.a.adapter.answer) return NOBODY_ASKS;
      await stage.queue(stage.a, stage.b);
      await stage.told(stage.a, 'withdrawn');
      const early = stage.a.spy.asked.find(({ what }) => what === 'accept')?.answers ?? [];
      if (early.length > 0)
        throw new Broken(
          `accept answered ${String(early[0])} for a player who has not answered`,
          'Answer nothing where the player does not: Jaeger keeps the time.',
        );
      stage.answer(stage.a, true);
      if (stage.of(stage.a, 'matched').length > 0)
        throw new Broken('an answer that came too late counted', 'Take the question back when accept is over.');
      return 'who does not answer is out of the queue, and an answer that comes too late changes nothing';
    },
  },
  {
    name: 'answeredTwice',
    async run(stage) {
      if (!stage.a.adapter.answer) return NOBODY_ASKS;
      await stage.queue(stage.a, stage.b);
      for (const side of stage.sides) {
        await stage.until(`${side.player} is asked`, () => asksOf(side) === 1);
        stage.answer(side, true);
        stage.answer(side, false);
      }
      await stage.until('the battle begins', () => stage.sides.every(({ spy }) => spy.battles.length === 1));
      return 'who accepts and then declines has accepted';
    },
  },
  {
    name: 'cancelled',
    given: { times: { joinMs: SHORT_MS } },
    async run(stage) {
      const { a, b } = stage;
      b.node.events$.subscribe(({ kind }) => {
        if (kind === 'replied') b.kill();
      });
      await stage.queue(a, b);
      for (const side of [a, b]) {
        await stage.until(`${side.player} is asked`, () => asksOf(side) === 1);
        stage.answer(side, true);
      }
      await stage.told(a, 'back');
      if (a.spy.battles.length > 0)
        throw new Broken('a battle began without the other server', 'Begin it in battle, and nowhere else.');
      return 'where the other server does not come, the player is back in the queue';
    },
  },
  {
    name: 'refused',
    given: { instead: { validate: () => 'not by the rules of this server' } },
    async run(stage) {
      await stage.meet();
      await stage.told(stage.a, 'void');
      if (stage.a.spy.battles.length > 0)
        throw new Broken('a battle began that the other server refused', 'Begin it in battle, and nowhere else.');
      return 'a team that the other server refuses: the match is void';
    },
  },
  {
    name: 'foreignTeam',
    given: { instead: { team: () => `\0{"__proto__":[1,\n${'|'.repeat(500)}` } },
    async run(stage) {
      await stage.meet();
      await stage.until('validate answers on server A, whatever the team of the other server is', () =>
        stage.a.spy.asked.some(({ what, answers }) => what === 'validate' && answers.length > 0),
      );
      await stage.until('the match goes on, or is void', () =>
        stage.sides.every(({ spy }) => spy.battles.length > 0 || spy.told.some(({ kind }) => kind === 'void')),
      );
      return 'a team that is no team is judged like any other';
    },
  },
  {
    name: 'foreignInput',
    async run(stage) {
      const [one, two] = await stage.begin();
      for (const data of FOREIGN) two.actor.send(data);
      const isIn = ({ turns, end }: SeenBattle): boolean => end !== undefined || turns.length >= FOREIGN.length;
      await stage.until('inputs that mean nothing are applied', () => isIn(one) && isIn(two));
      await stage.playOut();
      const found = differenceIn(one.digests, two.digests);
      if (found)
        throw new Broken(
          `an input that means nothing parts the two battles after turn ${found.turn}`,
          'What the rules do not allow changes nothing, on both servers.',
        );
      const isRefused = one.end?.kind === 'void' && one.end.reason === 'ValidationError';
      if (one.end?.kind !== 'elo' && !isRefused)
        throw new Broken(
          `the battle ended as ${JSON.stringify(one.end)}`,
          'What the rules do not allow changes nothing, or is refused with opponent.refuse.',
        );
      return isRefused ? 'inputs that mean nothing are refused' : 'inputs that mean nothing change nothing';
    },
  },
  {
    name: 'undo',
    async run(stage) {
      const { a } = stage;
      if (!a.adapter.undo) return { skipped: 'nothing can be taken back in this game' };
      const [one, two] = await stage.begin();
      for (let time = 0; time < 3; time++) {
        stage.hand(a, 'play', () => a.adapter.play(a.player));
        stage.hand(a, 'undo', () => a.adapter.undo?.(a.player));
      }
      await stage.playOut();
      const found = differenceIn(one.digests, two.digests);
      if (found)
        throw new Broken(
          `the two battles differ after turn ${found.turn}, by what was taken back`,
          'Let what takes an input back be an input itself.',
        );
      if (one.end?.kind !== 'elo')
        throw new Broken(`the battle ended as ${JSON.stringify(one.end)}`, 'Let what takes an input back be an input itself.');
      return 'what is taken back is taken back on both servers';
    },
  },
  {
    name: 'forfeit',
    async run(stage) {
      const { b } = stage;
      if (!b.adapter.forfeit) return { skipped: 'nobody can give up in this game' };
      const [one, two] = await stage.begin();
      stage.hand(b, 'forfeit', () => b.adapter.forfeit?.(b.player));
      await stage.until('a battle that was given up ends', () => one.end !== undefined && two.end !== undefined);
      for (const { end } of [one, two])
        if (end?.kind !== 'elo' || end.winner !== one.setup.side)
          throw new Broken(
            `${b.player} gave up, and it ended as ${JSON.stringify(end)}`,
            'Let giving up be an input that loses on both servers, or call opponent.forfeit.',
          );
      return 'who gives up has lost, on both servers';
    },
  },
  {
    name: 'away',
    given: { times: { reconnectMs: SHORT_MS, secondResultMs: SHORT_MS } },
    async run(stage) {
      const [one, two] = await stage.begin();
      two.actor.dropped();
      await stage.told(stage.a, 'opponentAway');
      await endsAs(stage, one, 'elo', 'the opponent does not come back');
      triesOn(stage);
      return 'an opponent who stays away has lost';
    },
  },
  {
    name: 'idle',
    given: { times: { idleMs: SHORT_MS } },
    async run(stage) {
      const [one] = await stage.begin();
      await endsAs(stage, one, 'void', 'nobody plays');
      triesOn(stage);
      return 'a battle in which nobody plays is void';
    },
  },
  {
    name: 'void',
    async run(stage) {
      const [one, two] = await stage.begin();
      stage.hand(stage.a, 'play', () => stage.a.adapter.play(stage.a.player));
      two.actor.refuse('tried out');
      await endsAs(stage, one, 'void', 'the other server refuses to go on');
      await stage.told(stage.a, 'void');
      triesOn(stage);
      return 'a battle that is void in its middle is let go of';
    },
  },
  {
    name: 'lost',
    given: { times: { heartbeatMs: SHORT_MS, silenceMs: 2 * SHORT_MS } },
    async run(stage) {
      const [one] = await stage.begin();
      stage.b.kill();
      await endsAs(stage, one, 'void', 'the other server is lost');
      await stage.told(stage.a, 'void');
      triesOn(stage);
      return 'a battle whose other server is lost is void';
    },
  },
  {
    name: 'stopWaiting',
    async run(stage) {
      await stage.queue(stage.a);
      await lastValueFrom(stage.a.node.stop(), { defaultValue: undefined });
      await stage.told(stage.a, 'withdrawn');
      return 'who waits on a server that stops is told';
    },
  },
  {
    name: 'stopPlaying',
    async run(stage) {
      const [one] = await stage.begin();
      await lastValueFrom(stage.a.node.stop(), { defaultValue: undefined });
      await endsAs(stage, one, 'stopped', 'the server stops');
      triesOn(stage);
      await stage.told(stage.b, 'void');
      return 'a server that stops lets go of its battles';
    },
  },
];

export async function tried({ run, given = {} }: Trial, options: StageOptions): Promise<Held> {
  const stage = new Stage({ ...options, ...given });
  try {
    await stage.start();
    const held = await run(stage);
    stage.faulted();
    return held;
  } finally {
    await stage.stop();
  }
}
