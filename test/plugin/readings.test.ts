/** What users want and say of themselves, read once. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Field } from '../../matcher/index.ts';
import { Readings } from '../../plugin/readings.ts';

const test = suite('readings');
const FIELDS = new Map<string, Field>([['mic', { type: 'boolean' }]]);
const MIC = '{"field":"mic","eq":true}';

test('the same text is read once', () => {
  const readings = new Readings(FIELDS);
  const [one, other] = [readings.user(MIC, '{"mic":true}'), readings.user(MIC, '{"mic":false}')];
  assert.is(one?.wishes, other?.wishes);
  assert.is.not(one?.data, other?.data);
  assert.is(one?.wishes.fits(one.data), true);
  assert.is(one?.wishes.fits((other as typeof one).data), false);
});

test('what is of other fields, or of none, is of nobody, however often it comes', () => {
  const readings = new Readings(FIELDS);
  for (let count = 0; count < 2; count++) {
    assert.is(readings.user('{"field":"region","eq":"eu"}', '{}'), undefined);
    assert.is(readings.user(MIC, '{"region":"eu"}'), undefined);
    assert.is(readings.user('{', '{}'), undefined);
  }
});

test('of a flood of texts only the newest are kept', () => {
  const readings = new Readings(new Map<string, Field>([['rank', { type: 'number', min: 0, max: 1000 }]]));
  const first = readings.user('{"field":"rank","eq":0}', '{}');
  for (let rank = 1; rank < 256; rank++) readings.user(`{"field":"rank","eq":${rank}}`, '{}');
  assert.is(readings.user('{"field":"rank","eq":0}', '{}')?.wishes, first?.wishes, 'so many are');
  readings.user('{"field":"rank","eq":256}', '{}');
  assert.is.not(readings.user('{"field":"rank","eq":0}', '{}')?.wishes, first?.wishes, 'the oldest has gone');
});

test.run();
