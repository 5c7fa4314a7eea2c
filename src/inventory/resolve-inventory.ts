import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';

const folder = 'inventories';
const endings = ['', '.yaml', '.yml', '.json', '.ini'];

/**
 * The file or folder that `-i` means: a path that exists, or a name in the folder `inventories`.
 * @throws UsageError when there is none
 */
export async function resolveInventory(source: string, cwd: string): Promise<string> {
  const isName = !source.includes('/') && !source.startsWith('.');
  const direct = path.resolve(cwd, source);
  const named = isName ? endings.map((ending) => path.resolve(cwd, folder, source + ending)) : [];
  for (const candidate of [...named, direct]) if (await exists(candidate)) return candidate;
  const known = await knownNames(cwd);
  const hint =
    didYouMean(source, known) ?? (known.length > 0 ? `There are ${known.join(', ')} in ${folder}/.` : undefined);
  const places = isName ? `${folder}/${source}{.yaml,.yml,.json,.ini,/} or ${source}` : source;
  throw new UsageError(`there is no inventory ${places}`, {
    hint: hint ?? 'Give a file, a folder, or hosts with a comma: -i h1,h2,',
  });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function knownNames(cwd: string): Promise<readonly string[]> {
  const names = await readdir(path.join(cwd, folder)).catch((): string[] => []);
  return [...new Set(names.map((name) => name.replace(/\.(?:ya?ml|json|ini)$/, '')))].toSorted();
}
