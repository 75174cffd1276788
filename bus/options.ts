/**
 * The shape of `jaeger.json`. The JSON schema that editors use is generated from these types and their comments; the defaults
 * stand in `plugin/config.ts`. A queue's part of it is what the nodes of a realm have to agree on.
 */
import type { tags } from 'typia';
import type { Elo, Label, Name } from './messages.ts';
import type { LeaseSettings, RedisSettings } from './redis/settings.ts';
import type { TextSettings } from './texts.ts';

/** A length of time in ms, up to a day. */
type Window = number & tags.Maximum<86400000> & tags.Type<'uint32'> & tags.Minimum<1>;

export interface Options {
  /** Where the JSON schema of this file is, for completion in editors. */
  $schema?: string;
  /** Name of this game server, unique in the realm. Default: `node`. */
  nodeId?: Name;
  /** Name of the realm: the servers and queues that belong together. Default: `jaeger`. */
  realm?: Label;
  /**
   * The Redis that the servers of the realm share: a URL such as `redis://user:password@host:6379`, or an object. Needs a `nodeId`.
   * Default: none, this server is alone.
   */
  redis?: string | RedisSettings;
  /** How long who leads a queue keeps the lead. For servers that share a Redis. */
  lease?: LeaseSettings;
  /** How long is kept what is over. */
  kept?: KeptSettings;
  /** May this node lead queues? One that may is trusted by all others; at least one has to. Default: true. */
  candidate?: boolean;
  /**
   * Signs the messages of this realm's nodes: the same text on all of them, 16 to 1024 characters that nobody can guess. Messages that are not signed
   * with it are refused. Default: nobody signs.
   */
  secret?: string & tags.MinLength<16> & tags.MaxLength<1024>;
  /** How many messages a second are taken of one node (without a secret: of all together); more are dropped. Default: 20000. */
  messagesPerSecond?: number & tags.Maximum<1000000> & tags.Type<'uint32'> & tags.Minimum<100>;
  /** The queues by name. Default: one queue, `ranked`. */
  queues?: { [name: string]: QueueOptions };
  /**
   * What is logged: `warning`, for example, leaves out what is only to be known; `debug` adds the way of every player and match, to find a fault.
   * Default: info.
   */
  log?: LogLevel;
  /** Counters and histograms in the text format of Prometheus, on /metrics of a port of its own. Default: none, nothing listens. */
  metrics?: MetricsSettings;
  /** The language of players whose own the game does not know: one of `texts`, or `en`. Default: `en`. */
  language?: string & tags.MinLength<1> & tags.MaxLength<32>;
  /**
   * What players read, by language (`en`, `de`, …): texts that are to be other ones, or in another language. What stands there in braces is put in when it is
   * said. A text that a language lacks is said in `language`, and what that lacks in English. Default: everything is said in English.
   */
  texts?: { [language: string]: TextSettings };
  /** For a Pokémon Showdown server, where each queue has the name of a format. */
  showdown?: ShowdownSettings;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'none';

export interface MetricsSettings {
  /** The port on which to listen. */
  port: number & tags.Maximum<65535> & tags.Type<'uint32'> & tags.Minimum<1>;
  /** The address on which to listen: whoever reaches it reads the metrics. Default: `127.0.0.1`. */
  host?: string & tags.Pattern<'^[A-Za-z0-9.:_-]{1,255}$'>;
}

export interface ShowdownSettings {
  /** Is what the players of a battle say in its room shown on both servers? Default: true. */
  chat?: boolean;
}

export interface KeptSettings {
  /** How long a ticket that was removed cannot be added again, in ms. Default: 600000 (10 min). */
  ticketsMs?: Window;
  /** How long a match and its log are kept after its end, in ms. At least rematch.withinMs of every queue. Default: 3600000 (1 h). */
  matchesMs?: Window;
  /** How long this server remembers matches and tickets that are over: a Redis that lost its data is told so, and the owner which results are lost, in ms. Default: 120000 (2 min). */
  resultsMs?: Window;
}

/** One ladder or format. Actors of different queues never meet. */
export interface QueueOptions {
  /** How the accepted difference of Elo grows with waiting time. */
  pool?: PoolSettings;
  /** Ratings: those of new players, and how a game changes them. */
  elo?: EloSettings;
  /**
   * Whose ratings count. `host`: an Elo that the game passes with `add`, and the realm's ladder for whom it passes none. `ladder`: the realm's ladder alone.
   * Default: host.
   */
  ratings?: 'host' | 'ladder';
  /** May two players of the same server meet? Default: true. */
  sameNode?: boolean;
  /** Do matches between two players of the same server change Elo? Default: true. */
  ratedSameNode?: boolean;
  /** Largest difference of Elo between two opponents, however long they wait, in Elo. Default: none. */
  maxDifference?: number & tags.Minimum<0> & tags.Maximum<2000000>;
  /** How many tickets the queue holds at most; more are refused. Default: 100000. */
  maxWaiting?: number & tags.Maximum<1000000> & tags.Type<'uint32'> & tags.Minimum<2>;
  /** Parties: actors of several players. */
  party?: PartySettings;
  /** How many players a party has at most. Default: 1. */
  maxParty?: number & tags.Maximum<64> & tags.Type<'uint32'> & tags.Minimum<1>;
  /** How many factory runs there are at once at most. Default: 1000. */
  maxRuns?: number & tags.Maximum<100000> & tags.Type<'uint32'> & tags.Minimum<1>;
  /** How many offers a run makes before its head goes back to the queue. Default: 3. */
  offersPerRun?: number & tags.Maximum<30> & tags.Type<'uint32'> & tags.Minimum<1>;
  /** How long one step of the matcher may hold the game server's event loop, in ms. Default: 4. */
  budgetMs?: number & tags.Minimum<0.1> & tags.Maximum<50>;
  /** Matches without a result: who has too many of them is barred for a while. */
  voids?: VoidSettings;
  /** Offers that are declined or not answered. */
  declines?: DeclineSettings;
  /** How long each stage may take. */
  times?: TimeSettings;
  /** Instant match: users who wait are matched by what they want of each other. Default: there is none in this queue. */
  instant?: InstantSettings;
  /** Two who have played may play once more. */
  rematch?: RematchSettings;
}

export interface InstantSettings {
  /** What users may say of themselves and demand of each other, by name (1 to 32 letters and digits; 32 fields at most). Default: nothing. */
  fields?: InstantFields;
  /** Do instant matches change Elo? Default: false. */
  rated?: boolean;
  /** How many wait at most; more are refused. Default: 10000. */
  maxWaiting?: number & tags.Maximum<1000000> & tags.Type<'uint32'> & tags.Minimum<2>;
  /** How long a request lives that its server does not renew, in ms. At least twice renewMs. Default: 15000. */
  lifeMs?: Window;
  /** How often a server renews a request, in ms. Default: 5000. */
  renewMs?: Window;
  /** How often a request is made known again, in ms. Default: 30000. */
  againMs?: Window;
}

export interface InstantFields {
  [name: string]: InstantField;
}

export interface InstantField {
  /** Kind of value; a list has several of the texts. */
  type: 'boolean' | 'number' | 'text' | 'list';
  /** The texts that are allowed. For text and list: a text that users could choose freely could tell who they are. */
  values?: (string & tags.MinLength<1> & tags.MaxLength<64>)[] & tags.MinItems<1> & tags.MaxItems<64> & tags.UniqueItems;
  /** Least number. Default: -1000000000. */
  min?: number & tags.Minimum<-1000000000> & tags.Maximum<1000000000>;
  /** Largest number. Default: 1000000000. */
  max?: number & tags.Minimum<-1000000000> & tags.Maximum<1000000000>;
}

export interface RematchSettings {
  /** How long after a match either side may ask, in ms. Default: 30000. */
  withinMs?: Window;
  /** How many rematches there are in a row at most; 0: none. Default: 5. */
  most?: number & tags.Maximum<100> & tags.Type<'uint32'>;
  /** How many games of the same two in a row of rematches change Elo, a day (UTC); those after them do not. Default: 20. */
  ratedPerDay?: number & tags.Maximum<10000> & tags.Type<'uint32'>;
}

/** pool(w) = base + scale · (growth^(w / period) − 1), w being the seconds waited. */
export interface PoolSettings {
  /** Accepted difference at the start, in Elo. Default: 10. */
  base?: number & tags.Minimum<0> & tags.Maximum<1000000>;
  /** What the growth is multiplied by, in Elo. Default: 40. */
  scale?: number & tags.Minimum<0> & tags.Maximum<1000000>;
  /** Factor of growth per period. Default: 1.5. */
  growth?: number & tags.Minimum<1> & tags.Maximum<100>;
  /** Length of a period in seconds. Default: 15. */
  period?: number & tags.Minimum<0.05> & tags.Maximum<86400>;
  /** Form of the growth. Default: exponential. */
  curve?: 'exponential' | 'linear' | 'none';
  /** Largest accepted difference, in Elo. Default: none. */
  max?: number & tags.Minimum<0> & tags.Maximum<1000000>;
  /** Is the range wider while few players come, and as set above while many do? Default: false. */
  adaptive?: boolean;
  /** Do two players reach as far as the sum of their ranges, or as two ranges of their mean waiting time? Default: sum. */
  share?: 'sum' | 'mean';
}

export interface PartySettings {
  /** What of its players' Elos is a party's own. Default: mean. */
  elo?: 'mean' | 'max';
  /** May parties of different size meet? Default: false. */
  unequal?: boolean;
}

export interface EloSettings {
  /** Elo of a new player. Default: 1000. */
  initial?: Elo;
  /** Largest change of one game, in Elo. Default: 32. */
  k?: number & tags.Minimum<0> & tags.Maximum<1000>;
  /** No Elo falls below this. Default: 0. */
  floor?: Elo;
  /** Another k for who has played fewer rated games than `games`; it goes before `kByRating`. Default: none. */
  provisional?: ProvisionalSettings;
  /** Another k for who is rated `from` or more; of several the highest counts. Default: none. */
  kByRating?: RatedK[] & tags.MaxItems<32>;
  /** How many of a player's last results are kept with the ladder. Default: 20. */
  keptResults?: number & tags.Maximum<100> & tags.Type<'uint32'>;
}

export interface ProvisionalSettings {
  /** How many rated games. */
  games: number & tags.Maximum<10000> & tags.Type<'uint32'>;
  /** Largest change of one game, in Elo. */
  k: number & tags.Minimum<0> & tags.Maximum<1000>;
}

export interface RatedK {
  /** From this Elo on. */
  from: Elo;
  /** Largest change of one game, in Elo. */
  k: number & tags.Minimum<0> & tags.Maximum<1000>;
}

export interface VoidSettings {
  /** How many rated matches without a result a player may have within the hours; one more, and it is barred. With the same opponent, nobody being to blame, they count once. Default: 5. */
  max?: number & tags.Maximum<1000> & tags.Type<'uint32'> & tags.Minimum<1>;
  /** The same of all players of a server together. Default: 100. */
  nodeMax?: number & tags.Maximum<1000> & tags.Type<'uint32'> & tags.Minimum<1>;
  /** Within how many hours. Default: 24. */
  hours?: number & tags.Minimum<0.01> & tags.Maximum<720>;
  /** For how long one is barred, in ms. Default: 3600000 (1 h). */
  barMs?: number & tags.Maximum<2592000000> & tags.Type<'uint32'> & tags.Minimum<1>;
}

export interface DeclineSettings {
  /** How long who declines an offer, does not answer it or leaves it cannot queue, in ms. Default: 0 (at once again). */
  restMs?: number & tags.Maximum<86400000> & tags.Type<'uint32'>;
  /** By how much each time is longer than the one before it. Default: 2. */
  growth?: number & tags.Minimum<1> & tags.Maximum<100>;
  /** The longest, in ms. Default: 1800000 (30 min). */
  mostMs?: Window;
  /** How long it takes for one time to be forgotten, in ms. Default: 3600000 (1 h). */
  fadeMs?: Window;
}

export interface TimeSettings {
  /** Answer to "are you there?", in ms. Default: 1000. */
  answerMs?: Window;
  /** Rest of who was busy or silent, in ms. Default: 5000. */
  restMs?: Window;
  /** Time to accept an offer, in ms. Default: 20000. */
  offerMs?: Window;
  /** Time to enter the challenge room, in ms. Default: 10000. */
  joinMs?: Window;
  /** How long a pair that did not both join is not tried again, in ms. Default: 60000. */
  pairRestMs?: Window;
  /** How long two who have met do not meet again, counted from the end of their match, in ms. Default: 0. */
  avoidRecentMs?: number & tags.Maximum<86400000> & tags.Type<'uint32'>;
  /** How long a waiting room stays open after the match was made, in ms. Default: 10000. */
  successMs?: Window;
  /** Time to send the teams, and again to judge them, in ms. Default: 30000. */
  teamMs?: Window;
  /** Longest time without a turn, in ms. Default: 600000 (10 min). */
  idleMs?: Window;
  /** Longest battle, in ms. Default: 7200000 (2 h). */
  battleMs?: Window;
  /** How long a server waits for the arena's OK to its result before it reports an incident, in ms. Default: 10000. */
  overMs?: Window;
  /** How long a server sends a result again that nobody has acknowledged, in ms. Default: 600000 (10 min). */
  reportMs?: Window;
  /** How long the second result may come after the first, in ms. Default: 30000. */
  secondResultMs?: Window;
  /** How long a new Elo is kept for a server that did not take it yet, in ms. Default: 604800000 (7 days). */
  eloKeptMs?: number & tags.Maximum<2592000000> & tags.Type<'uint32'> & tags.Minimum<1>;
  /** How often a side announces its newest turn, in ms. Default: 5000. */
  newestMs?: Window;
  /** How long a player who dropped out of a battle may be away before that is a forfeit, in ms. Default: 60000. */
  reconnectMs?: Window;
  /** How often the leader asks the servers for a sign of life; who gives none until it asks again loses its waiting players, in ms. Default: 30000. */
  heartbeatMs?: Window;
  /** How long after a server's last sign of life its open matches are closed, in ms. At least heartbeatMs. Default: 60000. */
  silenceMs?: Window;
  /** How long the servers have to say what they hold when Redis lost its data, before anybody is matched, in ms. Default: 5000. */
  dataLossMs?: Window;
}
