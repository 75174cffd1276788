/** The matcher has no clock, randomness, promise or IO: proven from its bundle and from every global that it names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import ts from 'typescript';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../scripts/rooms.ts';

const root = join(__dirname, '..', '..');
const files = filesOf(root, ['matcher']);

test('its bundle holds its own files and rxjs, and asks Node for nothing', () => {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: ['matcher/index.ts'],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    // Not Node: any of its built-ins would be an error.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
  });
  const inputs = Object.keys(metafile.inputs);
  const foreign = inputs.filter((input) => !/^(matcher\/|node_modules\/(rxjs|tslib)\/)/.test(input));
  assert.equal(foreign, []);
  assert.equal(inputs.filter((input) => input.startsWith('matcher/')).sort(), files);
  const external = Object.values(metafile.outputs).flatMap((output) => output.imports.filter((each) => each.external));
  assert.equal(external, []);
});

/** What the matcher may name of the language itself. */
const GLOBALS = new Set([
  'Array',
  'Float64Array',
  'Uint8Array',
  'Int32Array',
  'Map',
  'Math',
  'Number',
  'Set',
  'Error',
  'JSON',
  'Object',
  'String',
  'undefined',
]);
/** What of RxJS brings in a promise or the real clock. */
const IMPURE_RXJS = new Set([
  'firstValueFrom',
  'lastValueFrom',
  'asapScheduler',
  'asyncScheduler',
  'animationFrameScheduler',
  'queueScheduler',
  'fromFetch',
  'fromEvent',
]);
/** Operators of time, and how many arguments they have when a scheduler is among them. */
const TIMED: Readonly<Record<string, number>> = {
  timer: 2,
  interval: 2,
  delay: 2,
  debounceTime: 2,
  throttleTime: 2,
  auditTime: 2,
  sampleTime: 2,
};

/** Everything in these files that is not of the pure language, as `file: what`. */
function impurities(program: ts.Program, which: readonly string[]): string[] {
  const checker = program.getTypeChecker();
  const found: string[] = [];
  const isLibrary = (declaration: ts.Declaration): boolean => {
    const { fileName } = declaration.getSourceFile();
    return /node_modules\/(typescript\/lib|@types\/node)\//.test(fileName);
  };
  for (const file of which) {
    const source = program.getSourceFile(file) as ts.SourceFile;
    const name = file.slice(root.length + 1);
    const visit = (node: ts.Node): void => {
      if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
      if (ts.isAwaitExpression(node)) found.push(`${name}: await`);
      if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((each) => each.kind === ts.SyntaxKind.AsyncKeyword))
        found.push(`${name}: async`);
      if (ts.isImportSpecifier(node) && IMPURE_RXJS.has(node.name.text)) found.push(`${name}: ${node.name.text}`);
      if (ts.isIdentifier(node) && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)) {
        const symbol = checker.getSymbolAtLocation(node);
        const global = symbol?.declarations?.some(isLibrary) && symbol.declarations.every(isLibrary);
        const own = ts.isPropertyAssignment(node.parent) || ts.isBindingElement(node.parent);
        if (global && !own && !GLOBALS.has(node.text)) found.push(`${name}: ${node.text}`);
      }
      if (ts.isPropertyAccessExpression(node) && node.getText(source) === 'Math.random') found.push(`${name}: Math.random`);
      if (ts.isPropertyAccessExpression(node) && node.name.text.startsWith('locale')) found.push(`${name}: ${node.name.text}`);
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        const least = TIMED[node.expression.text];
        if (least !== undefined && node.arguments.length < least)
          found.push(`${name}: ${node.expression.text} without a scheduler`);
        if (node.expression.text === 'timeout' && !node.getText(source).includes('scheduler'))
          found.push(`${name}: timeout without a scheduler`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  types: ['node'],
  noEmit: true,
  strict: true,
};

test('it names no clock, no randomness, no promise, no timer without a scheduler', () => {
  const paths = files.map((file) => join(root, file));
  assert.equal(impurities(ts.createProgram(paths, OPTIONS), paths), []);
});

test('the scan finds what it looks for', () => {
  const file = join(root, 'matcher', 'impure.ts');
  const text = `import { timer, firstValueFrom } from 'rxjs';
    export const a = Date.now() + Math.random() + performance.now();
    export const b = setTimeout(() => process.exit(), 1);
    export async function c() { await firstValueFrom(timer(5)); return new Promise(() => globalThis); }
    export const d = 'a'.localeCompare('b');`;
  const host = ts.createCompilerHost(OPTIONS);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) =>
    name === file ? ts.createSourceFile(name, text, version, true) : read(name, version);
  host.fileExists = (name) => name === file || ts.sys.fileExists(name);
  const found = impurities(ts.createProgram([file], OPTIONS, host), [file]).join('\n');
  for (const what of [
    'Date',
    'Math.random',
    'performance',
    'setTimeout',
    'process',
    'async',
    'await',
    'firstValueFrom',
    'Promise',
    'timer without',
    'localeCompare',
  ])
    assert.ok(found.includes(what), `${what} is not among\n${found}`);
});

test('no file of the matcher says `any` of its own or switches the checks off', () => {
  for (const file of files)
    assert.not.match(readFileSync(join(root, file), 'utf8'), /\bas any\b|: any\b|@ts-|biome-ignore/, file);
});

test.run();
