import { TaskFailedError } from '../../base/errors.ts';
import type { K3sContainerd } from './k3s-node.ts';
import type { Schema } from './runtime-config.ts';
import { tomlValue } from './toml-tables.ts';

/** Where a runtime has to be written so that this K3s and this containerd read it. */
export interface RuntimePlace {
  readonly mode: 'drop-in' | 'template';
  readonly schema: Schema;
  /** Absolute. */
  readonly path: string;
  /** Equal to runc's, always: the kubelet decides on the form of cgroup paths, and both runtimes must take it. */
  readonly systemdCgroup: boolean;
}

/** Names the file and the schema by what stands in the rendered file. @throws TaskFailedError when nothing is safe */
export function runtimePlace(containerd: K3sContainerd, runtime: string): RuntimePlace {
  const { config, folder, files, version, configFile } = containerd;
  if (version.startsWith('1.')) {
    throw new TaskFailedError(`containerd ${version} cannot run ${runtime} pods with a user namespace of their own`, {
      hint: 'Upgrade K3s to 1.32.5, 1.33.1 or later, which bring containerd 2.0.5 or later.',
    });
  }
  const schema = schemaOf(config, configFile);
  const systemdCgroup = tomlValue(config, ['runtimes', 'runc', 'options'], 'SystemdCgroup') === 'true';
  if (importsDropIns(config, folder)) {
    const path = `${folder}/${dropInFolder(schema)}/50-k3sbox-${runtime}.toml`;
    return { mode: 'drop-in', schema, path, systemdCgroup };
  }
  // K3s prefers the v3 template: to make one where the user has a v2 one would silently switch theirs off.
  const hasOnlyOld = files.includes('config.toml.tmpl') && !files.includes('config-v3.toml.tmpl');
  const [name, templateSchema] = hasOnlyOld
    ? (['config.toml.tmpl', 2] as const)
    : (['config-v3.toml.tmpl', 3] as const);
  return { mode: 'template', schema: templateSchema, path: `${folder}/${name}`, systemdCgroup };
}

/** True when K3s renders the line that makes containerd read drop-ins. */
export function importsDropIns(config: string, folder: string): boolean {
  return tomlValue(config, [], 'imports')?.includes(`${folder}/config`) ?? false;
}

function dropInFolder(schema: Schema): string {
  return schema === 3 ? 'config-v3.toml.d' : 'config.toml.d';
}

function schemaOf(config: string, file: string): Schema {
  const version = tomlValue(config, [], 'version');
  if (version === '3') return 3;
  if (version === '2') return 2;
  throw new TaskFailedError(`${file} has ${version === undefined ? 'no version line' : `version = ${version}`}`, {
    hint: 'Known are the schemas 2 and 3; look whether a template in this folder replaces what K3s writes.',
  });
}
