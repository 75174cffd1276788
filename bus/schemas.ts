/** What the messages and `jaeger.json` look like, as JSON schemas: for editors, for what is generated and for tests. No server has need of them. A template, as `validate.ts` is. */
import typia from 'typia';
import type { Kind, MessageOf } from './messages.ts';
import type { Options } from './options.ts';

/** The JSON schemas of all messages, one a kind. */
export const messageSchemas = typia.json.schemas<[{ [K in Kind]: MessageOf<K> }]>();

/** The JSON schema of `jaeger.json`. */
export const optionsSchema = typia.json.schemas<[Options]>();
