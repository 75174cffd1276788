import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScriptMessage } from '../../bus/messages.ts';
import type { MatchRecord } from '../../bus/records.ts';
import { Queue } from '../../matcher/index.ts';
import { DEFAULTS } from '../../plugin/config.ts';
import { Ledger } from '../../plugin/ledger.ts';

const side = (id: string): MatchRecord['sides'][0] => ({
  ...{ ticket: `ticket of ${id}`, node: 'node', boot: 'boot', ruleset: '', firstConsidered: 0 },
  actor: { id, name: id, members: [id], elo: 1000, blocks: [] },
  ...{ elo: 1000, games: 0, missedJoins: 0, joined: true, left: false, teamIn: false, valid: false, eloTaken: false },
  ...{ refusal: null, result: null },
});

const playing: MatchRecord = {
  ...{ matchId: 'match', queue: 'ranked', challengeRoom: 'room', stage: 'battle', revision: 7, deadline: 60_000 },
  ...{ lastEntryAt: 0, firstOverAt: null, rated: true, turns: 4, sides: [side('joe'), side('jeff')] },
};

function watched() {
  const ledger = new Ledger(new Queue({ ...DEFAULTS.queue, unequalParties: false }));
  ledger.beginLoad();
  for (const _ of ledger.load({ revision: 0, tickets: [], offers: [], matches: [playing] }));
  const seen: string[] = [];
  ledger.match$('match').subscribe(({ revision, stage, sides }) => {
    const taken = sides.filter(({ eloTaken }) => eloTaken).length;
    seen.push(`${revision} ${stage} ${taken}`);
  });
  const took = (number: 0 | 1, change: number): ScriptMessage => ({
    ...{ v: 1, kind: 'ELO_TAKEN', matchId: 'match', side: number, change, revision: 1 + number },
  });
  return { ledger, seen, took };
}

test('what a node says of a step of the leader is put to the record that this step has made, be it faster than the answer to the leader', () => {
  const { ledger, seen, took } = watched();
  assert.is(ledger.apply(took(0, 9)), 'applied');
  assert.is(ledger.apply(took(1, 10)), 'applied');
  assert.equal(seen, ['7 battle 0'], 'the record is not one that never was');
  ledger.putMatch({ ...playing, stage: 'rated', revision: 8 });
  assert.equal(seen, ['7 battle 0', '8 rated 0', '9 rated 1', '10 rated 2']);
});

test('an answer that knows of it already is not changed by it', () => {
  const { ledger, seen, took } = watched();
  ledger.apply(took(0, 9));
  const [joe, jeff] = playing.sides;
  ledger.putMatch({ ...playing, stage: 'rated', revision: 9, sides: [{ ...joe, eloTaken: true }, jeff] });
  assert.is(seen.at(-1), '9 rated 1');
  ledger.apply(took(1, 10));
  assert.is(seen.at(-1), '10 rated 2');
});

test.run();
