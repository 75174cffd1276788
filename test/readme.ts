/** The code blocks of README.md, as a newcomer comes upon them. One that no test runs says why not, in a comment on the line before it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Block {
  /** `sh`, `json`, `js`, or nothing for what is printed. */
  readonly language: string;
  readonly text: string;
  /** Of README.md, from 1. */
  readonly line: number;
  /** Why it is not run. */
  readonly notRun: string | undefined;
}

export function blocksOf(file = join(root, 'README.md')): Block[] {
  const text = readFileSync(file, 'utf8');
  const form = /(?:^ *<!-- not run: ([^\n]+) -->\n)?^( *)```(\w*)\n([\s\S]*?)^\2```$/gm;
  return [...text.matchAll(form)].map(([, notRun, indent = '', language = '', body = ''], at) => ({
    language,
    text: body.replace(new RegExp(`^${indent}`, 'gm'), ''),
    line: text.slice(0, [...text.matchAll(form)][at]?.index).split('\n').length,
    notRun,
  }));
}

/** Of the package in an empty folder, and of the Showdown servers: each is run by a test of its own. */
export const isOfPackage = ({ language, text }: Block): boolean => language === 'sh' && text.includes('npx jaeger');
export const isOfShowdown = ({ language, text }: Block): boolean => language === 'sh' && text.includes('pokemon-showdown');
