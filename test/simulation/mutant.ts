/** A change to a script, so that a test can show that it would see what the original is for. */
import { createHash } from 'node:crypto';
import type { Script } from '../../bus/redis/link.ts';

export interface Mutant {
  /** Name of the script; `*`: all of them. */
  readonly script: string;
  readonly from: string;
  readonly to: string;
}

export function mutated(script: Script, mutants: readonly Mutant[]): Script {
  const changes = mutants.filter(({ script: name }) => name === script.name || name === '*');
  const source = changes.reduce((text, { from, to }) => text.replaceAll(from, to), script.source);
  if (source === script.source) return script;
  return { ...script, source, sha: createHash('sha1').update(source).digest('hex') };
}
