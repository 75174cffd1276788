/**
 * What is checked of whatever comes from outside. This file and `schemas.ts` are the only ones that call typia. They are templates: `scripts/generate.ts` turns
 * them into those of `bus/generated/`, which is what the other files have.
 */
import type { IValidation } from 'typia';
import typia from 'typia';
import type { CommandKind, CommandOf, CommandRecord, IncidentRecord } from './admin.ts';
import type { Kind, MessageOf } from './messages.ts';
import type { Options } from './options.ts';
import type { MatchRecord, OfferRecord, SignRecord, TicketRecord } from './records.ts';
import type { ActorRequest, InstantMatchRequest } from './requests.ts';

/** One validator a kind of message. Extra keys pass: a newer node may say more. */
export const validators: { readonly [K in Kind]: (input: unknown) => IValidation<MessageOf<K>> } = {
  ARE_YOU_THERE: typia.createValidate<MessageOf<'ARE_YOU_THERE'>>(),
  TAKEN: typia.createValidate<MessageOf<'TAKEN'>>(),
  OFFER: typia.createValidate<MessageOf<'OFFER'>>(),
  WITHDRAWN: typia.createValidate<MessageOf<'WITHDRAWN'>>(),
  BACK: typia.createValidate<MessageOf<'BACK'>>(),
  SUCCESS: typia.createValidate<MessageOf<'SUCCESS'>>(),
  CANCELLED: typia.createValidate<MessageOf<'CANCELLED'>>(),
  EXPLAINED: typia.createValidate<MessageOf<'EXPLAINED'>>(),
  MOVED: typia.createValidate<MessageOf<'MOVED'>>(),
  INSTANT_MATCH_WAITLIST: typia.createValidate<MessageOf<'INSTANT_MATCH_WAITLIST'>>(),
  INSTANT_MATCH: typia.createValidate<MessageOf<'INSTANT_MATCH'>>(),
  REMATCH: typia.createValidate<MessageOf<'REMATCH'>>(),
  OPENED: typia.createValidate<MessageOf<'OPENED'>>(),
  BEGIN: typia.createValidate<MessageOf<'BEGIN'>>(),
  TEAM: typia.createValidate<MessageOf<'TEAM'>>(),
  START: typia.createValidate<MessageOf<'START'>>(),
  ELO: typia.createValidate<MessageOf<'ELO'>>(),
  VOID: typia.createValidate<MessageOf<'VOID'>>(),
  OVER_OK: typia.createValidate<MessageOf<'OVER_OK'>>(),
  TURN: typia.createValidate<MessageOf<'TURN'>>(),
  NEWEST: typia.createValidate<MessageOf<'NEWEST'>>(),
  HERE: typia.createValidate<MessageOf<'HERE'>>(),
  BUSY: typia.createValidate<MessageOf<'BUSY'>>(),
  GONE: typia.createValidate<MessageOf<'GONE'>>(),
  EXPLAIN: typia.createValidate<MessageOf<'EXPLAIN'>>(),
  ENTERED: typia.createValidate<MessageOf<'ENTERED'>>(),
  LEFT: typia.createValidate<MessageOf<'LEFT'>>(),
  CONFIRM: typia.createValidate<MessageOf<'CONFIRM'>>(),
  DECLINE: typia.createValidate<MessageOf<'DECLINE'>>(),
  JOINED: typia.createValidate<MessageOf<'JOINED'>>(),
  LEFT_MATCH: typia.createValidate<MessageOf<'LEFT_MATCH'>>(),
  TEAM_IN: typia.createValidate<MessageOf<'TEAM_IN'>>(),
  VALID: typia.createValidate<MessageOf<'VALID'>>(),
  VALIDATION_ERROR: typia.createValidate<MessageOf<'VALIDATION_ERROR'>>(),
  BATTLE_OVER: typia.createValidate<MessageOf<'BATTLE_OVER'>>(),
  REJOIN: typia.createValidate<MessageOf<'REJOIN'>>(),
  STORE_LOST: typia.createValidate<MessageOf<'STORE_LOST'>>(),
  HEARTBEAT: typia.createValidate<MessageOf<'HEARTBEAT'>>(),
  HELLO: typia.createValidate<MessageOf<'HELLO'>>(),
  GOODBYE: typia.createValidate<MessageOf<'GOODBYE'>>(),
  ALIVE: typia.createValidate<MessageOf<'ALIVE'>>(),
  ELO_TAKEN: typia.createValidate<MessageOf<'ELO_TAKEN'>>(),
};

/** `jaeger.json`: an unknown key is an error, for it is most likely a misspelt one. */
export const validateOptions: (input: unknown) => IValidation<Options> = typia.createValidateEquals<Options>();

/** What a host passes to `add`. */
export const validateActor: (input: unknown) => IValidation<ActorRequest> = typia.createValidateEquals<ActorRequest>();

/** What a host passes to `instant`, but for what users write. */
export const validateInstant: (input: unknown) => IValidation<Omit<InstantMatchRequest, 'preferences' | 'data'>> =
  typia.createValidateEquals<Omit<InstantMatchRequest, 'preferences' | 'data'>>();

/** The owner's commands, one validator a kind, so that what is wrong can be said clearly. */
export const commandValidators: { readonly [K in CommandKind]: (input: unknown) => IValidation<CommandOf<K>> } = {
  void: typia.createValidateEquals<CommandOf<'void'>>(),
  remove: typia.createValidateEquals<CommandOf<'remove'>>(),
  drain: typia.createValidateEquals<CommandOf<'drain'>>(),
  undrain: typia.createValidateEquals<CommandOf<'undrain'>>(),
  block: typia.createValidateEquals<CommandOf<'block'>>(),
  unblock: typia.createValidateEquals<CommandOf<'unblock'>>(),
  bar: typia.createValidateEquals<CommandOf<'bar'>>(),
  allow: typia.createValidateEquals<CommandOf<'allow'>>(),
  elo: typia.createValidateEquals<CommandOf<'elo'>>(),
  config: typia.createValidateEquals<CommandOf<'config'>>(),
  season: typia.createValidateEquals<CommandOf<'season'>>(),
};

/** What is in the inbox, but for the command itself. */
export const validateCommandRecord: (input: unknown) => IValidation<Omit<CommandRecord, 'command'> & { command: unknown }> =
  typia.createValidate<Omit<CommandRecord, 'command'> & { command: unknown }>();

/** An incident as the bus keeps it. */
export const isIncident: (input: unknown) => input is IncidentRecord = typia.createIs<IncidentRecord>();

/** Records that nodes write, as the bus keeps them. */
export const isTicket: (input: unknown) => input is TicketRecord = typia.createIs<TicketRecord>();
export const isOffer: (input: unknown) => input is OfferRecord = typia.createIs<OfferRecord>();
export const isMatch: (input: unknown) => input is MatchRecord = typia.createIs<MatchRecord>();
export const isSign: (input: unknown) => input is SignRecord = typia.createIs<SignRecord>();
