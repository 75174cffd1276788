/** The scripts by name, and what each is given. */
import type { Observable } from 'rxjs';
import type { scripts } from '../generated/lua.ts';
import type { KeyOwner } from './keys.ts';

export type Name = keyof typeof scripts;
/** What shared files need, and the bus itself gives to every call: the seal of what is said, and how long is kept what is over. */
export type Given = 'seal' | 'keptTicketsMs' | 'keptMatchesMs';

/** All but that. */
export type Args<N extends Name> = {
  readonly [A in Exclude<(typeof scripts)[N]['args'][number], Given>]: string | number | boolean;
};

/** Runs a script and answers what it answers. */
export type Ask = <T, N extends Name>(name: N, args: Args<N>, owner?: KeyOwner) => Observable<T>;

/** Text that JSON and Redis both keep: a half of a surrogate pair becomes a replacement character. */
const wellFormed = (text: string): string => new TextDecoder().decode(new TextEncoder().encode(text));
export const json = (value: unknown): string => {
  const text = JSON.stringify(value);
  // A half is written as an escape: where there is none, as good as always, nothing has to be looked at one by one.
  if (!text.includes('\\ud')) return text;
  return JSON.stringify(value, (_, each) => (typeof each === 'string' ? wellFormed(each) : each));
};
