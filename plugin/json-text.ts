/**
 * JSON as people write it: with comments and trailing commas, every mistake at once, and of each part the place where it stands. What may be a
 * password is in no message: of the text only marks are shown.
 */
import { getLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ConfigProblem } from './errors.ts';

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface JsonText {
  readonly value: unknown;
  /** Where the value at a path stands, or its key; where there is none, that which it should be in. */
  placeOf(path: readonly string[], what: 'key' | 'value'): Place;
}

/** By the parser's names. */
const EXPECTED: Readonly<Record<string, string>> = {
  InvalidSymbol: 'text in double quotes, a number, true, false or null',
  InvalidNumberFormat: 'a number such as 10 or 0.5',
  PropertyNameExpected: 'the name of an option in double quotes',
  ValueExpected: 'a value',
  ColonExpected: 'a colon ( : ) after the name of the option',
  CommaExpected: 'a comma ( , ) before this',
  CloseBraceExpected: 'a closing brace ( } )',
  CloseBracketExpected: 'a closing bracket ( ] )',
  EndOfFileExpected: 'nothing after the last closing brace',
  UnexpectedEndOfComment: 'the end of a comment ( */ )',
  UnexpectedEndOfString: 'double quotes at the end of the text',
  UnexpectedEndOfNumber: 'more digits',
  InvalidUnicode: 'four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'one of " \\ / b f n r t u after a backslash: a backslash itself is written twice',
  InvalidCharacter: 'no control characters in a text: a new line is written \\n',
};

/** What was found there is plain by itself. */
const FOUND: Readonly<Record<string, string>> = {
  UnexpectedEndOfString: 'the end of the line',
  UnexpectedEndOfComment: 'the end of the file',
  InvalidEscapeCharacter: 'another one',
  InvalidCharacter: 'one',
};

const MARKS: Readonly<Record<string, string>> = {
  ...{ '{': 'an opening brace', '}': 'a closing brace', '[': 'an opening bracket', ']': 'a closing bracket' },
  ...{ ',': 'a comma', ':': 'a colon', '"': 'text', "'": 'a single quote', '“': 'a curly quote', '”': 'a curly quote' },
  '=': 'an equals sign',
};

/** Throws nothing: a text that is no JSON is a list of problems. */
export function readJsonText(text: string): JsonText | { readonly problems: readonly ConfigProblem[] } {
  const placeAt = placesIn(text);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const seen = new Set<number>();
  const problems = errors.flatMap(({ error, offset }): ConfigProblem[] => {
    const place = placeAt(offset);
    // What is wrong once is wrong once: the rest of a line follows from its first mistake.
    if (seen.has(place.line)) return [];
    seen.add(place.line);
    const code = codeAt(printParseErrorCode(error), text, offset, tree);
    return [{ path: '', expected: EXPECTED[code] ?? 'JSON', found: FOUND[code] ?? foundAt(text, offset, code), ...place }];
  });
  // Nothing at all, or comments alone.
  if (!tree && errors.length === 1)
    return { problems: [{ path: '', expected: 'an object such as {}', found: 'nothing', ...placeAt(0) }] };
  if (!tree || problems.length > 0) return { problems };
  const twice: ConfigProblem[] = [];
  const value = valueIn(tree, '', (path, key) =>
    twice.push({ path, expected: 'each option once', found: 'a second one of the same name', ...placeAt(key.offset) }),
  );
  if (twice.length > 0) return { problems: twice };
  return { value, placeOf: (path, what) => placeAt(offsetOf(tree, path, what)) };
}

function placesIn(text: string): (offset: number) => Place {
  const starts = [0];
  for (const { index } of text.matchAll(/\r\n|\r|\n/g)) starts.push(index + (text.startsWith('\r\n', index) ? 2 : 1));
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] as number) + 1 };
  };
}

/** Of what is no part of JSON the parser does not say what should be in its place. */
function codeAt(code: string, text: string, offset: number, tree: Node | undefined): string {
  if (code !== 'InvalidSymbol') return code;
  if (tree && tree.length > 0 && offset >= tree.offset + tree.length) return 'EndOfFileExpected';
  return getLocation(text, offset).isAtPropertyKey ? 'PropertyNameExpected' : code;
}

function foundAt(text: string, offset: number, code: string): string {
  const mark = text.charAt(offset);
  if (mark === '') return 'the end of the file';
  if (code === 'PropertyNameExpected' && /[\p{L}_$]/u.test(mark)) return 'a name without them';
  return MARKS[mark] ?? (/[-\d]/.test(mark) ? 'a number' : /\s/.test(mark) ? 'the end of the line' : 'something else');
}

/** Its plain value. A name that stands twice is told. */
function valueIn(node: Node, path: string, onTwice: (path: string, key: Node) => void): unknown {
  if (node.type === 'array') return node.children?.map((child, index) => valueIn(child, `${path}[${index}]`, onTwice));
  if (node.type !== 'object') return node.value;
  const object: Record<string, unknown> = {};
  for (const { children: [key, value] = [] } of node.children ?? []) {
    if (!key || !value) continue;
    const at = pathWith(path, key.value);
    if (Object.hasOwn(object, key.value)) onTwice(at, key);
    // So that `__proto__` is a name as any other, and refused as one.
    Object.defineProperty(object, key.value, {
      ...{ value: valueIn(value, at, onTwice), enumerable: true, configurable: true, writable: true },
    });
  }
  return object;
}

function offsetOf(tree: Node, path: readonly string[], what: 'key' | 'value'): number {
  let node = tree;
  let { offset } = tree;
  for (const segment of path) {
    const child: Node | undefined =
      node.type === 'array'
        ? node.children?.[Number(segment)]
        : node.children?.find(({ children }) => children?.[0]?.value === segment)?.children?.[1];
    if (!child) return offset;
    offset = (what === 'key' && node.type === 'object' ? (child.parent as Node) : child).offset;
    node = child;
  }
  return offset;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A path with one more name, as the validators write it. */
export const pathWith = (path: string, name: string): string =>
  !IDENTIFIER.test(name) ? `${path}[${JSON.stringify(name)}]` : path === '' ? name : `${path}.${name}`;

/** The names in such a path. */
export const namesIn = (path: string): string[] =>
  [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    quoted === undefined ? (index ?? (name as string)) : (JSON.parse(quoted) as string),
  );
