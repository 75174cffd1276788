/** The JSON schema of `jaeger.json`: typia's, read off the types of the configuration and their comments, made strict, and with the defaults that the comments name. */
import { optionsSchema } from '../../bus/generated/schemas.ts';
import { defaultIn } from '../defaults.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

export type Definitions = Readonly<Record<string, Schema>>;

const isOfType = (value: unknown, schema: Schema, definitions: Definitions): boolean => {
  const target = schema.$ref ? (definitions[schema.$ref.split('/').at(-1) as string] as Schema) : schema;
  if (target.oneOf) return target.oneOf.some((one) => isOfType(value, one, definitions));
  if (target.enum) return target.enum.includes(value);
  if (target.const !== undefined) return target.const === value;
  if (target.type === 'integer') return Number.isInteger(value);
  return typeof value === target.type;
};

/** Unknown options are errors in the editor too, and defaults are shown. */
function strict(schema: Schema, definitions: Definitions): Schema {
  const described = defaultIn(schema.description);
  return {
    ...schema,
    ...(described !== undefined && isOfType(described, schema, definitions) && !isWords(described, schema)
      ? { default: described }
      : {}),
    ...(schema.items ? { items: strict(schema.items, definitions) } : {}),
    ...(schema.oneOf ? { oneOf: schema.oneOf.map((one) => strict(one, definitions)) } : {}),
    ...(schema.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([key, value]) => [key, strict(value, definitions)]),
          ),
          additionalProperties:
            typeof schema.additionalProperties === 'object' ? strict(schema.additionalProperties, definitions) : false,
        }
      : {}),
  };
}

/** Of a free text `Default: none` says that there is none. */
const isWords = (value: unknown, { type, $ref, description }: Schema): boolean =>
  typeof value === 'string' &&
  (type === 'string' || $ref !== undefined) &&
  /^(none|nothing|nobody|those|the|one) ?/.test(value) &&
  !description?.includes(`Default: \`${value}\``);

export function schemaOf() {
  const definitions = optionsSchema.components.schemas as unknown as Definitions;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'jaeger.json',
    description: 'What differs from the defaults of Jaeger; {} is enough.',
    // As editors know it: the file may have comments.
    ...{ allowComments: true, allowTrailingCommas: true },
    $ref: '#/components/schemas/Options',
    components: {
      schemas: Object.fromEntries(Object.entries(definitions).map(([name, one]) => [name, strict(one, definitions)])),
    },
  };
}
