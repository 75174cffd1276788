/** One run of the factory: the states that it goes through, what can come to it, and what it tells. */
import type { Ticket } from './actor.ts';
import { ANSWERS, type Answer, type MatchState, OFFER_REFUSALS, type OfferState, type Outcome, REPLIES } from './ports.ts';

export const RUN_STATES = ['asking', 'offering', 'deciding', 'settling', 'over'] as const;
export type RunState = (typeof RUN_STATES)[number];
export const LEADS_TO: { readonly [state in RunState]: readonly RunState[] } = {
  asking: ['asking', 'offering', 'over'],
  offering: ['asking', 'deciding', 'over'],
  deciding: ['settling'],
  settling: ['asking', 'deciding', 'over'],
  over: [],
};
/** Everything that can come to a run from outside. `time over`: what its state waits for did not come within its time. */
export const RUN_INPUTS = [
  ...ANSWERS.flatMap((answer) => [`head ${answer}`, `candidate ${answer}`] as const),
  ...(['locked', ...OFFER_REFUSALS] as const).map((answer) => `offer ${answer}` as const),
  ...REPLIES.filter((reply) => reply !== 'pending').flatMap((reply) => [`head ${reply}`, `candidate ${reply}`] as const),
  ...(['settled', 'settlement refused', 'time over'] as const),
] as const;
export type RunInput = (typeof RUN_INPUTS)[number];

/** `SILENT`: no answer within `answerMs`, which counts as not there. */
export type AnswerOrSilence = Answer | { readonly kind: 'SILENT' };

export type Discard = 'headNotThere' | 'headTaken' | 'nobodyLeft' | 'offersUsed';

export type RunEvent =
  | { readonly kind: 'asked'; readonly candidate: Ticket }
  | { readonly kind: 'notThere'; readonly ticket: Ticket; readonly answer: AnswerOrSilence }
  | {
      readonly kind: 'offered';
      readonly offer: OfferState;
      readonly head: Ticket;
      readonly candidate: Ticket;
      /** How many candidates this run has asked by now, this one included. */
      readonly asked: number;
    }
  | {
      readonly kind: 'settled';
      readonly outcome: Outcome;
      readonly offer: OfferState;
      readonly head: Ticket;
      readonly candidate: Ticket;
    }
  | { readonly kind: 'matched'; readonly match: MatchState }
  | { readonly kind: 'discarded'; readonly head: Ticket; readonly why: Discard }
  | { readonly kind: 'back'; readonly head: Ticket; readonly why: Discard };
