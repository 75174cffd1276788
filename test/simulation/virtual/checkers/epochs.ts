/** Who leads next has a greater epoch, and nothing is said or written under an older one any more. */
import type { Fence } from '../../../../bus/bus.ts';
import type { MakeChecker } from '../checker.ts';

const FENCED: ReadonlySet<string> = new Set(['offer', 'settle', 'release', 'drop', 'advance', 'wipe', 'execute']);
/** What only a leader's fenced transition says. */
const SPOKEN: ReadonlySet<string> = new Set([
  'OFFER',
  'WITHDRAWN',
  'BACK',
  'SUCCESS',
  'CANCELLED',
  'BEGIN',
  'TEAM',
  'START',
  'ELO',
  'VOID',
]);

export const epochs: MakeChecker = (view, fail) => {
  const newest = new Map<string, { readonly epoch: number; readonly generation: number }>();
  const isOld = (queue: string, epoch: number, generation: number): boolean => {
    const last = newest.get(queue);
    return last !== undefined && (epoch !== last.epoch || generation !== last.generation);
  };
  return {
    led: (node, queue, epoch, generation) => {
      const last = newest.get(queue);
      if (last && epoch <= last.epoch) fail(`${node} leads ${queue} under epoch ${epoch}, after ${last.epoch}`);
      if (last && generation < last.generation)
        fail(`${node} leads ${queue} in generation ${generation}, after ${last.generation}`);
      newest.set(queue, { epoch, generation });
    },
    said: (_, message) => {
      if (!SPOKEN.has(message.kind) || !('epoch' in message)) return;
      const { queue, epoch, generation, kind } = message;
      if (isOld(queue, epoch, generation)) fail(`${kind} is said under epoch ${epoch}, and ${newest.get(queue)?.epoch} leads`);
    },
    answered: ({ node, verb, args }, answer) => {
      if (!FENCED.has(verb)) return;
      const { queue, epoch, generation } = args[0] as Fence;
      const isRefused = typeof answer === 'object' && answer !== null && 'refused' in answer && answer.refused === 'fenced';
      if (isRefused) return;
      if (isOld(queue, epoch, generation))
        fail(`${verb} of ${node} is done under epoch ${epoch}, and ${newest.get(queue)?.epoch} leads`);
      const holder = view.leader(queue);
      if (holder?.node !== node) fail(`${verb} of ${node} is done, and ${holder?.node ?? 'nobody'} leads`);
    },
  };
};
