/**
 * One call of a script. A third of what it says is the same every time, its SHA-1 and most of its keys: that part is written out once, where the
 * library would put it together from its pieces again and again.
 */
import type { Command } from 'ioredis';
import { library } from '../pieces.ts';
import type { Script } from './link.ts';

const OPTIONS = { replyEncoding: 'utf8' } as const;

/** How a call begins, with the first of its keys. */
interface Head {
  readonly keys: readonly string[];
  readonly text: string;
}

const part = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** How a script begins that writes nothing: whoever may only read may run it. */
const READS = '#!lua flags=no-writes';
export const isReading = ({ source }: Script): boolean => source.startsWith(READS);
const commandOf = (script: Script): 'evalsha' | 'evalsha_ro' => (isReading(script) ? 'evalsha_ro' : 'evalsha');

/** The heads of calls, by script, then by first key: that of a leader's scripts is its queue's. */
const MOST_HEADS = 64;
const heads = new WeakMap<Script, Map<string, Head>>();

function headOf(script: Script, keys: readonly string[], args: number): Head {
  const first = keys[0] as string;
  let ofScript = heads.get(script);
  if (!ofScript || ofScript.size === MOST_HEADS) {
    ofScript = new Map();
    heads.set(script, ofScript);
  }
  const before = ofScript.get(first);
  let same = 0;
  while (before && same < before.keys.length && before.keys[same] === keys[same]) same++;
  if (before && same === before.keys.length) return before;
  // A match's keys are its own: what stands before them is what calls have in common.
  const shared = before ? keys.slice(0, same) : keys;
  const begins = [`*${keys.length + args + 3}\r\n`, part(commandOf(script)), part(script.sha), part(String(keys.length))];
  const head = { keys: shared, text: [...begins, ...shared.map(part)].join('') };
  ofScript.set(first, head);
  return head;
}

/** As the server reads it. A script has as many keys and arguments each time. */
export function wireOf(script: Script, keys: readonly string[], args: readonly string[]): string {
  const head = headOf(script, keys, args.length);
  let { text } = head;
  for (let index = head.keys.length; index < keys.length; index++) text += part(keys[index] as string);
  for (const arg of args) text += part(arg);
  return text;
}

type Call = new (script: Script, keys: readonly string[], args: readonly string[]) => Command;
let known: Call | undefined;

/** Of what a call says the library needs to know the first key alone, by which a cluster's node is found. */
function callOf({ Command: Base }: ReturnType<typeof library>): Call {
  return class extends Base {
    private readonly wire: string;

    constructor(script: Script, keys: readonly string[], args: readonly string[]) {
      super(commandOf(script), [script.sha, '1', keys[0] as string], OPTIONS);
      this.wire = wireOf(script, keys, args);
    }

    override toWritable(): string {
      return this.wire;
    }
  };
}

export function scriptCall(script: Script, keys: readonly string[], args: readonly string[]): Command {
  known ??= callOf(library());
  return new known(script, keys, args);
}
