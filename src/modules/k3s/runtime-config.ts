/** The schema of a containerd configuration file: the number in its `version =` line. It decides the names of tables. */
export type Schema = 2 | 3;

/** A runtime as containerd is to know it. */
export interface Runtime {
  /** The handler's name, as a RuntimeClass names it. */
  readonly name: string;
  readonly type: string;
  /** Absolute path of the OCI runtime. */
  readonly binary: string;
}

/** What a K3s template without content of its own says: K3s's configuration, unchanged. Go template text. */
export const baseCall = '{{ template "base" . }}';

/** A drop-in file that adds the runtime. `version` must equal that of the file that imports it. */
export function dropIn(schema: Schema, runtime: Runtime, systemdCgroup: boolean): string {
  return `# managed by k3sbox, do not edit\nversion = ${schema}\n${tables(schema, runtime, String(systemdCgroup))}`;
}

/** A template without our block: `text` as it was before {@link withBlock}, or as it is when there is no block. */
export function withoutBlock(text: string, name: string): string {
  const { begin, end } = markers(name);
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return text;
  return text.slice(0, from) + text.slice(to + end.length).replace(/^\n/, '');
}

/** A K3s template with our block at its end; the cgroup driver is left to K3s, which fills it in at each start. */
export function withBlock(text: string, schema: Schema, runtime: Runtime): string {
  const bare = withoutBlock(text, runtime.name);
  const separator = bare === '' || bare.endsWith('\n') ? '' : '\n';
  const { begin, end } = markers(runtime.name);
  return `${bare}${separator}${begin}\n${tables(schema, runtime, '{{ .SystemdCgroup }}')}${end}\n`;
}

/** True when a text has our block. */
export function hasBlock(text: string, name: string): boolean {
  return withoutBlock(text, name) !== text;
}

/** What K3s will write for a block: for asking containerd before K3s is restarted. */
export function renderedBlock(rendered: string, schema: Schema, runtime: Runtime, systemdCgroup: boolean): string {
  return withBlock(rendered, schema, runtime).replaceAll('{{ .SystemdCgroup }}', String(systemdCgroup));
}

/** True when the template includes K3s's own configuration. */
export function callsBase(template: string): boolean {
  return /\{\{-?\s*template\s+"base"\s+\.\s*-?\}\}/.test(template);
}

function tables(schema: Schema, { name, type, binary }: Runtime, systemdCgroup: string): string {
  const table =
    schema === 3
      ? `plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'${name}'`
      : `plugins."io.containerd.grpc.v1.cri".containerd.runtimes."${name}"`;
  return [
    `[${table}]`,
    `  runtime_type = "${type}"`,
    `[${table}.options]`,
    `  BinaryName = "${binary}"`,
    `  SystemdCgroup = ${systemdCgroup}`,
    '',
  ].join('\n');
}

function markers(name: string): { readonly begin: string; readonly end: string } {
  return { begin: `# BEGIN k3sbox ${name} (managed, do not edit)`, end: `# END k3sbox ${name}` };
}
