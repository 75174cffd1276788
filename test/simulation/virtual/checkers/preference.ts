/** Heads are taken in order of preference: in one step who has waited longest first, equal steps by id. */
import type { MakeChecker } from '../checker.ts';

const STEP_MS = 50;

export const preference: MakeChecker = (view, fail) => {
  let last:
    | { readonly at: number; readonly node: string; readonly step: number; readonly id: string; readonly ticket: string }
    | undefined;
  return {
    event: (event) => {
      if (event.kind !== 'found') return;
      const { at, node, head } = event;
      const record = [...view.store().tickets.values()].find(({ actor }) => actor.id === head.id);
      // One that has moved meanwhile has another ticket.
      if (record?.node !== head.node) return;
      const step = Math.floor(record.firstConsidered / STEP_MS);
      const same = last?.at === at && last.node === node;
      if (same && last && (step < last.step || (step === last.step && head.id < last.id)))
        fail(`${head.id} is head after ${last.id}, and has waited longer`, head.id, last.id);
      last = { at, node, step, id: head.id, ticket: record.ticket };
    },
  };
};
