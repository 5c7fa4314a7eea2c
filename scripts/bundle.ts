import { cpSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import { build, type Plugin } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/** ssh2 has native parts, which stay where npm has compiled them. It does without when they are not there. */
const nativeParts: Plugin = {
  name: 'native parts',
  setup: (bundling) => {
    bundling.onResolve({ filter: /\.node$/ }, ({ path, resolveDir }) => {
      const file = relative(join(root, 'node_modules'), join(resolveDir, path));
      return { path: file, external: true };
    });
  },
};

/**
 * Builds k3sbox into a folder: one file for what every command needs, and one for each part that some load later. Loaded from 700 files,
 * as tsc would make them, a run needs twice the time until it has read its playbook.
 */
export async function bundle(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await build({
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
    plugins: [nativeParts],
    external: ['cpu-features'],
    // Packages in CommonJS ask for Node's own modules, and for the folder that they are in.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url), __dirname = import.meta.dirname;",
    },
  });
  // The files that reports are made of are read as they are.
  cpSync(join(root, 'src/report/html/page'), join(folder, 'cli/page'), { recursive: true });
}
