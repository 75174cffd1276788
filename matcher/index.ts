/** The only door of the room. */
export * from './actor.ts';
export * from './arena.ts';
export { MOST_CANDIDATES } from './candidates.ts';
export * from './elo.ts';
export type { Estimate } from './estimate.ts';
export type { Explanation, Other, WhyNot } from './explain.ts';
export * from './factory.ts';
export * from './forbidden.ts';
export * from './heartbeat.ts';
export * from './pool.ts';
export * from './ports.ts';
export * from './queue.ts';
export {
  type AnswerOrSilence,
  type Discard,
  RUN_INPUTS,
  RUN_STATES,
  type RunEvent,
  type RunInput,
  type RunState,
} from './run.ts';
export * from './tick.ts';
export * from './turns.ts';
export * from './wait-list.ts';
export * from './wishes.ts';
