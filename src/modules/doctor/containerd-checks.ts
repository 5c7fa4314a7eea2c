import { lastLines } from '../../base/text.ts';
import { sh } from '../../base/sh.ts';
import type { ProbeResult } from '../../host/query.ts';
import type { HostReader } from '../../host/reader.ts';
import { hasRuntime } from '../k3s/config-dump.ts';
import type { K3sNode } from '../k3s/k3s-node.ts';
import { explainError } from '../k3s/known-errors.ts';
import { readLiveRuntime, whyRestart, type LiveRuntime } from '../k3s/live-runtime.ts';
import { callsBase, dropIn, hasBlock, type Runtime, type Schema, withBlock } from '../k3s/runtime-config.ts';
import { tomlTables, tomlValue } from '../k3s/toml-tables.ts';
import { failure, type Finding, unless, warning } from './finding.ts';

/** What containerd is told, by the files and by itself. Texts are undefined where there is no file. */
export interface ContainerdFacts {
  readonly folder: string;
  /** config.toml, as K3s wrote it at its last start. */
  readonly config: string | undefined;
  readonly templates: Readonly<Record<Schema, string | undefined>>;
  /** Our drop-in. */
  readonly dropIns: Readonly<Record<Schema, string | undefined>>;
  /** `containerd config dump` of the files as they are now; undefined where K3s has not unpacked a containerd. */
  readonly dump: ProbeResult | undefined;
  /** Of the containerd that runs. */
  readonly live: LiveRuntime | undefined;
}

const runtime: Runtime = { name: 'sysbox-runc', type: 'io.containerd.runc.v2', binary: '/usr/bin/sysbox-runc' };
const again = 'run playbooks/sysbox.yaml again';
const schemas = [3, 2] as const;

export async function readContainerd(host: HostReader, node: K3sNode): Promise<ContainerdFacts> {
  const folder = `${node.dataDir}/agent/etc/containerd`;
  const read = async (name: string): Promise<string | undefined> =>
    (await host.path(`${folder}/${name}`, { follow: true, want: 'content' })).content?.toString();
  const bin = node.distribution === 'rke2' ? 'bin' : 'data/current/bin';
  const binary = `${node.dataDir}/${bin}/containerd`;
  const [config, v3, v2, dropIn3, dropIn2, dump, live] = await Promise.all([
    read('config.toml'),
    read(templateName(3)),
    read(templateName(2)),
    read(dropInName(3)),
    read(dropInName(2)),
    host.probe(sh`[ -x ${binary} ] || exit 127; ${binary} -c ${`${folder}/config.toml`} config dump`),
    readLiveRuntime(host, node, runtime.name),
  ]);
  return {
    folder,
    config,
    templates: { 3: v3, 2: v2 },
    dropIns: { 3: dropIn3, 2: dropIn2 },
    dump: dump.exitCode === 127 ? undefined : dump,
    live,
  };
}

/** True when there is anything of ours, or of anybody's, that tells this containerd about Sysbox. */
export function isRegistered(facts: ContainerdFacts): boolean {
  return isOurs(facts) || (facts.dump !== undefined && hasRuntime(facts.dump.stdout, runtime.name));
}

/** `adopt`: the runtime may stand in somebody else's file. */
export function judgeContainerd(facts: ContainerdFacts, adopt: boolean): readonly Finding[] {
  return [
    ...judgeConfig(facts),
    ...judgeTemplates(facts),
    ...judgeOwnFiles(facts),
    ...(adopt ? [] : judgeForeign(facts)),
    ...judgeCgroups(facts),
    ...judgeLive(facts),
  ];
}

/** The node as a whole: does its containerd start, and does it know where K3s keeps its network? */
function judgeConfig({ dump, config, folder }: ContainerdFacts): readonly Finding[] {
  const broken = dump !== undefined && dump.exitCode !== 0;
  const said = broken ? lastLines(dump.stderr, 1) : '';
  const known = explainError(said);
  return [
    ...(broken
      ? [
          {
            ...failure(
              'containerd',
              `containerd does not accept ${folder}/config.toml and its drop-ins: ${said}`,
              known?.advice ?? 'correct the file; K3s does not survive its next restart',
            ),
            ...(known && { cause: known.cause }),
          },
        ]
      : []),
    ...unless(
      config === undefined || tomlValue(config, ['cni'], 'conf_dir') !== undefined,
      failure(
        'containerd',
        `${folder}/config.toml does not say where the network's configuration is (conf_dir): a template without the base has replaced what K3s writes`,
        'add {{ template "base" . }} to the template, or remove it, and restart K3s',
      ),
    ),
  ];
}

function judgeTemplates({ templates, folder }: ContainerdFacts): readonly Finding[] {
  const [inUse, schema] = templates[3] === undefined ? [templates[2], 2 as const] : [templates[3], 3 as const];
  const path = `${folder}/${templateName(schema)}`;
  const twice = inUse === undefined ? [] : repeatedTables(inUse);
  return [
    ...unless(
      inUse === undefined || callsBase(inUse),
      failure(
        'containerd',
        `${path} does not include K3s's own configuration, so the node has no network, registries and cgroup driver but what it says`,
        'add a first line {{ template "base" . }}; where the whole configuration is meant to be yours, keep it and expect this message',
      ),
    ),
    ...unless(
      templates[3] === undefined || templates[2] === undefined,
      warning(
        'containerd',
        `${folder} has both templates: config-v3.toml.tmpl is used, and config.toml.tmpl is not read`,
        'move what is still wanted to config-v3.toml.tmpl, with the table names of schema 3, and remove the other',
      ),
    ),
    ...unless(
      twice.length === 0,
      failure(
        'containerd',
        `${path} declares the table ${twice.join(', ')} twice`,
        'remove one of them; K3s does not survive its next restart',
      ),
    ),
  ];
}

/** Tables that a template has twice, or that are in K3s's part already. */
function repeatedTables(template: string): readonly string[] {
  const names = tomlTables(template)
    .map(({ path }) => path.join('.'))
    .filter((name) => name !== '');
  const ofBase = callsBase(template)
    ? names.filter((name) => /\.containerd\.runtimes\.runc(\.options)?$/.test(name))
    : [];
  return [...new Set([...names.filter((name, i) => names.indexOf(name) !== i), ...ofBase])];
}

/** Ours byte for byte, in the one place that is read. */
function judgeOwnFiles(facts: ContainerdFacts): readonly Finding[] {
  const { config, dropIns, templates, folder } = facts;
  const schema = schemaOf(config);
  const imports = config !== undefined && (tomlValue(config, [], 'imports')?.includes(`${folder}/config`) ?? false);
  const findings = schemas.flatMap((each) => {
    const text = dropIns[each];
    const path = `${folder}/${dropInName(each)}`;
    if (text === undefined) return [];
    if (!imports) return [failure('containerd', `${path} is not read: config.toml has no imports line`, again)];
    if (each !== schema) {
      return [failure('containerd', `${path} is not read: config.toml is of schema ${schema}`, again)];
    }
    const wanted = dropIn(each, runtime, runcCgroup(config));
    return unless(
      text === wanted,
      warning('containerd', `somebody changed ${path}`, `look at: k3sbox drift playbooks/sysbox.yaml; ${again}`),
    );
  });
  const blocks = schemas.filter((each) => hasBlock(templates[each] ?? '', runtime.name));
  return [
    ...findings,
    ...blocks.flatMap((each) => {
      const text = templates[each] ?? '';
      const path = `${folder}/${templateName(each)}`;
      return unless(
        withBlock(text, each, runtime) === text,
        warning('containerd', `somebody changed the block of k3sbox in ${path}`, again),
      );
    }),
    ...unless(
      blocks.length === 0 || !schemas.some((each) => dropIns[each] !== undefined),
      warning('containerd', 'the runtime is in a template and in a drop-in: K3s has learned drop-ins since', again),
    ),
  ];
}

function judgeForeign(facts: ContainerdFacts): readonly Finding[] {
  return unless(
    isOurs(facts) || facts.dump === undefined || !hasRuntime(facts.dump.stdout, runtime.name),
    warning(
      'containerd',
      `${runtime.name} is in a configuration that is not ours`,
      'leave it so and set sysbox_adopt_runtime: true, or remove it and let the playbook write its own',
    ),
  );
}

function judgeCgroups({ dump }: ContainerdFacts): readonly Finding[] {
  if (dump === undefined || !hasRuntime(dump.stdout, runtime.name)) return [];
  const [own, runc] = [runtime.name, 'runc'].map((name) =>
    tomlValue(dump.stdout, ['runtimes', name, 'options'], 'SystemdCgroup'),
  );
  return unless(
    own === runc,
    failure(
      'containerd',
      `${runtime.name} has SystemdCgroup = ${own ?? 'false'}, runc has ${runc ?? 'false'}: pods do not start, or have no limits`,
      again,
    ),
  );
}

/** The containerd that runs, against the files: it reads them only when it starts. */
function judgeLive(facts: ContainerdFacts): readonly Finding[] {
  const { live } = facts;
  if (live === undefined) return [];
  if (!isRegistered(facts)) {
    return unless(
      !live.isKnown,
      warning(
        'containerd',
        `the running containerd still knows ${runtime.name}, and no file has it any more`,
        'restart K3s',
      ),
    );
  }
  const why = whyRestart(live, runtime);
  return unless(
    why === undefined,
    failure('containerd', `${why ?? ''}: K3s was not restarted since, or reads another file`, again),
  );
}

function isOurs({ dropIns, templates }: ContainerdFacts): boolean {
  return schemas.some((each) => dropIns[each] !== undefined || hasBlock(templates[each] ?? '', runtime.name));
}

function runcCgroup(config: string | undefined): boolean {
  return tomlValue(config ?? '', ['runtimes', 'runc', 'options'], 'SystemdCgroup') === 'true';
}

function schemaOf(config: string | undefined): number {
  return Number(tomlValue(config ?? '', [], 'version') ?? 3);
}

function templateName(schema: Schema): string {
  return schema === 3 ? 'config-v3.toml.tmpl' : 'config.toml.tmpl';
}

function dropInName(schema: Schema): string {
  return `${schema === 3 ? 'config-v3.toml.d' : 'config.toml.d'}/50-k3sbox-${runtime.name}.toml`;
}
