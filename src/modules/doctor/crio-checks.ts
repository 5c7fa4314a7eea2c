import type { HostReader } from '../../host/reader.ts';
import { crioDropIn, crioFile } from '../k3s/crio.ts';
import type { K3sNode } from '../k3s/k3s-node.ts';
import { readLiveRuntime, whyRestart, type LiveRuntime } from '../k3s/live-runtime.ts';
import type { PodUserns } from '../sysbox/findings.ts';
import { failure, type Finding, unless, warning } from './finding.ts';

/** What the CRI-O beside K3s is told, by our file and by itself. */
export interface CrioFacts {
  /** Undefined where there is none. */
  readonly file: string | undefined;
  /** Of the CRI-O that runs. */
  readonly live: LiveRuntime | undefined;
}

const runtime = { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' };
const again = 'run playbooks/sysbox.yaml again';

/** Undefined where K3s uses no CRI-O. */
export async function readCrio(host: HostReader, node: K3sNode): Promise<CrioFacts | undefined> {
  if (node.crio === undefined) return undefined;
  const [{ content }, live] = await Promise.all([
    host.path(crioFile(runtime.name), { follow: true, want: 'content' }),
    readLiveRuntime(host, node, runtime.name),
  ]);
  return { file: content?.toString(), live };
}

export function knowsSysbox({ file, live }: CrioFacts): boolean {
  return file !== undefined || live?.isKnown === true;
}

export function judgeCrio(facts: CrioFacts, adopt: boolean, style: PodUserns): readonly Finding[] {
  const { file, live } = facts;
  if (!knowsSysbox(facts)) return [];
  const why = whyRestart(live, { ...runtime, pod_userns: style }, 'CRI-O');
  return [
    ...unless(
      file === undefined || file === crioDropIn(runtime),
      warning('containerd', `somebody changed ${crioFile(runtime.name)}`, again),
    ),
    ...unless(
      file !== undefined || adopt,
      warning(
        'containerd',
        `CRI-O knows ${runtime.name} from a file that is not ours, or from one that is gone`,
        'set sysbox_adopt_runtime: true, or remove it and restart CRI-O',
      ),
    ),
    ...unless(why === undefined, failure('containerd', `${why ?? ''}: it was not restarted since`, again)),
  ];
}
