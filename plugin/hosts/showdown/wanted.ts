/** What a player types after `/instant`: `key=value` is so and is wanted of the opponent, `me.key=value` is so, `key!=value` is not wanted. */
import type { Options } from '../../index.ts';

export type Fields = NonNullable<NonNullable<NonNullable<Options['queues']>[string]['instant']>['fields']>;

export interface Wanted {
  /** The format, where one was named. */
  readonly format: string;
  /** As `Jaeger.instant` takes them. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly preferences: { readonly and: readonly object[] } | undefined;
}

const WORD = /^(me\.)?([A-Za-z][A-Za-z0-9]*)(!?=)(.+)$/;

/** The format, and whatever has no `=`. */
export const formatIn = (target: string): string =>
  target
    .split(/[\s,]+/)
    .filter((word) => !WORD.test(word))
    .join(' ');

export function wantedOf(target: string, fields: Fields): Wanted {
  const data: Record<string, unknown> = {};
  const and: object[] = [];
  for (const word of target.split(/[\s,]+/)) {
    const [, me, field = '', operator, text = ''] = WORD.exec(word) ?? [];
    if (field === '') continue;
    const type = fields[field]?.type;
    const value = readAs(type, text);
    if (operator === '!=') and.push({ field, ...(Array.isArray(value) ? { nin: value } : { ne: value }) });
    else {
      data[field] = value;
      if (me === undefined) and.push({ field, ...(Array.isArray(value) ? { in: value } : { eq: value }) });
    }
  }
  return { format: formatIn(target), data, preferences: and.length > 0 ? { and } : undefined };
}

/** A list's values stand side by side with a `+`. What does not fit is told by who knows the fields. */
function readAs(type: Fields[string]['type'] | undefined, text: string): unknown {
  if (type === 'boolean') return /^(yes|true|on)$/i.test(text) ? true : /^(no|false|off)$/i.test(text) ? false : text;
  if (type === 'number') return Number.isFinite(Number(text)) ? Number(text) : text;
  return type === 'list' ? text.split('+') : text;
}
