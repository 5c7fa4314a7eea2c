import { TaskFailedError } from '../../base/errors.ts';
import { sh } from '../../base/sh.ts';
import { lastLines } from '../../base/text.ts';
import type { HostReader } from '../../host/reader.ts';
import { folderOf } from '../shared/paths.ts';
import { hasRuntime, sideEffects } from './config-dump.ts';
import type { K3sContainerd } from './k3s-node.ts';
import { renderedBlock, withoutBlock, type Runtime } from './runtime-config.ts';
import type { RuntimePlace } from './runtime-place.ts';
import { tomlValue } from './toml-tables.ts';

/** Whose word counts, and about what. */
export interface RuntimeCheck {
  readonly containerd: K3sContainerd;
  readonly place: RuntimePlace;
  readonly runtime: Runtime;
  /** Of the new file at the place. */
  readonly content: string;
  /** True: the runtime may be there already, from somebody else's file, if it is the same. */
  readonly adopt: boolean;
}

/**
 * Asks the node's containerd what it would make of the new file, in a folder of its own: nothing that is in use is touched,
 * and nothing needs to be restarted. True: somebody else's file has the runtime, and need not be touched.
 * @throws TaskFailedError when it does not accept the file, or anything but the runtime changes
 */
export async function checkRuntime(host: HostReader, check: RuntimeCheck): Promise<boolean> {
  const { containerd, place, runtime, content } = check;
  const main = withoutBlock(containerd.config, runtime.name);
  const isDropIn = place.mode === 'drop-in';
  const candidate = isDropIn ? main : renderedBlock(main, place.schema, runtime, place.systemdCgroup);
  const [before, after] = await Promise.all([
    dump(host, check, main, ''),
    dump(host, check, candidate, isDropIn ? content : ''),
  ]);
  if (before.exitCode !== 0) {
    throw new TaskFailedError(`${containerd.configFile} is broken already: containerd does not accept it`, {
      output: inPlace(before.stderr, place),
      hint: 'Repair the templates and drop-ins beside it first; K3s will not survive its next restart.',
    });
  }
  if (hasRuntime(before.stdout, runtime.name)) return adoptable(before.stdout, check);
  if (after.exitCode !== 0) {
    throw new TaskFailedError(`containerd does not accept the new ${place.path}`, {
      output: inPlace(after.stderr, place),
    });
  }
  const effects = sideEffects(before.stdout, after.stdout, runtime.name);
  if (effects.length === 0 && hasRuntime(after.stdout, runtime.name)) return false;
  throw new TaskFailedError(
    effects.length === 0
      ? `containerd would ignore ${place.path}`
      : `${place.path} would change more than the runtime ${runtime.name}`,
    {
      output: effects.slice(0, 20).join('\n'),
      hint: 'Nothing was changed. This is a combination that k3sbox does not know.',
    },
  );
}

/** What somebody else has written, if it may be adopted and is what we would write. @throws TaskFailedError */
function adoptable(
  text: string,
  { adopt, runtime: { name, binary }, containerd: { folder }, place }: RuntimeCheck,
): true {
  if (!adopt) {
    throw new TaskFailedError(`containerd knows ${name} already, from a file that is not ours`, {
      hint: `Remove it from ${folder}, or set \`adopt: true\` (sysbox_adopt_runtime) to leave it there, if it is as ours would be.`,
    });
  }
  const option = (key: string): string => tomlValue(text, ['runtimes', name, 'options'], key) ?? 'nothing';
  const options = [
    ['BinaryName', binary, option('BinaryName').replaceAll(/["']/g, '')],
    ['SystemdCgroup', String(place.systemdCgroup), option('SystemdCgroup')],
  ] as const;
  const wrong = options.filter(([, wanted, is]) => wanted !== is);
  if (wrong.length === 0) return true;
  throw new TaskFailedError(`${name} of somebody else cannot be adopted`, {
    output: wrong.map(([key, wanted, is]) => `${key} is ${is}, and has to be ${wanted}`).join('\n'),
    hint: `Correct the file in ${folder}, or remove it and let ours take its place.`,
  });
}

/** The last of containerd's words, with files where they really are. */
function inPlace(stderr: string, { path }: RuntimePlace): string {
  return lastLines(stderr, 5).replaceAll(/\S*\/tmp\.\w+\/d\//g, `${folderOf(path)}/`);
}

/** `config dump` of `main`, with the node's drop-ins but ours, and with `dropIn` in its place. */
async function dump(host: HostReader, { containerd, place }: RuntimeCheck, main: string, dropIn: string) {
  const folder = folderOf(place.path);
  const moved = place.mode === 'drop-in' ? main.replaceAll(`${folder}/`, `${elsewhere}/`) : main;
  const lines = moved.split('\n').length - 1;
  // Both texts go by stdin: arguments are limited, and everybody can read them.
  const command = sh`umask 077; work=$(mktemp -d) || exit 1; trap 'rm -rf "$work"' EXIT; mkdir "$work/d"
cat >"$work/in"; head -n ${lines} "$work/in" | sed "s|${sh.raw(elsewhere)}/|$work/d/|g" >"$work/config.toml"
for file in ${folder}/*.toml ${folder}/.*.toml; do
  [ "$file" = ${place.path} ] || [ ! -f "$file" ] || cp "$file" "$work/d/"
done
tail -n ${`+${lines + 1}`} "$work/in" >"$work/d/50-new.toml"; [ -s "$work/d/50-new.toml" ] || rm "$work/d/50-new.toml"
${containerd.binary} -c "$work/config.toml" config dump`;
  // The folder has another name each time: no part of the guard. What it was made from is.
  return host.probe(command, { stdin: `${moved}${dropIn}`, unguarded: true });
}

const elsewhere = '@k3sbox@';
