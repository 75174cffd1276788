/**
 * What players read, one option a text: the part of `jaeger.json` in which an owner writes them otherwise, or in other languages. Each comment ends with
 * what is said by default, in English; what stands there in braces is put in when it is said, and may be left out of an owner's own text, or said in another order.
 */
import type { tags } from 'typia';

type Text = string & tags.MinLength<1> & tags.MaxLength<500>;

export interface TextSettings {
  /** In the queue. Default: `You are in the queue for {queue}, with an Elo of {elo}. /ranked status says how it stands, /ranked cancel takes you out.`. */
  queued?: Text;
  /** On the wait list of instant matches. Default: `You wait for an instant match of {queue}. /ranked cancel takes you out.`. */
  waiting?: Text;
  /** Somebody else was quicker to an instant match. Default: `Somebody fitted, but another player was quicker. You go on waiting.`. */
  late?: Text;
  /** An offer, above its two buttons. Default: `An opponent is found ({queue}). {seconds} seconds to answer.`. */
  offer?: Text;
  /** The button that accepts an offer. Default: `Accept`. */
  accept?: Text;
  /** The button that declines it. Default: `Decline`. */
  decline?: Text;
  /** There is no offer (any more). Default: `There is nothing to accept, or it is too late.`. */
  nothingToAccept?: Text;
  /** The same, of who declines. Default: `There is nothing to decline, or it is too late.`. */
  nothingToDecline?: Text;
  /** Both have accepted. Default: `You are matched: the battle is being opened.`. */
  matched?: Text;
  /** In the queue again. The reason is one of `reasons`. Default: `It did not come to a match ({reason}). You are in the queue again, with the time that you have waited.`. */
  back?: Text;
  /** Out of the queue. The reason is one of `reasons`. Default: `You are out of the queue: {reason}.`. */
  withdrawn?: Text;
  /** Out of the queue, as wished. Default: `You are out of the queue.`. */
  removed?: Text;
  /** In no queue. Default: `You are in no queue.`. */
  notQueued?: Text;
  /** Out of the queue by a new name. Default: `You changed your name, so you are in no queue any more. /ranked puts you in again.`. */
  renamed?: Text;
  /** The match has begun. Default: `Your opponent is {name} of {server}, with an Elo of {elo}.`. */
  begun?: Text;
  /** The opponent dropped out of the battle. Default: `Your opponent dropped out and has {seconds} seconds to come back.`. */
  opponentAway?: Text;
  /** The opponent is back. Default: `Your opponent is back.`. */
  opponentBack?: Text;
  /** The match is over. Default: `You won. Your Elo: {old} → {new} ({delta}).`. */
  won?: Text;
  /** The match is over. Default: `You lost. Your Elo: {old} → {new} ({delta}).`. */
  lost?: Text;
  /** The match is over. Default: `A draw. Your Elo: {old} → {new} ({delta}).`. */
  draw?: Text;
  /** The match was closed without a result. The reason is one of `reasons`. Default: `The match is void and nobody's Elo changes: {reason}`. */
  void?: Text;
  /** There may be a rematch. Default: `Once more? /rematch asks your opponent, within {seconds} seconds.`. */
  rematchAsk?: Text;
  /** The opponent wants a rematch. Default: `Your opponent wants a rematch: /rematch agrees, within {seconds} seconds.`. */
  rematchAgree?: Text;
  /** A rematch was asked for. Default: `Your opponent is asked.`. */
  rematchAsked?: Text;
  /** Both want a rematch. Default: `A rematch: the battle is being opened.`. */
  rematchMade?: Text;
  /** Redis is out of reach. Default: `The servers cannot reach each other for now. You keep your place; it heals by itself.`. */
  unreachable?: Text;
  /** Redis can be reached again. Default: `The servers reach each other again.`. */
  reachable?: Text;
  /** Redis is out of reach, so that this cannot be done. Default: `The servers cannot reach each other for now. Try again in a moment.`. */
  tryAgain?: Text;
  /** Something cannot be done. The reasons are those below, which begin with `refused`. Default: `That is not possible: {reasons}.`. */
  refused?: Text;
  /** A player is somewhere already. Default: `{player} is in {queue} already, on {server}`. */
  refusedPresent?: Text;
  /** The queue is full. Default: `{waiting} wait already, and there is no room for more`. */
  refusedFull?: Text;
  /** The server takes nobody in. Default: `the server takes nobody in: {reason}`. */
  refusedClosed?: Text;
  /** The server takes nobody in for a while. Default: `the server takes nobody in until {until}: {reason}`. */
  refusedUntil?: Text;
  /** A player is barred for a while. Default: `{player} may not queue until {until}: {reason}`. */
  refusedBarred?: Text;
  /** A player is barred for good. Default: `{player} may not queue: {reason}`. */
  refusedForGood?: Text;
  /** Another server has the name of this one. Default: `another server runs under the name of this one`. */
  refusedRival?: Text;
  /** It was removed from the queue meanwhile. Default: `it was removed from the queue meanwhile`. */
  refusedRemoved?: Text;
  /** There is no match that has just ended. Default: `there is no match that has just ended`. */
  refusedLate?: Text;
  /** One of the two does not want a rematch. Default: `one of the two does not want to`. */
  refusedDeclined?: Text;
  /** There were as many rematches in a row as there may be. Default: `there were enough rematches in a row`. */
  refusedMost?: Text;
  /** One of the two is elsewhere. Default: `one of the two is elsewhere by now`. */
  refusedLeft?: Text;
  /** What was asked for is wrong. What was expected is told in English. Default: `{path}: {found}; expected {expected}`. */
  refusedWrong?: Text;
  /** The player is in a match already. Default: `You are in a match already. If a server of it is gone, it is void when that is certain: try again in a minute.`. */
  inMatch?: Text;
  /** Nobody leaves a battle so. Default: `Your battle has begun: /forfeit gives it up.`. */
  battleBegun?: Text;
  /** The match has begun, and there is no battle to leave yet: who asks to be taken out is told what that costs. Default: `Your match has begun. Leaving it is losing it: /ranked cancel once more gives it up.`. */
  giveUp?: Text;
  /** Asked once more. Default: `You give the battle up as soon as it opens.`. */
  givenUp?: Text;
  /** Where the player is: asked about an opponent. Default: `An opponent is found in {queue}: /ranked accept or /ranked decline.`. */
  placeOffered?: Text;
  /** Where the player is: on the wait list of instant matches. Default: `You wait for an instant match of {queue}. /ranked cancel takes you out.`. */
  placeInstant?: Text;
  /** Where the player is: in a match. Default: `You are in a match of {queue}.`. */
  placePlaying?: Text;
  /** A rating. Default: `{queue}: {elo}`. */
  rating?: Text;
  /** No rating yet. Default: `{queue}: not rated yet`. */
  unrated?: Text;
  /** How it stands. Default: `Place {place} of {waiting}, for {seconds} s.`. */
  statusPlace?: Text;
  /** How far the player reaches. Default: `Your Elo is {elo}; whoever reaches into {lowest} to {highest} can be your opponent, which grows by {growth} a second.`. */
  statusRange?: Text;
  /** How long it takes. Default: `How long it takes cannot be said yet.`. */
  statusUnknown?: Text;
  /** How long it takes. Default: `It takes about {seconds} s, at odds of 9 to 1 at most {most} s.`. */
  statusTime?: Text;
  /** How long it takes. Default: `It takes about {seconds} s, at odds of 9 to 1 at most an hour.`. */
  statusLong?: Text;
  /** How it stands, where nobody can say more. Default: `You are in the queue for {queue}: place {place} of {waiting}, for {seconds} s.`. */
  statusQueued?: Text;
  /** The same, of who waits far behind. Default: `You are in the queue for {queue}: {waiting} wait.`. */
  statusCrowd?: Text;
  /** Why nobody is matched, where no server leads the queue. Default: `No server leads the queue just now: nobody is matched until one does.`. */
  statusUnled?: Text;
  /** Who is near, and why there is no match yet: one of the next. Default: `{name} ({elo}): {why}`. */
  nearest?: Text;
  /** Out of reach. Default: `{difference} Elo out of reach, in {seconds} s`. */
  whyReach?: Text;
  /** Out of reach for long. Default: `{difference} Elo out of reach, not within an hour`. */
  whyFar?: Text;
  /** May not be met. Default: `may not meet you ({rule})`. */
  whyForbidden?: Text;
  /** Can be met. Default: `in the next moments`. */
  whySoon?: Text;
  /** Has an offer. Default: `is being asked`. */
  whyLocked?: Text;
  /** Was busy or silent. Default: `did not answer a moment ago`. */
  whyResting?: Text;
  /** There is no ladder yet. Default: `Nobody is rated in {queue} yet.`. */
  topEmpty?: Text;
  /** The configuration is wrong. Default: `Jaeger is not running here: its configuration is wrong. Staff finds the reason in the log of the server.`. */
  notRunning?: Text;
  /** The format has to be said. Default: `Which format? There is {queues}.`. */
  whichFormat?: Text;
  /** The server does not have the format. Default: `This server has no format {queue} that two can play.`. */
  noFormat?: Text;
  /** There are no instant matches. Default: `There are no instant matches on this network.`. */
  noInstant?: Text;
  /** There are none of this format. Default: `Instant matches are for {queues}.`. */
  whichInstant?: Text;
  /** The team is illegal. The reasons are the words of the game. Default: `Your team was rejected: {reason}`. */
  teamRejected?: Text;
  /** Who has no name. Default: `Choose a name first.`. */
  nameless?: Text;
  /** Whose name is locked. Default: `You may not play under this name.`. */
  nameLocked?: Text;
  /** Who is banned. Default: `You are banned from battles.`. */
  banned?: Text;
  /** Nobody queues here now. Default: `The server is about to restart: nobody can queue here now.`. */
  draining?: Text;
  /** Above a battle that counts. Default: `Ranked between servers`. */
  ranked?: Text;
  /** Above one that does not. Default: `Between servers, unrated`. */
  notRanked?: Text;
  /** A choice that came too late. Default: `Sorry, too late to make a different move; the next turn has already started`. */
  tooLate?: Text;
  /** Nobody else may play on. Default: `Players can't be swapped out in a ranked battle.`. */
  swapped?: Text;
  /** Who has let the time run out; after the name. Default: `lost due to inactivity.`. */
  inactive?: Text;
  /** Who dropped out of a battle and has let the time to return run out; after the name. Default: `did not come back.`. */
  stayedAway?: Text;
  /** The opponent has given up. Default: `{name} forfeited, or ran out of time.`. */
  forfeited?: Text;
  /** Staff cannot change a battle. Default: `A battle between servers cannot be changed by hand: see /jaeger.`. */
  byHand?: Text;
  /** The server stops in mid-battle. Default: `The server stops: the match ends here.`. */
  stopped?: Text;
  /** The match was closed in mid-battle. Default: `The match is over.`. */
  over?: Text;
  /** Help. Default: `/ranked [format] - Queues for a ranked battle against a player of any server of the network.`. */
  helpRanked?: Text;
  /** Help. Default: `/ranked cancel - Takes you out of the queue, or gives up a match that has begun: that asks first.`. */
  helpCancel?: Text;
  /** Help. Default: `/ranked status - Where you are, and how it stands.`. */
  helpStatus?: Text;
  /** Help. Default: `/ranked top [format] - The best of all servers.`. */
  helpTop?: Text;
  /** Help. Default: `/ranked accept, /ranked decline - Answers an offer; so do its buttons.`. */
  helpAnswer?: Text;
  /** Help. Default: `/instant [format] key=value … - Waits for an opponent who fits: key=value is what you are and want, me.key=value what you are, key!=value what you do not want.`. */
  helpInstant?: Text;
  /** Help. Default: `A list of values is written with +, as in languages=en+fr. /ranked cancel takes you out.`. */
  helpLists?: Text;
  /** Help. Default: `/rematch - Asks the opponent of your last ranked battle for another one, or agrees to it.`. */
  helpRematch?: Text;
  /** Why something is so: what one server tells the other, as the players read it. What the game or the owner says in own words is said as it is. */
  reasons?: ReasonSettings;
}

export interface ReasonSettings {
  /** Default: `the offer was not answered in time`. */
  offerLate?: Text;
  /** Default: `the offer was declined`. */
  offerDeclined?: Text;
  /** Default: `the offer is over`. */
  offerOver?: Text;
  /** Default: `the opponent did not confirm`. */
  opponentSilent?: Text;
  /** Default: `no opponent confirmed`. */
  nobodyConfirmed?: Text;
  /** Default: `removed from the queue`. */
  removedQueue?: Text;
  /** Default: `removed from the wait list`. */
  removedList?: Text;
  /** Default: `removed`. */
  removed?: Text;
  /** Default: `moved elsewhere`. */
  moved?: Text;
  /** Default: `elsewhere by now`. */
  elsewhere?: Text;
  /** Default: `its server was gone`. */
  serverGone?: Text;
  /** Default: `the server stops`. */
  serverStops?: Text;
  /** Default: `the server is about to restart`. */
  serverRestarts?: Text;
  /** Default: `another server runs under the name of this one`. */
  serverRival?: Text;
  /** Default: `the server is drained: {reason}`. */
  serverDrained?: Text;
  /** Default: `the server is blocked: {reason}`. */
  serverBlocked?: Text;
  /** Default: `the server is barred: {reason}`. */
  serverBarred?: Text;
  /** Default: `the queue was lost, and does not take it in again`. */
  queueLost?: Text;
  /** Default: `the queue knows nothing of it`. */
  queueForgot?: Text;
  /** Default: `the wait list does not take it in again`. */
  listLost?: Text;
  /** Default: `the match was cancelled`. */
  matchCancelled?: Text;
  /** Default: `the match was lost`. */
  matchLost?: Text;
  /** Default: `did not enter the challenge room in time`. */
  notJoined?: Text;
  /** Default: `the opponent did not come`. */
  opponentNotJoined?: Text;
  /** Default: `in a battle`. */
  inBattle?: Text;
  /** Default: `offers were declined or not answered`. */
  declines?: Text;
  /** Default: `more than {most} matches without a result within {hours} h`. */
  voids?: Text;
  /** Default: `the server of side {sides} gives no sign of life`. */
  noSign?: Text;
  /** Default: `the server of {name} was started anew`. */
  serverAnew?: Text;
  /** Default: `both sides gave the battle up`. */
  bothGaveUp?: Text;
  /** Default: `a server holds more of this match than the bus`. */
  storeHolds?: Text;
  /** Default: `no team within the time`. */
  noTeam?: Text;
  /** Default: `no verdict on the teams within the time`. */
  noVerdict?: Text;
  /** Default: `no turn within the time`. */
  noTurn?: Text;
  /** Default: `the battle took too long`. */
  tooLong?: Text;
  /** Default: `the two battles ended in different states`. */
  endsDiffer?: Text;
  /** Default: `the two battles differ after turn {turn}`. */
  turnsDiffer?: Text;
  /** Default: `more than 3 turns were missing, for the third time`. */
  turnsMissing?: Text;
  /** Default: `turn {turn} is not what was sent`. */
  turnForged?: Text;
  /** Default: `a server claimed a match of two whose preferences do not fit`. */
  wishesDiffer?: Text;
  /** Default: `the server of {name} failed in {where}`. */
  hostFailed?: Text;
  /** Default: `the server restarts`. */
  serverRestarting?: Text;
  /** Default: `{name} is not on its server any more`. */
  playerGone?: Text;
  /** Default: `the server opens no battles now`. */
  noBattles?: Text;
  /** Default: `the room of the battle was closed`. */
  roomClosed?: Text;
  /** Default: `the simulator crashed`. */
  simulatorCrashed?: Text;
  /** Default: `the battle was ended by hand`. */
  endedByHand?: Text;
  /** Default: `{side} sent what is no input of its own`. */
  foreignInput?: Text;
  /** Default: `this format makes its teams itself`. */
  teamMade?: Text;
  /** Default: `side 0 says {first}, side 1 says {second}`. */
  resultsDiffer?: Text;
  /** Default: `only side {side} reported the end of the battle`. */
  oneReport?: Text;
  /** Default: `Redis lost this match, or a part of it`. */
  storeLost?: Text;
}
