import { createHash } from 'node:crypto';

export interface SimNode {
  readonly type: 'file' | 'directory';
  /** Permission bits. */
  readonly mode: number;
  readonly content: Buffer;
}

const typeBits = { file: 0o100000, directory: 0o040000 };

/** The files of a simulated host: regular files and directories, all of root's. Paths are absolute and have no `..`. */
export class SimFiles {
  readonly #nodes = new Map<string, SimNode>();

  constructor(directories: readonly string[]) {
    for (const path of ['/', ...directories]) this.#nodes.set(path, directory(0o755));
  }

  get(path: string): SimNode | undefined {
    return this.#nodes.get(path);
  }

  /** Puts a node there, or takes it away. */
  set(path: string, node: SimNode | undefined): void {
    if (node === undefined) this.#nodes.delete(path);
    else this.#nodes.set(path, node);
  }

  hasFolderOf(path: string): boolean {
    return this.#nodes.get(parentOf(path))?.type === 'directory';
  }

  isEmpty(path: string): boolean {
    const below = path === '/' ? '/' : `${path}/`;
    return ![...this.#nodes.keys()].some((other) => other !== path && other.startsWith(below));
  }

  /** What GNU stat prints with `%f %u %g %U %G %s %Y %n`, or for a guard without size and time. */
  stat(path: string, isGuard: boolean): string {
    const node = this.#nodes.get(path);
    if (node === undefined) return '';
    const head = `${(typeBits[node.type] | node.mode).toString(16)} 0 0 root root`;
    return isGuard ? `${head} ${path}\n` : `${head} ${node.content.length} 1700000000 ${path}\n`;
  }

  /** What sha256sum prints, for regular files. */
  sum(path: string): string {
    const node = this.#nodes.get(path);
    return node?.type === 'file' ? `${sha256(node.content)}  ${path}\n` : '';
  }
}

export function directory(mode: number): SimNode {
  return { type: 'directory', mode, content: Buffer.alloc(0) };
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
