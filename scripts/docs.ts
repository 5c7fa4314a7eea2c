import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { generatedDocs } from './generated-docs.ts';

/* Writes docs/cli.md, docs/errors.md and docs/modules/ anew. */

const root = resolve(import.meta.dirname, '..');
const docs = generatedDocs();

mkdirSync(join(root, 'docs/modules'), { recursive: true });
for (const file of readdirSync(join(root, 'docs/modules'))) {
  if (!docs.has(`docs/modules/${file}`)) rmSync(join(root, 'docs/modules', file));
}
for (const [path, text] of docs) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
