/** A snapshot that is read page by page while everything changes is what one moment was. */
import { Redis } from 'ioredis';
import { concatMap, defer, firstValueFrom, forkJoin, from, last, type Observable, Subscription, tap } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Fence } from '../../../bus/bus.ts';
import { keyOf } from '../../../bus/redis/keys.ts';
import type { Link } from '../../../bus/redis/link.ts';
import { linkTo, type RedisBus, redisBusOver } from '../../../bus/redis.ts';
import { realScheduler } from '../../../plugin/runtime.ts';
import { randomOf } from '../../../scripts/random.ts';
import { type RedisServer, startRedis } from '../../../scripts/redis.ts';
import { drawn, SEED } from '../../seed.ts';
import { entering, settling } from '../conformance/scene.ts';

const TICKETS = 1200;

const test = suite('a snapshot of the Redis bus');
let server: RedisServer;
let quiet: RedisBus | undefined;
test.before(async () => {
  server = await startRedis();
});
const campaign = new Subscription();
test.after(async () => {
  campaign.unsubscribe();
  quiet?.close();
  await server.stop();
});

test(`is whole whatever happens between its pages (seed ${SEED})`, async () => {
  const random = randomOf(SEED, 'snapshot');
  const options = { scheduler: realScheduler, random: drawn('pages'), realm: 'pages' };
  const base = linkTo(server.url, options);
  const bus = redisBusOver(base, options);
  quiet = bus;
  const fence = await new Promise<Fence>((resolve) => {
    campaign.add(bus.holdLease('duel', 'A').subscribe((lease) => lease && resolve(lease)));
  });
  await firstValueFrom(
    forkJoin(Array.from({ length: TICKETS }, (_, index) => bus.enter(entering(`p${index}`, { maxWaiting: 1e6 })))),
  );

  let entered = TICKETS;
  let matches = 0;
  let pages = 0;
  const any = (): string => `p${random.integer(0, entered - 1)}`;
  /** What happens while the pages are read: tickets come, leave, and are matched. */
  const happenings = (): Observable<unknown>[] => {
    const [head, candidate] = [any(), any()];
    const id = `${matches++}`;
    return [
      bus.enter(entering(`p${entered++}`, { maxWaiting: 1e6 })),
      bus.leave('A', any()),
      bus.offer(fence, { offerId: id, head, candidate, windowMs: 60_000 }),
      bus.reply(id, head, 'confirmed'),
      bus.reply(id, candidate, matches % 3 === 0 ? 'declined' : 'confirmed'),
      bus.settle(fence, settling({ offerId: id, outcome: matches % 3 === 0 ? 'candidateFailed' : 'match', matchId: `m${id}` })),
      bus.joined(`m${id}`, 0, 'A'),
      bus.enter(entering(`p${entered++}`, { maxWaiting: 1e6, queue: 'other' })),
    ];
  };
  const link: Link = {
    ...base,
    run: (script, ...rest) =>
      script.name !== 'page'
        ? base.run(script, ...rest)
        : defer(() => from([...happenings(), ...happenings()])).pipe(
            concatMap((verb) => verb),
            last(),
            concatMap(() => base.run(script, ...rest)),
            tap(() => pages++),
          ),
  };
  const busy = redisBusOver(link, options);
  for (let round = 0; round < 5; round++) {
    const snapshot = await firstValueFrom(busy.snapshot('duel'));
    assert.equal(snapshot, await firstValueFrom(bus.snapshot('duel')));
    assert.ok(snapshot.tickets.length > 900);
  }
  assert.ok(pages >= 5 * 6, `${pages} pages`);
});

test(`is read once more where the list of changes begins anew meanwhile (seed ${SEED})`, async () => {
  const options = { scheduler: realScheduler, random: drawn('anew'), realm: 'anew' };
  const base = linkTo(server.url, options);
  const bus = redisBusOver(base, options);
  const raw = new Redis(server.url);
  const key = keyOf('anew', 'changes', {});
  try {
    for (const id of ['a', 'b', 'c']) await firstValueFrom(bus.enter(entering(id)));
    const before = await raw.lindex(key, 0);
    let pages = 0;
    /** While the first pages are read one comes and one leaves, in a list that is full. */
    const full = async (): Promise<void> => {
      if (pages++ > 0) return;
      await raw.eval("for i = redis.call('LLEN', KEYS[1]), 99999 do redis.call('RPUSH', KEYS[1], 't:x') end", 1, key);
      await firstValueFrom(bus.enter(entering('d')));
      await firstValueFrom(bus.leave('A', 'a'));
    };
    const link: Link = {
      ...base,
      run: (script, ...rest) =>
        script.name === 'page' ? defer(full).pipe(concatMap(() => base.run(script, ...rest))) : base.run(script, ...rest),
    };
    const { tickets } = await firstValueFrom(redisBusOver(link, options).snapshot('duel'));
    assert.equal(tickets.map(({ ticket }) => ticket).sort(), ['b', 'c', 'd']);
    assert.is.not(await raw.lindex(key, 0), before);
    assert.ok((await raw.llen(key)) < 10, 'it began anew');
    assert.ok(pages > 3, 'the pages were read once more');
  } finally {
    raw.disconnect();
    await bus.close();
  }
});

test.run();
