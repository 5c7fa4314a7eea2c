import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Everything below a folder: path → type, mode, owner, content or target. Two equal trees are the same byte for byte. */
export function readTree(folder: string, name = ''): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, name)).toSorted()) {
    const inner = join(name, entry);
    const path = join(folder, inner);
    const state = lstatSync(path);
    const rights = `${(state.mode & 0o7777).toString(8)} ${state.uid}:${state.gid}`;
    if (state.isSymbolicLink()) tree[inner] = `link ${state.uid}:${state.gid} ${readlinkSync(path)}`;
    else if (state.isDirectory()) Object.assign(tree, { [inner]: `directory ${rights}` }, readTree(folder, inner));
    else tree[inner] = `file ${rights} ${readFileSync(path).toString('base64')}`;
  }
  return tree;
}
