/** What users of a queue want and say of themselves, from the text that is said of them: read once, for most of them choose among the same few things. */
import { type Data, dataOf, type Fields, type User, type Wishes, wishesOf } from '../matcher/index.ts';

/** Texts that are kept of each kind; the oldest goes first. */
const MOST_KEPT = 256;

/** A value by text, made once while it is kept. */
function kept<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    if (known.has(text)) return known.get(text) as T;
    const made = make(text);
    const [oldest] = known.keys();
    if (known.size === MOST_KEPT && oldest !== undefined) known.delete(oldest);
    known.set(text, made);
    return made;
  };
}

export class Readings {
  private readonly wishes: (text: string) => Wishes | undefined;
  private readonly data: (text: string) => Data | undefined;

  constructor(fields: Fields) {
    this.wishes = kept((text) => {
      const read = wishesOf(text, fields);
      return 'wishes' in read ? read.wishes : undefined;
    });
    this.data = kept((text) => {
      const read = dataOf(text, fields);
      return 'data' in read ? read.data : undefined;
    });
  }

  /** Undefined for a user of a server whose queue has other fields. */
  user(preferences: string, data: string): User | undefined {
    const [wishes, says] = [this.wishes(preferences), this.data(data)];
    return wishes && says && { wishes, data: says };
  }
}
