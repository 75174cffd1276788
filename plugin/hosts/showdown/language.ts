/** The language that a player has chosen with `/language`, by the name that `texts` of the configuration has for it. */
import type { ShowdownUser } from './server.ts';

const CODES: Readonly<Record<string, string>> = {
  ...{ english: 'en', dutch: 'nl', french: 'fr', german: 'de', hindi: 'hi', italian: 'it', japanese: 'ja', portuguese: 'pt' },
  ...{ simplifiedchinese: 'zh-Hans', spanish: 'es', traditionalchinese: 'zh-Hant', turkish: 'tr' },
};

/** Null: none was chosen. */
export const languageOf = (user: ShowdownUser | null): string | null =>
  user?.language ? (CODES[user.language] ?? user.language) : null;
