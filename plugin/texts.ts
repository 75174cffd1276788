/** What players read: by key, in the language of each, as the owner has it or by default. */
import { BusUnreachable } from '../bus/bus.ts';
import { REASONS, TEXTS } from '../bus/generated/texts.ts';
import type { Options } from '../bus/options.ts';
import type { ReasonSettings, TextSettings } from '../bus/texts.ts';
import { AddError, type ConfigProblem, problem, type Said } from './errors.ts';
import type { Notice } from './host.ts';
import { pathWith } from './json-text.ts';
import { nearestOf } from './nearest.ts';

export type TextKey = keyof typeof TEXTS;
type ReasonKey = keyof typeof REASONS;
/** The names in braces. */
type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
export type TextValues<K extends TextKey> = { readonly [N in Names<(typeof TEXTS)[K]>]: string | number };

const ENGLISH = 'en';
const NAME = /\{([^{}]*)\}/g;
const namesOf = (text: string): string[] => [...text.matchAll(NAME)].map(([, name]) => name as string);

export class Texts {
  private readonly language: string;
  private readonly texts: NonNullable<Options['texts']>;

  constructor({ language = ENGLISH, texts = {} }: Pick<Options, 'language' | 'texts'>) {
    this.language = language;
    this.texts = texts;
  }

  /** `language`: the player's own, where it is known. */
  say<K extends TextKey>(key: K, values: TextValues<K>, language?: string | null): string {
    return filled(this.written(language, (texts) => texts?.[key]) ?? TEXTS[key], values);
  }

  /** A reason as servers tell each other: one that is known in the language, any other as it is. */
  reason(text: string, language?: string | null): string {
    for (const { key, form, names } of FORMS) {
      const found = form.exec(text);
      if (!found) continue;
      const own = this.written(language, (texts) => texts?.reasons?.[key]);
      const values = names.map((name, at): [string, string] => {
        const value = found[at + 1] as string;
        return [name, name === 'reason' ? this.reason(value, language) : value];
      });
      return filled(own ?? REASONS[key], Object.fromEntries(values));
    }
    return text;
  }

  /** A notice as a sentence; undefined where a player has nothing of it. */
  notice(notice: Notice, language?: string | null): string | undefined {
    const say = <K extends TextKey>(key: K, values: TextValues<K>): string => this.say(key, values, language);
    const seconds = (ms: number): number => Math.round(ms / 1000);
    switch (notice.kind) {
      case 'queued':
        return say('queued', { queue: notice.queue, elo: Math.round(notice.elo) });
      case 'waiting':
        return say('waiting', { queue: notice.queue });
      case 'late':
      case 'matched':
      case 'unreachable':
      case 'reachable':
      case 'opponentBack':
        return say(notice.kind, {});
      case 'rematch':
        if (notice.may === 'not') return undefined;
        return say(notice.may === 'ask' ? 'rematchAsk' : 'rematchAgree', { seconds: seconds(notice.withinMs) });
      case 'back':
      case 'withdrawn':
        return say(notice.kind, { reason: this.reason(notice.reason, language) });
      case 'begun': {
        const { match } = notice;
        const { name, node, elo } = match.sides[match.side === 0 ? 1 : 0];
        return say('begun', { name, server: node, elo: Math.round(elo) });
      }
      case 'opponentAway':
        return say('opponentAway', { seconds: seconds(notice.forMs) });
      case 'void':
        return say('void', { reason: this.reason(notice.detail, language) });
      case 'elo': {
        const { winner, side, old, new: now, delta } = notice;
        const signed = `${delta >= 0 ? '+' : '−'}${Math.abs(Math.round(delta))}`;
        const values = { old: Math.round(old), new: Math.round(now), delta: signed };
        return say(winner === 'draw' ? 'draw' : winner === side ? 'won' : 'lost', values);
      }
    }
  }

  /** What `add`, `instant` or `rematch` was refused with, as a player reads it; undefined where it is no refusal. */
  refusal(error: unknown, language?: string | null): string | undefined {
    if (error instanceof BusUnreachable) return this.say('tryAgain', {}, language);
    if (!(error instanceof AddError)) return undefined;
    if (error.problems.some(({ says }) => says?.key === 'refusedPresent' && says.values['place'] === 'playing'))
      return this.say('inMatch', {}, language);
    const reasons = error.problems.map(({ says, path, found, expected }) =>
      says ? this.said(says, language) : this.say('refusedWrong', { path: path || '–', found, expected }, language),
    );
    return this.say('refused', { reasons: reasons.join('; ') }, language);
  }

  private said({ key, values }: Said, language?: string | null): string {
    const { reason } = values;
    const shown = reason === undefined ? values : { ...values, reason: this.reason(String(reason), language) };
    return filled(this.written(language, (texts) => texts?.[key]) ?? TEXTS[key], shown);
  }

  private written(language: string | null | undefined, of: (texts: TextSettings | undefined) => string | undefined) {
    const own = (name: string): TextSettings | undefined => (Object.hasOwn(this.texts, name) ? this.texts[name] : undefined);
    const first = language === null || language === undefined ? undefined : of(own(language));
    // Whose language is English is not told in that of the server.
    return first ?? (language === ENGLISH ? undefined : (of(own(this.language)) ?? of(own(ENGLISH))));
  }
}

/** What has no value stays as it stands. */
const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(NAME, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole));

interface Form {
  readonly key: ReasonKey;
  readonly form: RegExp;
  readonly names: readonly string[];
}

/** How each reason looks when a server says it. */
const FORMS: readonly Form[] = Object.entries(REASONS).map(([key, text]) => ({
  key: key as ReasonKey,
  names: namesOf(text),
  form: new RegExp(`^${text.replace(/[.?]/g, '\\$&').replace(NAME, '([^]+)')}$`),
}));

const CONTROLS = /[\p{Cc}\u2028\u2029]/u;

/** What the types cannot say of the texts of a configuration. */
export function problemsOfTexts({ language, texts = {} }: Pick<Options, 'language' | 'texts'>): ConfigProblem[] {
  const languages = [...new Set([...Object.keys(texts), ENGLISH])];
  const unknown = language !== undefined && !languages.includes(language);
  return [
    ...(unknown ? [problem('language', `one of the languages of texts, or en: ${languages.join(', ')}`, language)] : []),
    ...Object.entries(texts).flatMap(([name, { reasons = {}, ...own }]) => {
      const path = pathWith('texts', name);
      if (!/^[A-Za-z0-9-]{1,32}$/.test(name))
        return [problem(path, 'a language such as en or pt-BR, of letters, digits and -', name)];
      return [...problemsIn(path, own, TEXTS), ...problemsIn(`${path}.reasons`, reasons, REASONS)];
    }),
  ];
}

function problemsIn(
  path: string,
  own: Omit<TextSettings, 'reasons'> | ReasonSettings,
  known: Readonly<Record<string, string>>,
) {
  return Object.entries(own).flatMap(([key, text = '']): ConfigProblem[] => {
    const names = namesOf(known[key] as string);
    const braced = names.map((name) => `{${name}}`);
    const may = braced.length === 0 ? 'a text without anything in braces' : `of what is in braces only ${braced.join(', ')}`;
    const foreign = namesOf(text).filter((name) => !names.includes(name));
    return [
      ...foreign.map((name): ConfigProblem => {
        const meant = nearestOf(name, names);
        return {
          path: `${path}.${key}`,
          expected: may,
          found: `{${name}}`,
          ...(meant === undefined ? {} : { meant: `{${meant}}` }),
        };
      }),
      ...(CONTROLS.test(text) ? [problem(`${path}.${key}`, 'one line of text', text)] : []),
    ];
  });
}
