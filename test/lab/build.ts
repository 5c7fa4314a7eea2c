import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { findProgram, whyNoBuild } from './machine.ts';
import { runInForeground } from './run.ts';
import { cacheDir, digest, isRootless, LabError } from './settings.ts';

/** A base that nodes can stand on. */
export interface Base {
  readonly name: string;
  /** The overlay's lower directories, uppermost first, separated by colons. */
  readonly lower: string;
  /** A flat apt repository; empty for a base without apt. */
  readonly repo: string;
}

/** A directory of the cache: its name carries the digest of everything that it is made from. */
interface Entry {
  readonly path: string;
  readonly command: readonly string[];
}

const here = import.meta.dirname;
const layersDir = join(here, 'layers');

/** All layers there are, each on what it says that it is made for, and the bases without layers. */
export function allBases(): readonly string[] {
  const layers = readdirSync(layersDir)
    .filter((file) => file.endsWith('.sh'))
    .map((file) => file.slice(0, -3));
  return ['edge', 'trixie', ...layers.map((layer) => `${header(layer, 'base') ?? 'forky'}+${layer}`)];
}

/** Builds what a base such as `forky+ctd` needs and the cache does not hold. Two processes may ask at once. */
export async function buildBase(name: string): Promise<Base> {
  const [suite = '', ...layers] = name.split('+');
  if (suite === 'edge' && layers.length === 0) {
    const edge = edgeEntry();
    await ensure(edge);
    return { name, lower: edge.path, repo: '' };
  }
  if (!existsSync(join(here, 'repo', `${suite}.txt`))) {
    throw new LabError(`no base ${name}; there are ${allBases().join(', ')}`);
  }
  if (isRootless && layers.length > 0) throw new LabError(`a rootless lab has no layers; use --base ${suite}`);
  const base = entry(`base-${suite}`, ['mk-base.sh', 'base-setup.sh'], [mirror()], ['mk-base.sh', suite]);
  await ensure(base);
  const repo = entry(
    `repo-${suite}`,
    ['mk-repo.sh', `repo/${suite}.txt`],
    [base.path],
    ['mk-repo.sh', suite, base.path],
  );
  await ensure(repo);

  let lower = base.path;
  for (const layer of layers) {
    const made = layerEntry(layer, name, lower, repo.path);
    await ensure(made);
    lower = `${made.path}:${lower}`;
  }
  return { name, lower, repo: repo.path };
}

function edgeEntry(): Entry {
  const programs = ['busybox', 'dropbear'].map((program) => stamp(findProgram(program) ?? program));
  return entry('base-edge', ['mk-edge.sh'], programs, ['mk-edge.sh']);
}

function layerEntry(layer: string, base: string, lower: string, repo: string): Entry {
  const script = `layers/${layer}.sh`;
  if (!existsSync(join(here, script))) throw new LabError(`no layer ${layer}: ${script} is missing`);
  const files = readdirRecursive(join(layersDir, layer)).map((file) => `layers/${layer}/${file}`);
  const inputs = (header(layer, 'inputs') ?? '')
    .split(' ')
    .filter(Boolean)
    .map((name) => `${name}=${stamp(process.env[name] ?? '')}`);
  return entry(
    `layer-${layer}`,
    ['mk-layer.sh', script, ...files],
    [lower, ...inputs],
    ['mk-layer.sh', layer, base, lower, repo],
  );
}

/** `files` and `values` are the key, `command` is a script of ours and its arguments; the entry's path is added to them. */
function entry(name: string, files: readonly string[], values: readonly string[], command: readonly string[]): Entry {
  const contents = files.flatMap((file) => [file, readFileSync(join(here, file))]);
  const path = join(cacheDir, `${name}-${digest(...contents, ...values)}`);
  const [script = '', ...args] = command;
  return { path, command: [join(here, script), ...args, path] };
}

async function ensure({ path, command }: Entry): Promise<void> {
  if (existsSync(path)) return;
  const why = isRootless ? 'a base is built outside of rootless mode: npm run lab -- build NAME' : whyNoBuild();
  if (why !== undefined) throw new LabError(why);
  mkdirSync(cacheDir, { recursive: true });
  process.stderr.write(`lab: building ${path}\n`);
  const start = performance.now();
  // -o: the nodes of a scratch lab must not inherit the lock
  const unlessMade = ['sh', '-c', '[ -e "$0" ] || exec "$@"', path, ...command];
  const code = await runInForeground(['flock', '-o', join(cacheDir, 'lock'), ...unlessMade]);
  if (code !== 0) throw new LabError(`could not build ${path}; see above`);
  process.stderr.write(`lab: built in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

/** The rest of the line `# WORD: ...` of a layer's script. */
function header(layer: string, word: string): string | undefined {
  return new RegExp(`^# ${word}: (.*)$`, 'm').exec(readFileSync(join(layersDir, `${layer}.sh`), 'utf8'))?.[1];
}

/** Stands for the content of a file or directory without reading it; any other text stands for itself. */
function stamp(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return path;
  const files = status.isDirectory() ? readdirRecursive(path).map((file) => join(path, file)) : [];
  return [path, ...files].map((file) => `${file} ${statSync(file).size} ${statSync(file).mtimeMs}`).join('\n');
}

/** The files below a directory, in a fixed order; none if there is no such directory. */
function readdirRecursive(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((item) => !item.isDirectory())
    .map((item) => join(item.parentPath, item.name).slice(dir.length + 1))
    .toSorted();
}

function mirror(): string {
  return process.env['LAB_MIRROR'] ?? '';
}
