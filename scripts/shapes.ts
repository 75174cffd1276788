/** Which options there are, and what is in each, as a small table: for a misspelt one the nearest is looked up there. */

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
}

export interface Schemas {
  readonly components: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** Name of a type → names of its options → the type of each, '' for plain values; `*` for names that the owner gives. */
export function shapesOf({ components }: Schemas): Record<string, Record<string, string>> {
  const shapes: Record<string, Record<string, string>> = {};
  const typeOf = (schema: Schema, path: string): string => {
    const named = schema.$ref?.split('/').at(-1);
    if (named !== undefined) {
      const found = components.schemas?.[named];
      if (found && !shapes[named]) walk(found, named);
      return shapes[named] ? named : '';
    }
    if (schema.items) return typeOf(schema.items, path);
    for (const one of schema.oneOf ?? []) {
      const type = typeOf(one, path);
      if (type !== '') return type;
    }
    if (!schema.properties) return '';
    walk(schema, path);
    return path;
  };
  const walk = (schema: Schema, name: string): void => {
    if (!schema.properties) return;
    const shape: Record<string, string> = {};
    shapes[name] = shape;
    for (const [key, value] of Object.entries(schema.properties)) shape[key] = typeOf(value, `${name}.${key}`);
    if (typeof schema.additionalProperties === 'object') shape['*'] = typeOf(schema.additionalProperties, `${name}.*`);
  };
  typeOf({ $ref: '#/components/schemas/Options' }, '');
  return shapes;
}

export const shapesModule = (schemas: Schemas): string =>
  `// Generated from bus/options.ts by scripts/generate.ts. Do not edit.\nexport const optionShapes = ${JSON.stringify(shapesOf(schemas), null, 2)} as const;\n`;
