import { resolve } from 'node:path';

import { bundle } from './bundle.ts';

/** `npm run build`: k3sbox in `dist/`. */
await bundle(resolve(import.meta.dirname, '../dist'));
