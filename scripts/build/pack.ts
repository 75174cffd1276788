/**
 * The one file that a game server loads. What it does is minified and packed (Brotli, as text), for it is twice as large as a download should be; ioredis lies
 * beside it in a piece of its own, which is not even unpacked before a server connects to Redis. Unpacking takes a few milliseconds, less than it takes to compile.
 */
import { brotliCompressSync, constants } from 'node:zlib';

const packed = (text: string): string => {
  if (/[^\0-\x7f]/.test(text)) throw new Error('build: what is packed has to be ASCII');
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(text, { params }).toString('base64');
};

/** As the bundle asks for it. */
const ASKED = 'require("ioredis")';

/** `main` and `redis` are bundles, modules with a file name, for a game server that loads itself anew looks at those of all modules; `title` is the line by which a reader knows what this is. */
export function packedBundle(title: string, main: string, redis: string): string {
  if (main.split(ASKED).length !== 2) throw new Error('build: ioredis is to be loaded in one place');
  return `// ${title}
"use strict";
const Module = require("module"), zlib = require("zlib");
const run = (on, packed, file) => (on.filename = file, on._compile(zlib.brotliDecompressSync(Buffer.from(packed, "base64")).toString("latin1"), file), on.exports);
let redis;
module.redis = () => redis || (redis = run(new Module("ioredis", module), "${packed(redis)}", __filename.replace(/js$/, "redis.js")));
run(module, "${packed(main.replace(ASKED, 'module.redis()'))}", __filename);
`;
}
