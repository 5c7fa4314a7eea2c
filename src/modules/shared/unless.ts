import { quote, sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { expandPath, joinPath } from './paths.ts';

/** The conditions of `command`, `shell` and `script`. */
export interface Unless {
  readonly creates?: string | undefined;
  readonly removes?: string | undefined;
  readonly chdir?: string | undefined;
}

/** Why a command need not run: what it creates is there, or what it removes is not. Undefined when it must. */
export async function reasonToSkip(host: HostReader, { creates, removes, chdir }: Unless): Promise<string | undefined> {
  const [created, removed] = await Promise.all([
    creates === undefined ? false : exists(host, creates, chdir),
    removes === undefined ? true : exists(host, removes, chdir),
  ]);
  if (created) return `skipped: ${creates} exists`;
  return removed ? undefined : `skipped: ${removes} does not exist`;
}

async function exists(host: HostReader, written: string, chdir: string | undefined): Promise<boolean> {
  const path = await expandPath(host, joinPath(chdir ?? '/', written));
  if (!/[*?[]/.test(path)) return (await host.path(path, { follow: true })).type !== 'absent';
  const pattern = sh.raw(globWord(path));
  return (await host.probe(sh`for path in ${pattern}; do [ -e "$path" ] && exit 0; done; exit 1`)).exitCode === 0;
}

/** Quotes everything but the pattern characters. */
function globWord(pattern: string): string {
  return pattern.replaceAll(/[^*?[\]]+/g, (literal) => quote(literal));
}
