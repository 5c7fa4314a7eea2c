import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../../lab/run.ts';
import { digest } from '../../lab/settings.ts';

const script = join(import.meta.dirname, 'mk-base.sh');

/** The root under all hosts and tools; built once, in some minutes, and kept. Named after the digest of the script that makes it. */
export async function buildBase(say: (line: string) => void): Promise<string> {
  const folder = process.env['BENCH_CACHE'] ?? '/var/cache/k3sbox-bench';
  const base = join(folder, `base-${digest(readFileSync(script))}`);
  if (existsSync(base)) return base;
  say(`building ${base}: some minutes, this once`);
  mkdirSync(folder, { recursive: true });
  // of two that build at once, the second one finds it there
  const build = 'test -d "$2" || exec unshare --mount sh "$1" "$2"';
  const { code, stderr } = await run(['flock', join(folder, 'lock'), 'sh', '-c', build, 'sh', script, base]);
  if (code !== 0) throw new Error(`no base for the hosts could be built:\n${stderr}`);
  return base;
}
