import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { buildSync } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/**
 * Builds k3sbox into a folder: one file for what every command needs, and one for each part that some load later. Loaded from 700 files,
 * as tsc would make them, a run needs twice the time until it has read its playbook.
 */
export function bundle(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  buildSync({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outdir: join(folder, 'cli'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
    // They come with native parts, which they look for beside themselves.
    external: ['ssh2', 'node-ssh'],
    // Packages in CommonJS ask for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  // The files that reports are made of are read as they are.
  cpSync(join(root, 'src/report/html/page'), join(folder, 'cli/page'), { recursive: true });
}
