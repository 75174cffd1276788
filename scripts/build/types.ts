/**
 * The type declarations of the public API in one file that needs no other: what the compiler declares for each module, and of that whatever
 * the entry's exports lead to. Limits that only the validators read (typia's tags) are left out; of RxJS there is what a watcher needs.
 */
import { basename } from 'node:path';
import ts from 'typescript';

/** What stands for RxJS's own class. */
const OBSERVABLE = `/** Something to watch: an observable of RxJS, of which there is no copy to be installed. */
export interface Observable<T> {
  subscribe(observer?: {
    next?: (value: T) => void;
    error?: (error: unknown) => void;
    complete?: () => void;
  }): { unsubscribe(): void };
  subscribe(next: (value: T) => void): { unsubscribe(): void };
}
`;

type Declaration =
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.ClassDeclaration
  | ts.FunctionDeclaration
  | ts.VariableStatement;

interface Module {
  readonly file: ts.SourceFile;
  readonly declared: ReadonlyMap<string, readonly Declaration[]>;
  /** Local name → where it comes from. */
  readonly imported: ReadonlyMap<string, Origin>;
  readonly exported: ReadonlyMap<string, Origin>;
  readonly stars: readonly string[];
}
interface Origin {
  readonly module: string;
  readonly name: string;
}

const OPTIONS: ts.CompilerOptions = {
  ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler },
  ...{ lib: ['lib.es2023.d.ts'], types: ['node'], strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true },
  ...{ allowImportingTsExtensions: true, verbatimModuleSyntax: true, useDefineForClassFields: false },
  ...{ declaration: true, emitDeclarationOnly: true, stripInternal: true, noCheck: true },
};

export function declarationsOf(root: string, entry: string): string {
  const program = ts.createProgram([entry], { ...OPTIONS, rootDir: root });
  const isOurs = (module: string): boolean => program.getSourceFile(module)?.isDeclarationFile === false;
  /** Asked for one module at a time: few are reached, and for all of them the compiler would have to look at everything. */
  const declarationsIn = (module: string): string => {
    let declared: string | undefined;
    const write = (_: string, text: string): void => {
      declared = text;
    };
    program.emit(program.getSourceFile(module), write, undefined, true);
    if (declared === undefined) throw new Error(`build: no declarations of ${module}`);
    return declared;
  };
  const host = ts.createCompilerHost(OPTIONS);
  const modules = new Map<string, Module>();
  const moduleAt = (name: string): Module => {
    const known = modules.get(name);
    if (known) return known;
    const text = declarationsIn(name);
    const resolve = (specifier: string): string =>
      specifier.startsWith('.')
        ? (ts.resolveModuleName(specifier, name, OPTIONS, host).resolvedModule?.resolvedFileName ?? specifier)
        : specifier;
    const module = moduleOf(ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true), resolve);
    modules.set(name, module);
    return module;
  };

  /** Where a name of a module is really declared. */
  const find = (module: string, name: string): Origin | undefined => {
    if (!isOurs(module)) return module === 'rxjs' ? { module, name } : undefined;
    const { declared, imported, exported, stars } = moduleAt(module);
    if (declared.has(name)) return { module, name };
    const origin = exported.get(name) ?? imported.get(name);
    if (origin) return find(origin.module, origin.name);
    for (const star of stars) {
      const found = find(star, name);
      if (found) return found;
    }
    return undefined;
  };

  /** `module name` → the name here: two modules may use one name for different things. */
  const nameHere = new Map<string, string>();
  const reached: { readonly module: string; readonly name: string; readonly isPublic: boolean }[] = [];
  const keyOf = ({ module, name }: Origin): string => `${module} ${name}`;
  const reach = (origin: Origin, isPublic: boolean): void => {
    const { module, name } = origin;
    if (nameHere.has(keyOf(origin))) return;
    if (module === 'rxjs' && name !== 'Observable') throw new Error(`build: the public API has ${name} of RxJS`);
    const isTaken = [...nameHere.values()].includes(name);
    if (isTaken && isPublic) throw new Error(`build: two things are exported as ${name}`);
    const place = basename(module, '.ts').replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
    nameHere.set(keyOf(origin), isTaken ? `${name}Of${place}` : name);
    if (module === 'rxjs') return;
    if (!isOurs(module)) throw new Error(`build: ${name} comes from ${module}, which is not part of the bundle`);
    reached.push({ module, name, isPublic });
    for (const declaration of moduleAt(module).declared.get(name) ?? [])
      for (const { text } of namesUsedBy(declaration)) {
        const used = text === 'tags' ? undefined : find(module, text);
        if (used) reach(used, false);
      }
  };
  const main = moduleAt(entry);
  const own = [...main.declared].flatMap(([name, [one]]) => (one && isExported(one) ? [name] : []));
  const names = [...main.exported.keys(), ...own].sort();
  // Public names first: they are what they are called.
  const origins = names.map((name) => {
    const found = find(entry, name);
    if (found?.name !== name) throw new Error(`build: ${name} is exported and not declared under that name`);
    return found;
  });
  for (const origin of origins) nameHere.set(keyOf(origin), origin.name);
  for (const origin of origins) {
    nameHere.delete(keyOf(origin));
    reach(origin, true);
  }
  const declarations = reached.flatMap(({ module, name, isPublic }) =>
    (moduleAt(module).declared.get(name) as Declaration[]).map((each) => {
      const renamed = namesUsedBy(each).flatMap((node) => {
        const used = node.text === 'tags' ? undefined : find(module, node.text);
        const here = used && nameHere.get(keyOf(used));
        return here !== undefined && here !== node.text ? [{ node, here }] : [];
      });
      const here = nameHere.get(keyOf({ module, name })) as string;
      if (here !== name && !ts.isVariableStatement(each) && each.name) renamed.push({ node: each.name, here });
      return textOf(each, isPublic, renamed);
    }),
  );
  const header = '// Type declarations of Jaeger, for authors of adapters. Generated; do not edit.\n';
  return `${header}\n${[OBSERVABLE, ...declarations].join('\n')}\nexport {};\n`;
}

const isExported = (node: Declaration): boolean =>
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

function moduleOf(file: ts.SourceFile, resolve: (specifier: string) => string): Module {
  const declared = new Map<string, Declaration[]>();
  const imported = new Map<string, Origin>();
  const exported = new Map<string, Origin>();
  const stars: string[] = [];
  const declare = (name: string | undefined, node: Declaration): void => {
    if (name !== undefined) declared.set(name, [...(declared.get(name) ?? []), node]);
  };
  const textIn = (node: ts.Node | undefined): string => (node && ts.isStringLiteral(node) ? resolve(node.text) : file.fileName);
  for (const node of file.statements) {
    if (ts.isImportDeclaration(node)) {
      const module = textIn(node.moduleSpecifier);
      const bindings = node.importClause?.namedBindings;
      if (bindings && ts.isNamedImports(bindings))
        for (const { name, propertyName } of bindings.elements)
          imported.set(name.text, { module, name: (propertyName ?? name).text });
    } else if (ts.isExportDeclaration(node)) {
      const module = textIn(node.moduleSpecifier);
      if (!node.exportClause) stars.push(module);
      else if (ts.isNamedExports(node.exportClause))
        for (const { name, propertyName } of node.exportClause.elements) {
          const own = (propertyName ?? name).text;
          const origin = node.moduleSpecifier ? { module, name: own } : imported.get(own);
          if (origin) exported.set(name.text, origin);
        }
    } else if (
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isFunctionDeclaration(node)
    )
      declare(node.name?.text, node);
    else if (ts.isVariableStatement(node))
      for (const { name } of node.declarationList.declarations) if (ts.isIdentifier(name)) declare(name.text, node);
  }
  return { file, declared, imported, exported, stars };
}

/** Where it names a type, or a value by its type. */
function namesUsedBy(node: Declaration): ts.Identifier[] {
  const names: ts.Identifier[] = [];
  const own = new Set<string>();
  const visit = (each: ts.Node): void => {
    if (ts.isImportTypeNode(each)) throw new Error(`build: an import in a type: ${each.getText()}`);
    if (ts.isTypeParameterDeclaration(each)) own.add(each.name.text);
    if (ts.isTypeReferenceNode(each)) names.push(rootOf(each.typeName));
    else if (ts.isTypeQueryNode(each)) names.push(rootOf(each.exprName));
    else if (ts.isExpressionWithTypeArguments(each) && ts.isIdentifier(each.expression)) names.push(each.expression);
    ts.forEachChild(each, visit);
  };
  visit(node);
  return names.filter(({ text }) => !own.has(text));
}

const rootOf = (name: ts.EntityName): ts.Identifier => (ts.isIdentifier(name) ? name : rootOf(name.left));

interface Renamed {
  readonly node: ts.Identifier;
  readonly here: string;
}

/** The declaration with its comments, without tags, exported only where the entry exports it. */
function textOf(node: Declaration, isPublic: boolean, renamed: readonly Renamed[]): string {
  const start = node.getFullStart();
  let whole = node.getFullText();
  for (const { node: name, here } of [...renamed].sort((a, b) => b.node.getStart() - a.node.getStart()))
    whole = whole.slice(0, name.getStart() - start) + here + whole.slice(name.getEnd() - start);
  const comment = /^\s*(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)*/.exec(whole)?.[0] ?? '';
  const bare = whole
    .slice(comment.length)
    .replace(/^(?:export )?(?:declare )?/, isPublic ? 'export declare ' : 'declare ')
    .replace(/ & tags\.\w+(?:<(?:[^<>]|<[^<>]*>)*>)?/g, '')
    .replace(/\((string|number)\)\[\]/g, '$1[]')
    .replace(/^\s*private .*\n/gm, '');
  const last = comment.trimEnd().lastIndexOf('/**');
  return `${last < 0 ? '' : `${comment.slice(last).trim()}\n`}${bare}\n`;
}
