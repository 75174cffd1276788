/** What servers count as an incident reaches the owner: once, with what is known of the match. In virtual time. */
import { defer, throwError } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, BusUnreachable } from '../../bus/bus.ts';
import { Reports } from '../../plugin/reports.ts';
import { lossy, TestWorld } from './world.ts';

const incidents = (world: TestWorld) => world.value(world.bus.incidents(null, 5000)).reverse();

/** The result of joe, on A, is not acknowledged for a while. */
const unanswered = (wire: (bus: Bus, node: string) => Bus = (bus) => bus): TestWorld =>
  new TestWorld({
    players: { bob: { overAfterMs: 15_000 } },
    wire: (bus, node) => wire(node === 'A' ? lossy(bus, ({ kind }) => (kind === 'OVER_OK' ? 0 : 1)) : bus, node),
  })
    .start()
    .add('A', 'joe', 1000)
    .add('B', 'bob', 1000);

test('a result that nobody acknowledges: one incident, with both sides, the stage, times and where the log is', () => {
  const world = unanswered().run(60_000);
  const [event] = world.of('incident');
  const [incident, ...more] = incidents(world);
  assert.equal(more, []);
  assert.ok(event && incident);
  const { matchId } = event;
  assert.equal(
    [incident.kind, incident.detail, incident.queue, incident.matchId, incident.stage, incident.log, incident.at],
    ['MissingAcknowledgement', event.detail, 'ranked', matchId, 'battle', `log:${matchId}`, event.at],
  );
  assert.equal(
    [[...incident.actors].sort(), [...incident.nodes].sort()],
    [
      ['bob', 'joe'],
      ['A', 'B'],
    ],
  );
  assert.ok(incident.lastEntryAt !== null && incident.lastEntryAt <= incident.at);
});

test('while Redis is away they wait, and come later with their time, each once, though answers were lost', () => {
  let away = true;
  let lost = 0;
  const unreachable = () => throwError(() => new BusUnreachable('away'));
  const wire = (bus: Bus): Bus => ({
    ...bus,
    report: (request) =>
      defer(() =>
        away
          ? unreachable()
          : lost++ < 3
            ? defer(() => {
                bus.report(request).subscribe();
                return unreachable();
              })
            : bus.report(request),
      ),
  });
  const world = unanswered(wire).run(60_000);
  assert.is(world.of('incident').length, 1);
  assert.equal(incidents(world), []);
  away = false;
  world.run(5000);
  assert.ok(lost > 3);
  assert.equal(
    incidents(world).map(({ at }) => at),
    world.of('incident').map(({ at }) => at),
  );
});

test('a match that the bus lost: the incident says whom and which servers it was of, as they know it', () => {
  const world = new TestWorld({ nodes: ['L', 'A', 'B'] }).start().add('A', 'joe', 1000).add('B', 'bob', 1000).run(5000);
  assert.is(world.stages().at(-1), 'battle');
  world.bus.lose();
  world.run(20_000);
  const found = incidents(world);
  assert.equal(
    found.map(({ kind, queue, stage, log }) => [kind, queue, stage, log]),
    [
      ['StoreLost', 'ranked', 'battle', null],
      ['StoreLost', 'ranked', 'battle', null],
    ],
  );
  for (const { actors, nodes } of found)
    assert.equal(
      [[...actors].sort(), [...nodes].sort()],
      [
        ['bob', 'joe'],
        ['A', 'B'],
      ],
    );
});

test('so many wait at most; the oldest go; one that is refused for good is a fault, and holds up nobody', () => {
  const world = new TestWorld({ nodes: [] });
  let away = true;
  const bus: Bus = {
    ...world.bus,
    report: (request) =>
      defer(() =>
        away
          ? throwError(() => new BusUnreachable('away'))
          : request.detail === 'number 500'
            ? throwError(() => new Error('NOPERM'))
            : world.bus.report(request),
      ),
  };
  let ids = 0;
  const reports = new Reports({ bus, scheduler: world.time, newId: () => `id${ids++}`, elapsedMs: () => 0 });
  const faults: string[] = [];
  reports.work().subscribe((event) => faults.push(event.kind));
  const about = { queue: 'ranked', stage: 'battle', actors: ['joe'], nodes: ['A'] } as const;
  for (let number = 0; number < 1200; number++)
    reports.add({ kind: 'incident', code: 'StoreLost', matchId: `m${number}`, id: 'joe', detail: `number ${number}`, about });
  world.run(1000);
  let drained = false;
  reports.drained().subscribe({ complete: () => (drained = true) });
  assert.not(drained);
  away = false;
  world.run(5000);
  assert.ok(drained);
  const found = incidents(world).map(({ detail }) => detail);
  // The one that was being handed on is not among those that wait.
  assert.equal([found.length, found[0], found.at(-1)], [1000, 'number 0', 'number 1199']);
  assert.equal(faults, ['fault']);
});

test('a server that stops hands on what it has first', () => {
  let away = true;
  const wire = (bus: Bus): Bus => ({
    ...bus,
    report: (request) => defer(() => (away ? throwError(() => new BusUnreachable('away')) : bus.report(request))),
  });
  const world = unanswered(wire).run(60_000);
  away = false;
  world.node('A').stop().subscribe();
  world.run(2000);
  assert.is(world.of('stopped').length, 1);
  assert.is(incidents(world).length, 1);
});

test.run();
