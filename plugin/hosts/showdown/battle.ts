/**
 * A ranked battle in a room of this server, mirrored.
 *
 * Everything that goes into the simulator passes `battle.stream.write`: what the local player does goes into the match's log instead, and what comes
 * back from there, of either player, goes in, one input after the other. Everything that comes out passes `battle.receive`: of it the digest is made.
 */
import type { Hash } from 'node:crypto';
import { crypto } from '../../../bus/pieces.ts';
import type { BattleEnd, BattleSetup, BattleTurn, ControllableBattleActor, TextKey, Texts, TextValues } from '../../index.ts';
import { Choices } from './choices.ts';
import { isRandom, randomTeam, simulatorSeed } from './formats.ts';
import { languageOf } from './language.ts';
import { type BattlePlayer, type BattleRoom, type Lines, type ShowdownBattle, type ShowdownUser, server } from './server.ts';
import { type StandIn, standIn } from './stand-in.ts';

/** Lines that tell the wall clock's time, or what the players are called here. */
const NOT_OF_THE_BATTLE = /^\|(?:t:|player|win|inactive|inactiveoff|title|j|l|n|c|c:|raw|html|message|-message)(?:\||$)/;
/** Names a side by its player. */
const OF_A_SIDE = /^(\|-(?:side|swapside|candynamax)[^|]*\|p[12]): [^|]*/;
const CHAT = 'chat|';
const MOST_CHAT = 300;
/** What staff may not do to a battle that another server plays too. */
const CHANGES = new Set(['forcewin', 'forcetie', 'tiebreak', 'eval', 'editbattle', 'reseed', 'player', 'start']);
/** What only asks. */
const QUESTIONS = new Set(['chat-inputlogonly', 'requestlog', 'requestexport', 'requestteam', 'version', 'version-origin']);

export interface MirrorOptions {
  readonly setup: BattleSetup;
  readonly opponent: ControllableBattleActor;
  readonly user: ShowdownUser;
  /** Is what the players say in the room shown on the other server too? */
  readonly chat: boolean;
  readonly texts: Texts;
  /** Has the local player given it up before it opened? */
  readonly isGivenUp: boolean;
}

/** Opens the room. Throws when the server does not want to. */
export function mirror(options: MirrorOptions): void {
  const { setup, user, texts } = options;
  const { queue, seed, sides, side, teams } = setup;
  const other = sides[side === 0 ? 1 : 0];
  const remote = standIn(other.name, other.node);
  try {
    const players = ([0, 1] as const).map((each) => ({
      user: each === side ? user : remote.user,
      team: isRandom(queue) ? randomTeam(queue, seed, each) : teams[each],
      rating: Math.round(sides[each].elo),
    }));
    const room = server().Rooms.createBattle({
      ...{ format: queue, seed: simulatorSeed(seed), players },
      // Rated here would be rated by the server's own ladder.
      ...{ rated: 0, challengeType: 'rated', allowRenames: false },
      ratedMessage: texts.say(setup.rated ? 'ranked' : 'notRanked', {}, languageOf(user)),
    });
    if (!room) throw new Error('the server opens no battles now');
    new MirroredBattle(options, room, remote).begin();
  } catch (error) {
    remote.dismiss();
    throw error;
  }
}

class MirroredBattle {
  private readonly options: MirrorOptions;
  private readonly room: BattleRoom;
  private readonly battle: ShowdownBattle;
  private readonly remote: StandIn;
  private readonly own: BattlePlayer;
  private readonly other: BattlePlayer;
  private readonly choices: Choices;
  private readonly hash: Hash = crypto().createHash('sha256');
  private readonly write: (chunk: string) => unknown;
  /** What came before is applied. */
  private last: Promise<unknown> = Promise.resolve();
  private winner: 0 | 1 | 'draw' | undefined;
  private isClosed = false;
  /** Its room was done away with. */
  private isDestroyed = false;

  constructor(options: MirrorOptions, room: BattleRoom, remote: StandIn) {
    const { setup, opponent, texts, user } = options;
    this.options = options;
    this.room = room;
    this.remote = remote;
    this.battle = room.battle;
    const { p1, p2, stream } = this.battle;
    [this.own, this.other] = setup.side === 0 ? [p1, p2] : [p2, p1];
    this.write = stream.write.bind(stream);
    const { own } = this;
    this.choices = new Choices({
      send: (line) => opponent.send(line),
      request: () => own.request.rqid,
      stands: () => own.request.isWait === 'cantUndo',
      tooLate: () => own.sendRoom(`|error|[Invalid choice] ${texts.say('tooLate', {}, languageOf(user))}`),
    });
  }

  begin(): void {
    const { battle, own, options } = this;
    const { opponent, chat, user: player, isGivenUp } = options;
    const { receive, onJoin, onLeave, onChatMessage, destroy } = battle;
    battle.stream.write = (chunk) => this.asked(chunk);
    battle.receive = (lines) => {
      this.received(lines);
      receive.call(battle, lines);
      if (lines[0] === 'sideupdate' && lines[1] === own.slot && lines[2]?.startsWith('|error|')) this.choices.refused();
    };
    battle.onLeave = (user, oldId) => {
      onLeave.call(battle, user, oldId);
      if ((oldId ?? user.id) === own.id) opponent.dropped();
    };
    battle.onJoin = (user) => {
      onJoin.call(battle, user);
      if (user.id === own.id) opponent.returned();
    };
    battle.onChatMessage = (text, user) => {
      onChatMessage.call(battle, text, user);
      if (chat && user.id === own.id && !user.locked) opponent.send(CHAT + text.slice(0, MOST_CHAT));
    };
    battle.leaveGame = (user) => {
      user.popup(options.texts.say('swapped', {}, languageOf(user)));
      return false;
    };
    battle.destroy = () => {
      this.isDestroyed = true;
      destroy.call(battle);
      opponent.refuse('the room of the battle was closed');
      this.remote.dismiss();
    };
    this.timed();
    opponent.onTurn((turn) => {
      const applied = this.last.then(() => this.apply(turn));
      // A failure is this turn's; the next ones say so too.
      this.last = applied.catch(() => undefined);
      return applied;
    });
    opponent.onEnd((end) => this.last.then(() => this.close(end)));
    opponent.onAbandoned(() => battle.forfeitPlayer(own, ` ${this.text('stayedAway', {})}`));
    if (isGivenUp) battle.forfeitPlayer(own);
    else if (!player.connected) opponent.dropped();
  }

  /** Each server's timer judges its own player. */
  private timed(): void {
    const { battle, own, other } = this;
    const { timer } = battle;
    timer.checkTimeout = () => {
      // The other one's server says when its time is over; until then it has a little left.
      other.secondsLeft = Math.max(other.secondsLeft, 5);
      other.turnSecondsLeft = Math.max(other.turnSecondsLeft, 5);
      if (own.eliminated || own.turnSecondsLeft > 0) return false;
      if (timer.settings.timeoutAutoChoose && own.secondsLeft > 0 && own.knownActive)
        this.choices.choose(`>${own.slot} default`, `>${own.slot} undo`);
      else battle.forfeitPlayer(own, ` ${this.text('inactive', {})}`);
      return true;
    };
    timer.start();
  }

  /** Something of this server wants to tell the simulator something. */
  private asked(chunk: string): unknown {
    const { own, options } = this;
    const [, type = '', rest = ''] = /^>(\S+) ?([\s\S]*)$/.exec(chunk) ?? [];
    if (QUESTIONS.has(type)) return this.write(chunk);
    if (this.isClosed) return undefined;
    const undoLine = `>${own.slot} undo`;
    if (type === own.slot) {
      if (rest === 'undo') this.choices.undo(undoLine);
      else this.choices.choose(chunk.replace(/[\r\n]+/g, ' '), undoLine);
    } else if (type === 'forcelose' && rest === own.slot) options.opponent.send(chunk);
    else if (CHANGES.has(type)) this.say(`|error|${this.text('byHand', {})}`);
    return undefined;
  }

  private received(lines: Lines): void {
    if (lines[0] === 'update') {
      for (const line of lines.slice(1))
        if (!NOT_OF_THE_BATTLE.test(line)) this.hash.update(`${line.replace(OF_A_SIDE, '$1')}\n`);
    } else if (lines[0] === 'end') {
      const { winner } = JSON.parse(lines[1] ?? '{}') as { winner?: string };
      const { p1, p2 } = this.battle;
      this.winner = winner === p1.name ? 0 : winner === p2.name ? 1 : 'draw';
    } else if (lines[0] === 'error') this.options.opponent.refuse('the simulator crashed');
  }

  /** Puts an input of the log into the simulator; returns the digest of all that came out by then. */
  private async apply({ side, data }: BattleTurn): Promise<string | undefined> {
    const { options, own, other, battle } = this;
    const { opponent, setup } = options;
    const player = side === setup.side ? own : other;
    if (this.isClosed || this.isDestroyed || this.winner !== undefined) return undefined;
    if (data.startsWith(CHAT)) {
      if (player === other) this.heard(data.slice(CHAT.length));
      return undefined;
    }
    const [, what, loser] = /^>(?:(p[12] [^\r\n]{1,1000})|forcelose (p[12]))$/.exec(data) ?? [];
    if ((loser ?? what?.slice(0, 2)) !== player.slot) {
      opponent.refuse(`${player.slot} sent what is no input of its own`);
      return undefined;
    }
    const isUndo = what === `${player.slot} undo`;
    if (player === other) {
      if (loser) this.say(`|-message|${this.text('forfeited', { name: other.name })}`);
      else if (other.request.isWait !== 'cantUndo') other.request.isWait = !isUndo;
    }
    this.write(data);
    await this.answered();
    if (this.isDestroyed) return undefined;
    if (isUndo && player === own) this.choices.undone();
    const digest = this.hash.copy().digest('hex').slice(0, 32);
    if (this.winner !== undefined) opponent.over(this.winner, digest);
    else if (battle.ended) opponent.refuse('the battle was ended by hand');
    return digest;
  }

  /** Resolves when the simulator has answered to all that it was told, or never will: whether it runs here or in a process of its own, it answers in order. */
  private answered(): Promise<void> {
    const { battle, own } = this;
    return new Promise((resolve, reject) => {
      battle.dataResolvers ??= [];
      battle.dataResolvers.push([() => resolve(), (error) => (this.isDestroyed ? resolve() : reject(error))]);
      this.write(`>requestteam ${own.slot}`);
    });
  }

  private heard(text: string): void {
    const said = text.replace(/[\r\n]+/g, ' ').slice(0, MOST_CHAT);
    this.say(`|c|☆${this.other.name}|${said.startsWith('/') || said.startsWith('!') ? ` ${said}` : said}`);
  }

  /** In the language of the player of this server, whose room it is. */
  private text<K extends TextKey>(key: K, values: TextValues<K>): string {
    return this.options.texts.say(key, values, languageOf(this.options.user));
  }

  private reasonOf({ detail }: Extract<BattleEnd, { kind: 'void' }>): string {
    return this.options.texts.reason(detail, languageOf(this.options.user));
  }

  private say(line: string): void {
    this.room.add(line).update();
  }

  private close(end: BattleEnd): void {
    this.isClosed = true;
    if (this.isDestroyed) return;
    if (!this.battle.ended) {
      if (end.kind === 'void') this.say(`|bigerror|${this.text('void', { reason: this.reasonOf(end) })}`);
      else if (end.kind === 'stopped') this.say(`|bigerror|${this.text('stopped', {})}`);
      else this.say(`|-message|${this.text('over', {})}`);
      const winner = end.kind === 'elo' ? end.winner : 'draw';
      this.write(winner === 'draw' ? '>forcetie' : `>forcewin p${winner + 1}`);
    }
    this.answered().then(
      () => this.remote.dismiss(),
      () => this.remote.dismiss(),
    );
  }
}
