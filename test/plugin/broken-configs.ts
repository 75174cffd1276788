/** Configurations as people get them wrong, and what each is told: a pattern a problem, all of them and no other. */

export interface BrokenConfig {
  readonly name: string;
  readonly content: string | Buffer;
  readonly says: readonly RegExp[];
}

const broken = (name: string, content: unknown, ...says: RegExp[]): BrokenConfig => ({
  name,
  content: typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content, null, 2),
  says,
});
const shared = (redis: unknown): object => ({ nodeId: 'eu-1', redis });
const ranked = (queue: object): object => ({ queues: { ranked: queue } });

export const BROKEN: readonly BrokenConfig[] = [
  broken('empty', '', /line 1, column 1: expected an object such as \{\}, found nothing$/),
  broken('comments alone', '// {}\n', /line 1, column 1: expected an object such as \{\}, found nothing$/),
  broken('no end', '{ "realm": "a"', /line 1, column 15: expected a closing brace.*found the end of the file$/),
  broken('a brace too much', '{}}', /line 1, column 3: expected nothing after the last closing brace, found a closing brace$/),
  broken('no comma', '{\n  "realm": "a"\n  "nodeId": "b"\n}', /line 3, column 3: expected a comma/),
  broken('no colon', '{ "realm" "a" }', /line 1, column 11: expected a colon.*found text$/),
  broken('no value', '{ "realm": }', /line 1, column 12: expected a value, found a closing brace$/),
  broken(
    'something after it',
    '{} x',
    /line 1, column 4: expected nothing after the last closing brace, found something else$/,
  ),
  broken(
    'single quotes',
    "{ 'realm': 'a' }",
    /line 1, column 3: expected the name of an option in double quotes, found a single quote$/,
  ),
  broken(
    'curly quotes',
    '{ “realm”: 1 }',
    /line 1, column 3: expected the name of an option in double quotes, found a curly quote$/,
  ),
  broken(
    'a name without quotes',
    '{ realm: "a" }',
    /line 1, column 3: expected the name of an option in double quotes, found a name without them$/,
  ),
  broken(
    'a second name without quotes',
    '{ "realm": "a",\n "queues": { "ranked": {}, other: {} } }',
    /line 2, column 28: expected the name of an option in double quotes, found a name without them$/,
  ),
  broken(
    'a text without quotes',
    '{ "realm": a }',
    /line 1, column 12: expected text in double quotes, a number, .*, found something else$/,
  ),
  broken(
    'a text in single quotes',
    `{ "realm": 'a' }`,
    /line 1, column 12: expected text in double quotes, a number, .*, found a single quote$/,
  ),
  broken(
    'a list of names without quotes',
    '{ "redis": { "cluster": [a] } }',
    /line 1, column 26: expected text in double quotes, a number/,
  ),
  broken('text that does not end', '{ "realm": "a\n}', /line 1, column 12: expected double quotes at the end of the text/),
  broken(
    'a path of Windows',
    '{ "realm": "C:\\jaeger" }',
    /line 1, column 12: expected one of .* a backslash itself is written twice/,
  ),
  broken(
    'a comment that does not end',
    '{} /* so',
    /line 1, column 4: expected the end of a comment.*found the end of the file$/,
  ),
  broken(
    'two mistakes in two lines',
    '{ "a" 1,\n "b" 2 }',
    /line 1, column 7: expected a colon/,
    /line 2, column 6: expected a colon/,
  ),
  broken('the same twice', '{\n "realm": "a",\n "realm": "b"\n}', /line 3, column 2: realm: expected each option once/),
  broken('a list', '[]', /line 1, column 1: expected an object, found an empty list$/),
  broken('a text', '"ranked"', /line 1, column 1: expected an object, found text$/),
  broken('null', 'null', /line 1, column 1: expected an object, found null$/),
  broken('UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /UTF-8: save the file anew with that encoding, found text in UTF-16$/),
  broken('Latin 1', Buffer.from('{\n "realm": "jäger" }', 'latin1'), /line 2, column 13: expected text in UTF-8/),
  broken('binary', Buffer.from([0x7b, 0xff, 0xfe]), /line 1, column 2: expected text in UTF-8/),
  broken('too large', ' '.repeat(1_000_001), /expected a file of at most 1000000 bytes, found one of 1000001$/),
  broken('a misspelt option', { noedId: 'a' }, /line 2, column 3: noedId: there is no such option\. Did you mean nodeId\?$/),
  broken(
    'a misspelt option of a queue',
    ranked({ pol: {} }),
    /line 4, column 7: queues\.ranked\.pol: there is no such option\. Did you mean pool\?$/,
  ),
  broken(
    'an option too high up',
    ranked({ base: 10 }),
    /queues\.ranked\.base: there is no such option\. Did you mean pool\.base\?$/,
  ),
  broken('a queue where the queues are', { pool: {} }, /pool: there is no such option\. Did you mean queues\.NAME\.pool\?$/),
  broken('an option that nothing is like', { colour: 'red' }, /line 2, column 3: colour: there is no such option\.$/),
  broken('an option of the language', '{ "__proto__": {} }', /line 1, column 3: __proto__: there is no such option\.$/),
  broken(
    'text for a number',
    ranked({ pool: { base: '10' } }),
    /line 5, column 17: queues\.ranked\.pool\.base: expected a number from 0 to 1000000, found "10"$/,
  ),
  broken('a number out of range', ranked({ maxRuns: 0 }), /maxRuns: expected a whole number from 1 to 100000, found 0$/),
  broken('a fraction out of range', ranked({ budgetMs: 51 }), /budgetMs: expected a number from 0\.1 to 50, found 51$/),
  broken(
    'a fraction where whole numbers are',
    ranked({ maxRuns: 1.5 }),
    /maxRuns: expected a whole number from 1 to 100000, found 1\.5$/,
  ),
  broken(
    'half a millisecond',
    ranked({ times: { offerMs: 0.5 } }),
    /offerMs: expected a whole number from 1 to 86400000, found 0\.5$/,
  ),
  broken(
    'a time that is too long',
    ranked({ times: { idleMs: 5e9 } }),
    /idleMs: expected a whole number from 1 to 86400000, found 5000000000$/,
  ),
  broken(
    'a number that is too large',
    { messagesPerSecond: 1e10 },
    /expected a whole number from 100 to 1000000, found 10000000000$/,
  ),
  broken(
    'a type that there is not',
    ranked({ instant: { fields: { mic: { type: 'bool' } } } }),
    /mic\.type: expected one of "boolean", "list", "number", "text", found "bool"$/,
  ),
  broken(
    'a curve that there is not',
    ranked({ pool: { curve: 'cubic' } }),
    /curve: expected one of "exponential", "linear", "none", found "cubic"$/,
  ),
  broken('yes for true', ranked({ sameNode: 'yes' }), /sameNode: expected true or false, found "yes"$/),
  broken(
    'an odd name of a queue',
    { queues: { 'my queue': {} } },
    /line 3, column 17: queues\["my queue"\]: expected a name of 1 to 64 letters/,
  ),
  broken('no queue', { queues: {} }, /queues: expected at least one queue, found \{\}$/),
  broken('a node without a name', { nodeId: '' }, /nodeId: expected text from 1 to 128 characters, found ""$/),
  broken(
    'Redis without nodeId',
    { redis: 'redis://a' },
    /line 1, column 1: nodeId: expected a name of its own for each server/,
  ),
  broken('Redis somewhere else', shared('http://a'), /line 3, column 12: redis: expected a URL such as redis:/),
  broken('Redis nowhere', shared({ db: 1 }), /redis: expected exactly one of url, sentinels, cluster, found none of them$/),
  broken(
    'a cluster of no nodes',
    shared({ url: 'redis://a', cluster: [] }),
    /redis\.cluster: expected a list from 1 to 100 entries, found an empty list$/,
  ),
  broken(
    'Sentinels without a master',
    shared({ sentinels: [{ host: 'a' }] }),
    /redis\.name: expected the name by which the Sentinels/,
  ),
  broken(
    'a Sentinel without a host',
    shared({ sentinels: [{ port: 1 }], name: 'm' }),
    /line 5, column 7: redis\.sentinels\[0\]\.host: expected text/,
  ),
  broken(
    'certificates that are not there',
    shared({ url: 'rediss://a', tls: { ca: '/nowhere/ca.pem' } }),
    /redis\.tls\.ca: expected a file that can be read/,
  ),
  broken(
    'a user without a password',
    shared({ sentinels: [{ host: 'a' }], name: 'm', username: 'u' }),
    /redis\.password: expected a password/,
  ),
  broken(
    'renewing after the deadline',
    { lease: { renewMs: 2000 } },
    /line 3, column 16: lease\.renewMs: expected less than lease\.deadlineMs \(2000\), found 2000$/,
  ),
  broken(
    'a deadline after the lease',
    { lease: { deadlineMs: 5000 } },
    /lease\.deadlineMs: expected less than lease\.leaseMs \(3000\), found 5000$/,
  ),
  broken(
    'a largest range below the first',
    ranked({ pool: { base: 50, max: 20 } }),
    /line 6, column 16: queues\.ranked\.pool\.max: expected at least pool\.base \(50\), found 20$/,
  ),
  broken(
    'newcomers below the floor',
    ranked({ elo: { initial: 1, floor: 9 } }),
    /elo\.initial: expected at least elo\.floor \(9\), found 1$/,
  ),
  broken(
    'idle for longer than a battle',
    ranked({ times: { idleMs: 9, battleMs: 5 } }),
    /times\.idleMs: expected at most times\.battleMs \(5\), found 9$/,
  ),
  broken(
    'a secret that is too short',
    { secret: 'mumble-42' },
    /line 2, column 13: secret: expected text from 16 to 1024 characters, found text$/,
  ),
  broken(
    'much at once, in names that begin alike',
    {
      realm: 5,
      queues: { rank: { pool: { base: 50, max: 20 } }, ranked: { maxRuns: 'many' }, '1v1': { instant: { fields: null } } },
    },
    /line 2, column 12: realm: expected a name/,
    /queues\["1v1"\]\.instant\.fields: expected an object, found null$/,
    /queues\.rank\.pool\.max: expected at least pool\.base \(50\), found 20$/,
    /queues\.ranked\.maxRuns: expected a whole number/,
  ),
];
