import { z } from 'zod';

import { ConfigError } from '../base/errors.ts';
import { defineModule, type LocalFiles, type PlanContext } from './module.ts';
import { checksums, manifestSchema, whyNotProgram, type Manifest } from './sysbox/artifacts.ts';
import { programs } from './sysbox/sysbox-node.ts';

const args = z.strictObject({
  dir: z
    .string()
    .min(1)
    .describe('Folder on the controller with manifest.json, sysbox-runc, sysbox-mgr and sysbox-fs.'),
  arch: z.enum(['amd64', 'arm64']).describe('What the programs must be made for.'),
});

type Context = Pick<PlanContext<z.output<typeof args>>, 'args' | 'files' | 'at'>;

/** Checks Sysbox's programs on the controller, before any host gets them. */
export const sysboxArtifacts = defineModule({
  name: 'sysbox_artifacts',
  summary: 'Check a folder with Sysbox programs: checksums, architecture, linked statically.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [{ title: 'An air-gapped release', args: { dir: 'files/sysbox/amd64', arch: 'amd64' } }],

  async plan({ args: { dir, arch }, files, at }) {
    const { version, commit, sums } = await checkArtifacts({ args: { dir, arch }, files, at });
    return { steps: [], result: { version, commit, arch, sha256: sums }, message: `Sysbox ${version}` };
  },
});

async function checkArtifacts({ args: { dir, arch }, files, at }: Context) {
  const { file, text } = await files.readText('files', `${dir}/manifest.json`, at);
  const manifest = manifestSchema.safeParse(parseJson(text));
  if (!manifest.success) throw ConfigError.at(at, `${file} is no manifest: ${z.prettifyError(manifest.error)}`);
  const { data } = manifest;
  if (data.arch !== arch) throw ConfigError.at(at, `${file} is for ${data.arch}, this host is ${arch}`);
  const sums = checksums(data);
  if (sums === undefined) {
    throw ConfigError.at(at, `${file} does not name ${programs.join(', ')} once each`);
  }
  await Promise.all(programs.map((name) => checkProgram({ args: { dir, arch }, files, at }, data, name, sums[name])));
  return { ...data, sums };
}

async function checkProgram(
  { args: { dir }, files, at }: Context,
  { arch }: Manifest,
  name: string,
  sum: string,
): Promise<void> {
  const path = `${dir}/${name}`;
  const [{ file, sha256 }, start] = await Promise.all([files.stat('files', path, at), head(files, path, at)]);
  if (sha256 !== sum) {
    throw ConfigError.at(
      at,
      `${file} is not the file of the manifest: its checksum is ${sha256}`,
      'Get the folder again.',
    );
  }
  const why = whyNotProgram(start, arch);
  if (why !== undefined) throw ConfigError.at(at, `${file} ${why}`);
}

/** The program headers stand right behind the ELF header in everything that linkers make. */
async function head(files: LocalFiles, path: string, at: Context['at']): Promise<Buffer> {
  return files.head('files', path, 4096, at);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
