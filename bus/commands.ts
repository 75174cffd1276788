/** The owner's commands as they come from outside: understood, or everything that is wrong with them. */
import type { Command, CommandRecord } from './admin.ts';
import { type Problem, problemsOf, show } from './codec.ts';
import { checks } from './pieces.ts';

export type UnderstoodCommand = { readonly command: Command } | { readonly problems: readonly Problem[] };

export function commandOf(input: unknown): UnderstoodCommand {
  const { commandValidators } = checks();
  const kind: unknown = typeof input === 'object' && input !== null ? (input as { kind?: unknown }).kind : undefined;
  if (typeof kind !== 'string' || !Object.hasOwn(commandValidators, kind))
    return {
      problems: [{ path: 'kind', expected: `one of ${Object.keys(commandValidators).join(', ')}`, found: show(kind ?? input) }],
    };
  const result = commandValidators[kind as Command['kind']](input);
  return result.success ? { command: result.data } : { problems: problemsOf(result.errors) };
}

/** A command of the inbox; undefined for a text that is none. */
export function commandRecordOf(text: string): CommandRecord | undefined {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = checks().validateCommandRecord(input);
  return result.success && 'command' in commandOf(result.data.command) ? (result.data as CommandRecord) : undefined;
}
