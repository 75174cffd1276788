/**
 * The README's tables of options, from the schema of `jaeger.json`, which is read off the types of the configuration and their comments. Each
 * stands between `<!-- options: TYPE -->` and `<!-- end -->`.
 */
import { type Schema, schemaOf } from './build/schema.ts';

interface Row {
  readonly path: string;
  readonly meaning: string;
  readonly byDefault: string;
}

/** An editor's own option. */
const NOT_TOLD = '$schema';
const DEFAULT = /\s*Default: (.*?)\.?$/s;

function rowsOf(definitions: Readonly<Record<string, Schema>>, type: string): Row[] {
  const target = (schema: Schema): Schema =>
    schema.$ref ? { ...definitions[schema.$ref.split('/').at(-1) as string], ...schema } : schema;
  const choicesOf = (schema: Schema): readonly unknown[] =>
    schema.enum ??
    (schema.const === undefined ? (schema.oneOf ?? []).flatMap((one) => choicesOf(target(one))) : [schema.const]);
  const rowOf = (path: string, schema: Schema): Row => {
    const description = (schema.description ?? '').replaceAll('\n', ' ');
    const choices = choicesOf(schema).filter((choice) => typeof choice === 'string');
    const unsaid = choices.filter((choice) => !description.includes(`\`${choice}\``));
    const list = unsaid.length > 0 ? ` One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.` : '';
    return { path, meaning: description.replace(DEFAULT, '') + list, byDefault: DEFAULT.exec(description)?.[1] ?? '' };
  };
  function* walk(schema: Schema, path: string): Generator<Row> {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      if (key === NOT_TOLD) continue;
      const option = target(value);
      const at = path === '' ? key : `${path}.${key}`;
      const isGroup = option.properties !== undefined && typeof option.additionalProperties !== 'object';
      // A group that may be there or not says what holds without it.
      if (!isGroup || DEFAULT.test(option.description ?? '')) yield rowOf(at, option);
      if (isGroup) yield* walk(option, at);
    }
  }
  return [...walk(definitions[type] as Schema, '')];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function tableOf(definitions: Readonly<Record<string, Schema>>, type: string): string {
  const rows = rowsOf(definitions, type).map(
    ({ path, meaning, byDefault }) => `| \`${path}\` | ${cell(meaning)} | ${cell(byDefault)} |`,
  );
  return ['| option | meaning | default |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The text with its tables as the schema has them. Throws where it has a table of a type that is none. */
export function withTables(text: string): string {
  const definitions = schemaOf().components.schemas as Readonly<Record<string, Schema>>;
  return text.replace(/(<!-- options: (\w+) -->\n).*?(\n<!-- end -->)/gs, (_, begins: string, type: string, ends: string) => {
    if (!definitions[type]) throw new Error(`README: there are no options ${type}`);
    return `${begins}${tableOf(definitions, type)}${ends}`;
  });
}
