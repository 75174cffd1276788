/**
 * What every bus has to do, by the port alone: two implementations, one suite that both pass. A bus is tested by
 * `conformance(test, makeWorld)`; each test gets a world of its own.
 */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { advances } from './conformance/advances.ts';
import { answers } from './conformance/answers.ts';
import { closings } from './conformance/closings.ts';
import { commands } from './conformance/commands.ts';
import { conduct } from './conformance/conduct.ts';
import { histories } from './conformance/histories.ts';
import { holdings } from './conformance/holdings.ts';
import { incidents } from './conformance/incidents.ts';
import { instants } from './conformance/instants.ts';
import { leases } from './conformance/leases.ts';
import { legacies } from './conformance/legacies.ts';
import { logs } from './conformance/logs.ts';
import { losses } from './conformance/losses.ts';
import { nodes } from './conformance/nodes.ts';
import { offers } from './conformance/offers.ts';
import { rematches } from './conformance/rematches.ts';
import { returns } from './conformance/returns.ts';
import { rooms } from './conformance/rooms.ts';
import { type Scenario, Scene, type World } from './conformance/scene.ts';
import { seasons } from './conformance/seasons.ts';
import { seatsLeft } from './conformance/seats.ts';
import { settlements } from './conformance/settlements.ts';
import { standings } from './conformance/standings.ts';
import { table } from './conformance/table.ts';
import { tickets } from './conformance/tickets.ts';

export type { World };

const PARTS: readonly ((scenario: Scenario) => void)[] = [
  rooms,
  tickets,
  offers,
  settlements,
  answers,
  logs,
  advances,
  legacies,
  standings,
  leases,
  commands,
  closings,
  incidents,
  seasons,
  histories,
  seatsLeft,
  nodes,
  losses,
  table,
  conduct,
  holdings,
  instants,
  rematches,
  returns,
];

export function conformance(test: Test, makeWorld: () => Promise<World>): void {
  const scenario: Scenario = (name, run) =>
    test(name, async () => {
      const scene = new Scene(await makeWorld());
      try {
        await run(scene);
        assert.equal(scene.errors, []);
      } finally {
        await scene.close();
      }
    });
  for (const part of PARTS) part(scenario);
}
