/** `npm run tables`: writes the README's tables of options anew, after an option or its comment has changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withTables } from './option-tables.ts';

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), 'README.md');
writeFileSync(file, withTables(readFileSync(file, 'utf8')));
