/** What players and staff type, in the server's own style. */
import { type TextKey, textsOf } from '../../index.ts';
import type { Engine, Running } from './engine.ts';
import { explainedHtml, type Say } from './explained.ts';
import { formatOf, isRandom, judged, rulesetOf } from './formats.ts';
import { languageOf } from './language.ts';
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

const PLACES = { offered: 'placeOffered', instant: 'placeInstant', playing: 'placePlaying' } as const;
type HelpKey = Extract<TextKey, `help${string}`>;
const RANKED_HELP: readonly HelpKey[] = ['helpRanked', 'helpCancel', 'helpStatus', 'helpTop', 'helpAnswer'];

export function commandsOf(running: Running): Commands {
  const texts = 'engine' in running ? running.engine.texts : textsOf({});
  const sayTo =
    (user: ShowdownUser | null): Say =>
    (key, values) =>
      texts.say(key, values, languageOf(user));
  const help = (keys: readonly HelpKey[]): string[] => keys.map((key) => texts.say(key, {}));
  /** An error as a player reads it; what only staff understands is passed on. */
  const shown = (error: unknown, user: ShowdownUser): Error =>
    failure(texts.refusal(error, languageOf(user)) ?? (error instanceof Error ? error.message : String(error)));
  const engineOf = (user: ShowdownUser): Engine => {
    if ('engine' in running) return running.engine;
    throw failure(sayTo(user)('notRunning', {}));
  };
  /** The queue that is meant: the only one, or that of the format. */
  const queueOf = (user: ShowdownUser, target: string): string => {
    const { queues } = engineOf(user);
    const say = sayTo(user);
    const wanted = idOf(target);
    const queue = wanted === '' && queues.length === 1 ? queues[0] : queues.find((name) => idOf(name) === wanted);
    if (queue === undefined) throw failure(say('whichFormat', { queues: queues.join(', ') }));
    if (!formatOf(queue)) throw failure(say('noFormat', { queue }));
    return queue;
  };
  const asked = (command: (this: Context, target: string) => Promise<unknown> | unknown): Command =>
    async function (this: Context, target: string) {
      try {
        await command.call(this, target);
      } catch (error) {
        if (error instanceof server().Chat.ErrorMessage) throw error;
        throw shown(error, this.user);
      }
    };
  /** Brings it a team that the format takes? */
  const withTeam = async (user: ShowdownUser, queue: string): Promise<void> => {
    if (isRandom(queue)) return;
    const verdict = await judged(queue, user.battleSettings.team);
    if ('wrong' in verdict) throw failure(sayTo(user)('teamRejected', { reason: verdict.wrong.join('; ') }));
  };
  const mayPlay = (context: Context): ShowdownUser => {
    const { user } = context;
    const say = sayTo(user);
    if (!user.named) throw failure(say('nameless', {}));
    if (user.namelocked) throw failure(say('nameLocked', {}));
    if (server().Punishments.isBattleBanned(user)) throw failure(say('banned', {}));
    if (engineOf(user).drains || server().Rooms.global.lockdown) throw failure(say('draining', {}));
    return user;
  };
  const status = async (context: Context): Promise<void> => {
    const { user } = context;
    const say = sayTo(user);
    const { admin, jaeger } = engineOf(user);
    const { presence, ratings } = await admin.player(user.id);
    const elos = Object.entries(ratings).map(([queue, elo]) =>
      elo === null ? say('unrated', { queue }) : say('rating', { queue, elo: Math.round(elo) }),
    );
    const reply = (...parts: readonly string[]) => context.sendReplyBox(escaped([...parts].join(' ')));
    if (!presence) return reply(say('notQueued', {}), elos.join(', '));
    const { place: at, queue } = presence;
    if (at !== 'queued') return reply(say(PLACES[at], { queue }));
    const explained = await jaeger.explain(user.id);
    if (explained && explained.state !== 'unanswered') return context.sendReplyBox(explainedHtml(explained, say));
    const unled = explained?.leader === null ? [say('statusUnled', {})] : [];
    const { size: waiting, page } = await admin.waiting(queue, { most: 1000 });
    const found = page.find(({ id }) => id === user.id);
    if (!found) return reply(say('statusCrowd', { queue, waiting }), ...unled, elos.join(', '));
    const { place, waitedMs } = found;
    return reply(
      say('statusQueued', { queue, place, waiting, seconds: Math.round(waitedMs / 1000) }),
      ...unled,
      elos.join(', '),
    );
  };

  const ranked: Commands = {
    '': asked(async function (target) {
      const user = mayPlay(this);
      const queue = queueOf(user, target);
      await withTeam(user, queue);
      const { jaeger, waiting } = engineOf(user);
      const before = waiting.get(user.id);
      waiting.set(user.id, before);
      const { ticket } = await jaeger.add({ id: user.id, name: user.name, queue });
      waiting.set(user.id, ticket);
      if (ticket === before) await status(this);
    }),
    async cancel() {
      await asked(async function () {
        const say = sayTo(this.user);
        const { jaeger, waiting, openings } = engineOf(this.user);
        const from = await jaeger.remove(this.user.id);
        if (from === 'PLAYING') {
          const leaves = openings.giveUp(this.user.id);
          if (!leaves) throw failure(say('battleBegun', {}));
          return this.sendReply(say(leaves === 'warned' ? 'giveUp' : 'givenUp', {}));
        }
        waiting.delete(this.user.id);
        this.sendReply(say(from === 'nothing' ? 'notQueued' : 'removed', {}));
      }).call(this, '');
    },
    status: asked(function () {
      return status(this);
    }),
    top: asked(async function (target) {
      const queue = queueOf(this.user, target);
      const { page } = await engineOf(this.user).admin.ladder(queue, { most: TOP });
      if (page.length === 0) return this.sendReplyBox(escaped(sayTo(this.user)('topEmpty', { queue })));
      const rows = page.map(
        ({ player, elo }, index) => `<tr><td>${index + 1}</td><td>${escaped(player)}</td><td>${Math.round(elo)}</td></tr>`,
      );
      return this.sendReplyBox(`<strong>${queue}</strong><table>${rows.join('')}</table>`);
    }),
    accept: asked(function () {
      if (!engineOf(this.user).offers.answer(this.user.id, true)) throw failure(sayTo(this.user)('nothingToAccept', {}));
    }),
    decline: asked(function () {
      if (!engineOf(this.user).offers.answer(this.user.id, false)) throw failure(sayTo(this.user)('nothingToDecline', {}));
    }),
    help: asked(function () {
      this.parse('/help ranked');
    }),
  };

  return {
    ranked,
    rankedhelp: help(RANKED_HELP),
    instant: asked(async function (target) {
      const user = mayPlay(this);
      const say = sayTo(user);
      const { jaeger, waiting, fieldsOf, instantQueues } = engineOf(user);
      if (instantQueues.length === 0) throw failure(say('noInstant', {}));
      const format = formatIn(target);
      const queue = format === '' && instantQueues.length === 1 ? (instantQueues[0] as string) : queueOf(user, format);
      if (!instantQueues.includes(queue)) throw failure(say('whichInstant', { queues: instantQueues.join(', ') }));
      await withTeam(user, queue);
      const { data, preferences } = wantedOf(target, fieldsOf(queue));
      const before = waiting.get(user.id);
      waiting.set(user.id, before);
      const { ticket } = await jaeger.instant({
        ...{ id: user.id, name: user.name, queue, data },
        ...(preferences ? { preferences } : {}),
      });
      waiting.set(user.id, ticket);
      if (ticket === before) await status(this);
    }),
    instanthelp: help(['helpInstant', 'helpLists']),
    rematch: asked(async function () {
      const user = mayPlay(this);
      const said = await engineOf(user).jaeger.rematch(user.id);
      this.sendReply(sayTo(user)(said === 'matched' ? 'rematchMade' : 'rematchAsked', {}));
    }),
    rematchhelp: help(['helpRematch']),
    jaeger: {
      status: asked(async function () {
        this.checkCan('lock');
        const { admin, nodeId, queues } = engineOf(this.user);
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
        const incidents = await engineOf(this.user).admin.incidents({ most: MOST_INCIDENTS });
        const lines = incidents.map(
          ({ at, kind, matchId, detail }) =>
            `${new Date(at).toISOString()} ${kind}${matchId ? ` in ${matchId}` : ''}: ${detail}`,
        );
        this.sendReplyBox(lines.length === 0 ? 'No incidents.' : lines.map(escaped).join('<br />'));
      }),
      drain: asked(function () {
        this.checkCan('lockdown');
        void engineOf(this.user).drain('staff', 'the server is about to restart');
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
