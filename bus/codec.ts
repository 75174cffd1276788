/** Text ↔ message: size before parse, parse, validate. Who signed it is the gate's affair. A malformed message is a value, never an exception. */
import { type Kind, type Message, MOST_TEXT, PROTOCOL_VERSION } from './messages.ts';
import { checks } from './pieces.ts';

/** What is wrong with one part of a message, or of a configuration. */
export interface Problem {
  /** Where, such as `sides[1].elo`; empty for the whole. */
  readonly path: string;
  readonly expected: string;
  /** What was there, shortened. */
  readonly found: string;
}

export interface Malformed {
  readonly malformed: readonly Problem[];
  /** Its kind, as far as it could be read. */
  readonly kind: string;
}

export type Decoded = { readonly message: Message } | Malformed;

/** Throws when the text is too long to be sent: whoever lets data in checks its size. */
export function encode(message: Message): string {
  const text = JSON.stringify(message);
  if (text.length > MOST_TEXT)
    throw new RangeError(`bus: a ${message.kind} of ${text.length} characters, at most ${MOST_TEXT}`);
  return text;
}

export function decode(text: string): Decoded {
  if (text.length > MOST_TEXT) return malformed('', '', `at most ${MOST_TEXT} characters`, `${text.length} characters`);
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return malformed('', '', 'JSON', show(text));
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return malformed('', '', 'an object', show(input));
  const { validators } = checks();
  const { kind, v } = input as { kind?: unknown; v?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(validators, kind))
    return malformed('', 'kind', 'a known kind of message', show(kind));
  if (v !== PROTOCOL_VERSION) return malformed(kind, 'v', String(PROTOCOL_VERSION), show(v));
  const result = validators[kind as Kind](input);
  if (result.success) return { message: result.data };
  return { kind, malformed: problemsOf(result.errors) };
}

/** typia's errors as problems: the path without its `$input.`, the type in words, the value shortened. */
export const problemsOf = (errors: readonly { path: string; expected: string; value: unknown }[]): Problem[] =>
  errors.map(({ path, expected, value }) => ({
    path: path.replace(/^\$input\.?/, ''),
    expected: inWords(expected),
    found: show(value),
  }));

/** What stands between the bars of a type, none of which is in quotes or brackets. */
function membersOf(type: string): string[] {
  const members: string[] = [];
  let [depth, from] = [0, 0];
  for (const { 0: mark, index } of type.matchAll(/"(?:[^"\\]|\\.)*"|[()<>[\]{}|]/g)) {
    if ('(<[{'.includes(mark)) depth++;
    else if (')>]}'.includes(mark)) depth--;
    else if (mark === '|' && depth === 0) {
      members.push(type.slice(from, index).trim());
      from = index + 1;
    }
  }
  const last = type.slice(from).trim();
  return members.length === 0 && /^\(.*\)$/s.test(last) ? membersOf(last.slice(1, -1)) : [...members, last];
}

const LITERAL = /^(?:"[^"]*"|-?\d+(?:\.\d+)?)$/;

/** typia's name of a type, such as `(number & Type<"uint32"> & Minimum<1> | undefined)`, for people. */
export function inWords(type: string): string {
  if (type === 'undefined') return 'no such key';
  const members = membersOf(type).filter((member) => member !== 'undefined' && member !== 'null');
  const choices = members.filter((member) => LITERAL.test(member));
  const others = members.filter((member) => !LITERAL.test(member));
  const isList = (member: string): boolean => /\bArray</.test(member);
  const words = [
    ...(choices.length > 1 ? [`one of ${choices.join(', ')}`] : choices),
    ...[...others.filter((member) => !isList(member)), ...others.filter(isList)].map(memberInWords),
  ];
  return [...new Set(words)].join(', or ');
}

function memberInWords(type: string): string {
  const limit = (tag: string): string | undefined => new RegExp(`\\b${tag}<(-?[\\d.e+]+)>`).exec(type)?.[1];
  const range = (least: string | undefined, most: string | undefined, one = '', many = ''): string => {
    const counted = (number: string): string => `${number}${number === '1' ? one : many}`;
    if (least !== undefined && most !== undefined) return ` from ${least} to ${most}${many}`;
    return least !== undefined ? ` of at least ${counted(least)}` : most !== undefined ? ` of at most ${counted(most)}` : '';
  };
  if (/\bPattern</.test(type)) return 'a name of 1 to 64 letters, digits, _ or -';
  if (/\bUniqueItems\b/.test(type) && !/\b(Min|Max)Items</.test(type)) return 'a list in which nothing stands twice';
  if (/\bArray</.test(type)) return `a list${range(limit('MinItems'), limit('MaxItems'), ' entry', ' entries')}`;
  if (/\bnumber\b/.test(type)) {
    const least = limit('Minimum') ?? (/uint/.test(type) ? '0' : undefined);
    const most = limit('Maximum') ?? (/uint32/.test(type) ? String(2 ** 32 - 1) : undefined);
    return `a ${/uint/.test(type) ? 'whole number' : 'number'}${range(least, most)}`;
  }
  if (/\bstring\b/.test(type)) return `text${range(limit('MinLength'), limit('MaxLength'), ' character', ' characters')}`;
  if (/\bboolean\b/.test(type)) return 'true or false';
  return type.startsWith('[') ? 'a list of that many entries' : 'an object';
}

const MOST_SHOWN = 60;
/** Keys whose values are never shown. */
const SECRETS = new Set(['secret', 'password']);

/** A value in a line of text, shortened; of a secret nothing. Never throws. */
export function show(value: unknown): string {
  const text = textOf(typeof value === 'string' ? value.slice(0, MOST_SHOWN + 1) : value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value, (key, each) => (SECRETS.has(key) ? '…' : each)) ?? 'nothing';
  } catch {
    return 'something that JSON cannot hold';
  }
}

const malformed = (kind: string, path: string, expected: string, found: string): Malformed => ({
  kind,
  malformed: [{ path, expected, found }],
});
