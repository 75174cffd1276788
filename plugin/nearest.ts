/** What was meant by a name that does not exist: the nearest real one, here or elsewhere in the configuration. */
import { optionShapes } from '../bus/generated/shapes.ts';

/** How many letters have to be put in, taken out, changed, or swapped with the next one. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const [above, row] = [rows[i - 1] as number[], [i]];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1, (above[j - 1] as number) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (rows[i - 2]?.[j - 2] as number) + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] as number;
}

/** Names longer than any option are not looked at letter by letter. */
const MOST_LETTERS = 64;

/** The one that is spelt most alike; undefined when none is near. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  if (name.length > MOST_LETTERS) return undefined;
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const ranked = known
    .map((each) => ({ each, far: distance(plain(name), plain(each)) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.floor(each.length / 3)))
    .sort((a, b) => a.far - b.far || (a.each < b.each ? -1 : 1));
  return ranked[0]?.each;
}

type Shape = Readonly<Record<string, string>>;
const shapeOf = (name: string): Shape => (optionShapes as Readonly<Record<string, Shape>>)[name] ?? {};

/** The option that was meant by the last name of a path that is none; undefined when nobody can tell. */
export function meantBy(path: readonly string[]): string | undefined {
  const name = path.at(-1);
  let type = 'Options';
  for (const step of path.slice(0, -1)) {
    if (/^\d+$/.test(step) && !Object.hasOwn(shapeOf(type), '*')) continue;
    type = shapeOf(type)[step] ?? shapeOf(type)['*'] ?? '';
  }
  if (name === undefined) return undefined;
  return nearestOf(name, Object.keys(shapeOf(type))) ?? belowOf(name, type) ?? belowOf(name, 'Options');
}

/** An option of exactly this name further down. */
function belowOf(name: string, type: string): string | undefined {
  const paths: { readonly path: string; readonly type: string }[] = [{ path: '', type }];
  for (const { path, type: at } of paths)
    for (const [key, below] of Object.entries(shapeOf(at))) {
      const next = `${path}${path && '.'}${key === '*' ? 'NAME' : key}`;
      if (path !== '' && key.toLowerCase() === name.toLowerCase()) return next;
      if (below !== '' && paths.length < 100) paths.push({ path: next, type: below });
    }
  return undefined;
}
