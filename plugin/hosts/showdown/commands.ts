/** What players and staff type, in the server's own style. */
import { AddError, AdminError, BusUnreachable, type Explanation } from '../../index.ts';
import type { Engine, Running } from './engine.ts';
import { formatOf, isRandom, judged, rulesetOf } from './formats.ts';
import { escaped, idOf, type ShowdownUser, server } from './server.ts';
import { formatIn, wantedOf } from './wanted.ts';

/** What the server hands a command as `this`, as far as it is used. */
interface Context {
  readonly user: ShowdownUser;
  sendReply(text: string): void;
  sendReplyBox(html: string): void;
  errorReply(text: string): void;
  checkCan(permission: string): void;
  parse(command: string): unknown;
}
type Command = (this: Context, target: string) => unknown;
type Commands = { readonly [name: string]: Command | Commands | string | readonly string[] };

const TOP = 20;
const MOST_INCIDENTS = 10;

const failure = (text: string): Error => new (server().Chat.ErrorMessage)(text);

/** An error as a player reads it; what only staff understands is passed on. */
function shown(error: unknown): Error {
  if (error instanceof AddError) {
    if (error.problems.some(({ found }) => /, playing in /.test(found)))
      return failure(
        'You are in a match already. If a server of it was restarted, it is void as soon as that is certain: try again in a minute.',
      );
    const whys = error.problems.map(({ path, expected, found }) => `${path || 'that'}: ${found}; expected ${expected}`);
    return failure(`That is not possible: ${whys.join('; ')}.`);
  }
  if (error instanceof AdminError) return failure(error.message);
  if (error instanceof BusUnreachable) return failure('The servers cannot reach each other for now. Try again in a moment.');
  return failure(error instanceof Error ? error.message : String(error));
}

function explainedHtml(explanation: Explanation): string {
  const { place, waiting, waitedSeconds, elo, lowest, highest, growth, nearest, estimate } = explanation;
  const whys = nearest.map((other) => {
    const distance = `${escaped(other.name)} (${Math.round(other.elo)})`;
    if (other.why === 'outOfReach') {
      const when = other.inSeconds === null ? 'not within an hour' : `in ${Math.ceil(other.inSeconds)} s`;
      return `${distance}: ${Math.ceil(other.by)} Elo out of reach, ${when}`;
    }
    if (other.why === 'forbidden') return `${distance}: may not meet you (${other.rule})`;
    return `${distance}: ${{ soon: 'in the next moments', locked: 'is being asked', resting: 'did not answer a moment ago' }[other.why]}`;
  });
  return [
    `Place ${place ?? '–'} of ${waiting}, for ${Math.round(waitedSeconds)} s.`,
    `Your Elo is ${Math.round(elo)}; whoever reaches into ${Math.round(lowest)} to ${Math.round(highest)} can be your opponent, which grows by ${growth.toFixed(1)} a second.`,
    estimate.median === null
      ? 'How long it takes cannot be said yet.'
      : `It takes about ${Math.ceil(estimate.median)} s, at odds of 9 to 1 at most ${estimate.p90 === null ? 'an hour' : `${Math.ceil(estimate.p90)} s`}.`,
    ...whys,
  ].join('<br />');
}

export function commandsOf(running: Running): Commands {
  const engineOf = (): Engine => {
    if ('engine' in running) return running.engine;
    throw failure('Jaeger is not running here: its configuration is wrong. Staff finds the reason in the log of the server.');
  };
  /** The queue that is meant: the only one, or that of the format. */
  const queueOf = (target: string): string => {
    const { queues } = engineOf();
    const wanted = idOf(target);
    const queue = wanted === '' && queues.length === 1 ? queues[0] : queues.find((name) => idOf(name) === wanted);
    if (queue === undefined) throw failure(`Which format? There is ${queues.join(', ')}.`);
    if (!formatOf(queue)) throw failure(`This server has no format ${queue} that two can play.`);
    return queue;
  };
  const asked = (command: (this: Context, target: string) => Promise<unknown> | unknown): Command =>
    async function (this: Context, target: string) {
      try {
        await command.call(this, target);
      } catch (error) {
        if (error instanceof server().Chat.ErrorMessage) throw error;
        throw shown(error);
      }
    };
  /** Brings it a team that the format takes? */
  const withTeam = async (user: ShowdownUser, queue: string): Promise<void> => {
    if (isRandom(queue)) return;
    const verdict = await judged(queue, user.battleSettings.team);
    if ('wrong' in verdict) throw failure(`Your team was rejected: ${verdict.wrong.join('; ')}`);
  };
  const mayPlay = (context: Context): ShowdownUser => {
    const { user } = context;
    if (!user.named) throw failure('Choose a name first.');
    if (user.namelocked) throw failure('You may not play under this name.');
    if (server().Punishments.isBattleBanned(user)) throw failure('You are banned from battles.');
    if (engineOf().drains || server().Rooms.global.lockdown)
      throw failure('The server is about to restart: nobody can queue here now.');
    return user;
  };

  const ranked: Commands = {
    '': asked(async function (target) {
      const user = mayPlay(this);
      const queue = queueOf(target);
      await withTeam(user, queue);
      const { jaeger, waiting } = engineOf();
      waiting.add(user.id);
      await jaeger.add({ id: user.id, name: user.name, queue });
    }),
    async cancel() {
      await asked(async function () {
        const { jaeger, waiting } = engineOf();
        const from = await jaeger.remove(this.user.id);
        if (from === 'PLAYING') throw failure('Your battle has begun: /forfeit gives it up.');
        waiting.delete(this.user.id);
        this.sendReply(from === 'nothing' ? 'You are in no queue.' : 'You are out of the queue.');
      }).call(this, '');
    },
    status: asked(async function () {
      const { admin, jaeger } = engineOf();
      const { presence, ratings } = await admin.player(this.user.id);
      const elos = Object.entries(ratings).map(
        ([queue, elo]) => `${queue}: ${elo === null ? 'not rated yet' : Math.round(elo)}`,
      );
      if (!presence) return this.sendReplyBox(`You are in no queue. ${escaped(elos.join(', '))}`);
      if (presence.place !== 'queued') return this.sendReplyBox(escaped(`You are ${presence.place} in ${presence.queue}.`));
      const explained = await jaeger.explain(this.user.id);
      if (explained) return this.sendReplyBox(explainedHtml(explained));
      // Nobody who leads the queue has answered.
      const { size, page } = await admin.waiting(presence.queue, { most: 1000 });
      const found = page.find(({ id }) => id === this.user.id);
      const place = found ? `place ${found.place} of ${size}, for ${Math.round(found.waitedMs / 1000)} s` : `${size} wait`;
      return this.sendReplyBox(escaped(`You are in the queue for ${presence.queue}: ${place}. ${elos.join(', ')}`));
    }),
    top: asked(async function (target) {
      const queue = queueOf(target);
      const { page } = await engineOf().admin.ladder(queue, { most: TOP });
      if (page.length === 0) return this.sendReplyBox(`Nobody is rated in ${queue} yet.`);
      const rows = page.map(
        ({ player, elo }, index) => `<tr><td>${index + 1}</td><td>${escaped(player)}</td><td>${Math.round(elo)}</td></tr>`,
      );
      return this.sendReplyBox(`<strong>${queue}</strong><table>${rows.join('')}</table>`);
    }),
    accept: asked(function () {
      if (!engineOf().offers.answer(this.user.id, true)) throw failure('There is nothing to accept, or it is too late.');
    }),
    decline: asked(function () {
      if (!engineOf().offers.answer(this.user.id, false)) throw failure('There is nothing to decline, or it is too late.');
    }),
    help: asked(function () {
      this.parse('/help ranked');
    }),
  };

  return {
    ranked,
    rankedhelp: [
      '/ranked [format] - Queues for a ranked battle against a player of any server of the network.',
      '/ranked cancel - Takes you out of the queue.',
      '/ranked status - Where you are, and how it stands.',
      '/ranked top [format] - The best of all servers.',
      '/ranked accept, /ranked decline - Answers an offer; so do its buttons.',
    ],
    instant: asked(async function (target) {
      const user = mayPlay(this);
      const { jaeger, waiting, fieldsOf, instantQueues } = engineOf();
      if (instantQueues.length === 0) throw failure('There are no instant matches on this network.');
      const format = formatIn(target);
      const queue = format === '' && instantQueues.length === 1 ? (instantQueues[0] as string) : queueOf(format);
      if (!instantQueues.includes(queue)) throw failure(`Instant matches are for ${instantQueues.join(', ')}.`);
      await withTeam(user, queue);
      const { data, preferences } = wantedOf(target, fieldsOf(queue));
      waiting.add(user.id);
      await jaeger.instant({ id: user.id, name: user.name, queue, data, ...(preferences ? { preferences } : {}) });
    }),
    instanthelp: [
      '/instant [format] key=value … - Waits for an opponent who fits: key=value is what you are and want, me.key=value what you are, key!=value what you do not want.',
      'A list of values is written with +, as in languages=en+fr. /ranked cancel takes you out.',
    ],
    rematch: asked(async function () {
      const said = await engineOf().jaeger.rematch(this.user.id);
      this.sendReply(said === 'matched' ? 'A rematch: the battle is being opened.' : 'Your opponent is asked.');
    }),
    rematchhelp: ['/rematch - Asks the opponent of your last ranked battle for another one, or agrees to it.'],
    jaeger: {
      status: asked(async function () {
        this.checkCan('lock');
        const { admin, nodeId, queues } = engineOf();
        const { realm, queues: found, nodes, at } = await admin.overview();
        const lines = [
          `Realm ${realm}, this server is ${nodeId}.`,
          ...found.map(
            ({ queue, waiting, offers, matches, leader }) =>
              `${queue}: ${waiting} wait, ${offers} are asked, ${matches} matches; led by ${leader?.node ?? 'nobody'}`,
          ),
          ...nodes.map(({ node, sign, waiting, matches }) => {
            const seen = sign
              ? sign.gone
                ? `said goodbye`
                : `seen ${Math.round((at - sign.at) / 1000)} s ago`
              : 'no sign of life';
            const other = queues.filter((queue) => {
              const theirs = sign?.queues[queue]?.ruleset;
              return theirs !== undefined && formatOf(queue) && theirs !== rulesetOf(queue);
            });
            const differs = other.length > 0 ? `; plays by other rules than this server: ${other.join(', ')}` : '';
            return `${node}: ${seen}, ${waiting} wait, ${matches} matches${differs}`;
          }),
        ];
        this.sendReplyBox(lines.map(escaped).join('<br />'));
      }),
      incidents: asked(async function () {
        this.checkCan('lock');
        const incidents = await engineOf().admin.incidents({ most: MOST_INCIDENTS });
        const lines = incidents.map(
          ({ at, kind, matchId, detail }) =>
            `${new Date(at).toISOString()} ${kind}${matchId ? ` in ${matchId}` : ''}: ${detail}`,
        );
        this.sendReplyBox(lines.length === 0 ? 'No incidents.' : lines.map(escaped).join('<br />'));
      }),
      drain: asked(function () {
        this.checkCan('lockdown');
        void engineOf().drain('staff', 'the server is about to restart');
        this.sendReply('Nobody can queue here any more; battles are played to their end.');
      }),
    },
    jaegerhelp: [
      '/jaeger status - Queues, servers, and which play by other rules. Requires: % @ ~',
      '/jaeger incidents - What went wrong of late. Requires: % @ ~',
      '/jaeger drain - Nobody can queue on this server any more. Requires: ~',
    ],
  };
}
