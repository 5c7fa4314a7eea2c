import type { Cluster, Hosts, Told } from './cluster.ts';

/** How far a cluster is: without any of it, or with Sysbox proved on the first server and two agents at least. */
export type State = 'nothing' | 'proved';

export interface Story {
  readonly name: string;
  readonly title: string;
  readonly from: State;
  /** Where it leaves the cluster; as it was, to the last byte, when this is the same as `from`. */
  readonly leaves: State;
  /** It is about a cluster that has a quorum to lose. */
  readonly needsQuorum?: true;
  /** Why it cannot be told with real programs. */
  readonly standInsOnly?: string;
  /** Does it, and judges what it sees. */
  readonly tell: (stage: Stage) => Promise<void>;
}

/** Something that was looked at. */
export interface Check {
  readonly what: string;
  /** Undefined when it was as it should be. */
  readonly problem: string | undefined;
}

export interface Outcome {
  readonly checks: readonly Check[];
  readonly seconds: number;
}

/** The hosts that most stories are about: one server and two agents. */
export const three = 'n1:n2:n3';

/** What a story acts on, and where it notes what it sees. */
export class Stage {
  readonly cluster: Cluster;
  readonly checks: Check[] = [];

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  note(what: string, problem?: string): void {
    this.checks.push({ what, problem });
  }

  /** Notes whether two things are the same; both are shown as JSON. */
  same(what: string, found: unknown, wanted: unknown): void {
    const [is, should] = [JSON.stringify(found), JSON.stringify(wanted)];
    this.note(what, is === should ? undefined : `is ${is}, and should be ${should}`);
  }

  /** Runs k3sbox, which must end with this exit code. */
  async k3sbox(exitCode: number, ...words: readonly string[]): Promise<Told> {
    const told = await this.cluster.k3sbox(...words);
    this.ended(told, exitCode, words[0] ?? '');
    return told;
  }

  ended({ exitCode, text }: Told, wanted: number, what: string): void {
    const problem = `ended with ${exitCode}, and said:\n${text.trimEnd()}`;
    this.note(`${what}: exit code ${wanted}`, exitCode === wanted ? undefined : problem);
  }

  /** Notes what an operator read: of each pattern the first line in which it stands. */
  says({ text }: Told, ...patterns: readonly RegExp[]): void {
    const lines = text.split('\n');
    for (const pattern of patterns) {
      const line = lines.find((each) => pattern.test(each));
      const problem =
        line === undefined ? `nobody says ${String(pattern)}; what is said:\n${text.trimEnd()}` : undefined;
      const what = `says: ${line?.trim() ?? String(pattern)}`;
      // one line may say all that is asked for
      if (!this.checks.some((check) => check.what === what)) this.note(what, problem);
    }
  }

  /** Notes how the hosts of a run ended: "rolled-back". */
  async hosts({ run }: Told, wanted: Readonly<Record<string, string>>): Promise<Hosts> {
    const hosts = await this.cluster.hosts(run);
    const found = Object.fromEntries(Object.keys(wanted).map((name) => [name, hosts[name]?.status]));
    const what = Object.entries(wanted).map(([name, status]) => `${name} ${status}`);
    this.same(`hosts: ${what.join(', ')}`, found, wanted);
    return hosts;
  }

  /** The nodes that pods with Sysbox may come to. */
  async offered(wanted: readonly string[]): Promise<void> {
    const said = await this.cluster.kubectl('get nodes -l sysbox-runtime=running -o name');
    const found = said.trim().split('\n').filter(Boolean);
    const nodes = wanted.map((node) => `node/${node}`);
    const what = wanted.length === 0 ? 'no node is offered to pods with Sysbox' : `offered: ${wanted.join(', ')}`;
    this.same(what, found.toSorted(), nodes.toSorted());
  }
}
