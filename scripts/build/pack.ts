/**
 * The one file that a game server loads. What it does is minified and packed (Brotli, as text), for it is twice as large as a download should be. What not every
 * server needs, or not before it starts, lies beside it in pieces of its own, which are not even unpacked before they are asked for: most of what loading costs is compiling.
 */
import { brotliCompressSync, constants } from 'node:zlib';

export interface Piece {
  readonly name: string;
  readonly text: string;
  /** How the bundle asks for it. */
  readonly asked: string;
}

const packed = (text: string): string => {
  if (/[^\0-\x7f]/.test(text)) throw new Error('build: what is packed has to be ASCII');
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(text, { params }).toString('base64');
};

/** `main` and the pieces are bundles, modules with a file name, for a game server that loads itself anew looks at those of all modules; `title` is the line by which a reader knows what this is. */
export function packedBundle(title: string, main: string, pieces: readonly Piece[]): string {
  const whole = pieces.reduce((text, { name, asked }) => {
    if (text.split(asked).length !== 2) throw new Error(`build: ${name} is to be loaded in one place`);
    return text.replace(asked, `module.pieces.${name}()`);
  }, main);
  return `// ${title}
"use strict";
const Module = require("module"), zlib = require("zlib");
const run = (on, packed, file) => (on.filename = file, on._compile(zlib.brotliDecompressSync(Buffer.from(packed, "base64")).toString("latin1"), file), on.exports);
const piece = (name, packed) => () => run(new Module(name, module), packed, __filename.replace(/js$/, name + ".js"));
module.pieces = {
${pieces.map(({ name, text }) => `${name}: piece("${name}", "${packed(text)}"),`).join('\n')}
};
run(module, "${packed(whole)}", __filename);
`;
}
