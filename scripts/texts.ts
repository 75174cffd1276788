/** What players read by default, from the comments of `bus/texts.ts`. */
import { defaultIn } from './defaults.ts';

export interface Described {
  readonly components: {
    readonly schemas?: Readonly<
      Record<string, { readonly properties?: Readonly<Record<string, { readonly description?: string }>> }>
    >;
  };
}

function textsIn({ components }: Described, type: string): Record<string, string> {
  const options = Object.entries(components.schemas?.[type]?.properties ?? {});
  return Object.fromEntries(
    options.flatMap(([key, { description }]) => {
      const text = defaultIn(description);
      return typeof text === 'string' ? [[key, text]] : [];
    }),
  );
}

export const textsModule = (schemas: Described): string =>
  `// Generated from bus/texts.ts by scripts/generate.ts. Do not edit.
export const TEXTS = ${JSON.stringify(textsIn(schemas, 'TextSettings'), null, 2)} as const;
export const REASONS = ${JSON.stringify(textsIn(schemas, 'ReasonSettings'), null, 2)} as const;
`;
