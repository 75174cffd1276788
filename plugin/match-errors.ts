/** How a match can go wrong: each a class of its own with a stable `code`, which is also what events, incidents and messages say. */

/** A match was closed without a result, or something in it is to be looked at. */
export class MatchError extends Error {
  readonly code: string;
  readonly matchId: string;

  constructor(code: string, matchId: string, detail: string) {
    super(detail);
    this.code = code;
    this.name = code;
    this.matchId = matchId;
  }
}

interface Coded<C extends string> {
  new (matchId: string, detail: string): MatchError & { readonly code: C };
  readonly code: C;
}

/** A class whose code is its name. */
const coded = <C extends string>(code: C): Coded<C> =>
  class extends MatchError {
    static readonly code: C = code;
    declare readonly code: C;

    constructor(matchId: string, detail: string) {
      super(code, matchId, detail);
    }
  };

/** A server refuses: an illegal team or move, a host that failed, or turns that are not what the log has. */
export class ValidationError extends coded('ValidationError') {}
/** Something did not come within its time: a team, a turn, a result, a sign of life; or the turn order was exceeded three times. */
export class TimeoutError extends coded('TimeoutError') {}
/** More than 3 turns were missing at once. They are fetched; the third time in a battle is a `TimeoutError`. */
export class ExceededTurnOrderError extends coded('ExceededTurnOrderError') {}
/** The two servers disagree on who won. */
export class ResultMismatch extends coded('ResultMismatch') {}
/** The two servers computed different battles: at the end, or at the turn that is named. */
export class DigestMismatch extends coded('DigestMismatch') {}
/** A result was not acknowledged in time; it is sent again. */
export class MissingAcknowledgement extends coded('MissingAcknowledgement') {}
/** The match is closed because a server, or both, gave no sign of life for `times.silenceMs`. */
export class NodeLost extends coded('NodeLost') {}
/** Redis lost a match, a part of it, or its result. */
export class StoreLost extends coded('StoreLost') {}

const CLASSES = [
  ...[ValidationError, TimeoutError, ExceededTurnOrderError, ResultMismatch],
  ...[DigestMismatch, MissingAcknowledgement, NodeLost, StoreLost],
] as const;
const byCode: ReadonlyMap<string, (typeof CLASSES)[number]> = new Map(CLASSES.map((each) => [each.code, each]));

/** The error of a code; a plain `MatchError` where the code is none of these: `Admin`, or what a newer leader says. */
export function matchErrorOf(code: string, matchId: string, detail: string): MatchError {
  const known = byCode.get(code);
  return known ? new known(matchId, detail) : new MatchError(code, matchId, detail);
}
