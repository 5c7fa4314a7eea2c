import { containerdFolder } from '../cluster.ts';
import { type Stage, type Story, three } from '../story.ts';

/*
 * What a person has done to a node before k3sbox comes. Each ends before anything is touched, and says where, why and what to do.
 */

const v3 = `${containerdFolder}/config-v3.toml.tmpl`;
const v2 = `${containerdFolder}/config.toml.tmpl`;
const base = '{{ template "base" . }}\n';
const runtimes = "plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes";

/** The snippet that circulates: a runtime alone, in a file that replaces all that K3s would write. */
const bareSnippet = `version = 3
[${runtimes}.'sysbox-runc']
  runtime_type = "io.containerd.runc.v2"
[${runtimes}.'sysbox-runc'.options]
  BinaryName = "/usr/bin/sysbox-runc"
  SystemdCgroup = false
`;

export const refusals: readonly Story[] = [
  {
    name: 'template-without-base',
    title: "a template that replaces K3s's configuration, before and after K3s has read it",
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      await withFile(stage, v3, bareSnippet, async () => {
        await refused(stage, /config-v3\.toml\.tmpl.* does not include K3s's own configuration/, /template "base"/);
        await brokenByRestart(stage, async () => {
          await refused(stage, /^n3 .*failed/, /config-v3\.toml\.tmpl.* does not include K3s's own configuration/);
        });
      });
      await stage.cluster.restart('n3');
    },
  },
  {
    name: 'both-templates',
    title: 'a v3 template and an old one that K3s no longer reads',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      await withFile(stage, v3, `${base}# ours\n`, () =>
        withFile(stage, v2, `${base}# older\n`, async () => {
          await stage.cluster.restart('n3');
          const told = await stage.k3sbox(0, ...stage.cluster.words('run', 'n1:n3', '--check', '--diff'));
          stage.says(told, /both templates, of which config\.toml\.tmpl is not read/, /50-k3sbox-sysbox-runc\.toml/);
          stage.note('neither template is to change', /write .*\.tmpl/.exec(told.text)?.[0]);
        }),
      );
      await stage.cluster.restart('n3');
    },
  },
  {
    name: 'own-runtime',
    title: "sysbox-runc in a file of the node's owner",
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const own = `${containerdFolder}/config-v3.toml.d/10-own.toml`;
      await withFile(stage, own, bareSnippet, async () => {
        await refused(
          stage,
          /^n3 .*failed/,
          /knows sysbox-runc already, from a file that is not ours/,
          /sysbox_adopt_runtime/,
        );
      });
    },
  },
  {
    name: 'duplicate-table',
    title: 'a template with a table that K3s writes, too, before and after K3s has read it',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const twice = `${base}[${runtimes}.runc]\n  runtime_type = "io.containerd.runc.v2"\n`;
      await withFile(stage, v3, twice, async () => {
        await refused(stage, /^n3 .*failed/, /config-v3\.toml\.tmpl/);
        await stage.cluster.root('n3', 'systemctl restart --no-block k3s-agent');
        await stage.cluster.until('n3 is in a crash loop', () => restarted(stage, 2));
        await refused(stage, /^n3 .*failed/, /table runc already exists|already exists/);
      });
      await stage.cluster.root('n3', 'systemctl reset-failed k3s-agent');
      await stage.cluster.restart('n3');
    },
  },
  {
    name: 'wrong-cgroup-driver',
    title: "an adopted runtime with another SystemdCgroup than runc's",
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const { cluster } = stage;
      const runc = /SystemdCgroup = (true|false)/.exec(
        await cluster.root('n3', `cat ${containerdFolder}/config.toml`),
      )?.[1];
      const wrong = runc === 'true' ? 'false' : 'true';
      const own = `${containerdFolder}/config-v3.toml.d/10-own.toml`;
      await withFile(stage, own, bareSnippet.replace('SystemdCgroup = false', `SystemdCgroup = ${wrong}`), async () => {
        const pattern = new RegExp(`SystemdCgroup is ${wrong}, and has to be ${runc}`);
        const words = cluster.words('run', three, '-e', 'sysbox_adopt_runtime=true');
        const told = await stage.k3sbox(5, ...words);
        stage.says(told, /^n3 .*failed/, /of somebody else cannot be adopted/, pattern, /Correct the file/);
        await untouched(stage, told.run);
      });
    },
  },
  {
    name: 'server-down',
    title: 'one of three servers is down: no other may restart',
    from: 'nothing',
    leaves: 'nothing',
    needsQuorum: true,
    async tell(stage) {
      await withoutK3s(stage, 's3', async () => {
        // s3 itself is left out of the run: what is asked is whether the others may go on without it
        const told = await stage.k3sbox(5, ...stage.cluster.words('run', 'n1:s2:n2'));
        stage.says(told, /node s3 is not Ready/, /etcd has 3 members, needs 2, and without (n1|s2) has 1/);
        await untouched(stage, told.run);
      });
    },
  },
  {
    name: 'node-not-ready',
    title: 'an agent is NotReady',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      await withoutK3s(stage, 'n3', async () => {
        await refused(stage, /node n3 is not Ready/, /k3s-agent\.service is not active/, /Nothing was changed/);
      });
    },
  },
];

/** The run on three hosts is refused, nothing is changed, and these things are said. */
async function refused(stage: Stage, ...patterns: readonly RegExp[]): Promise<void> {
  const told = await stage.k3sbox(5, ...stage.cluster.words('run', three));
  stage.says(told, ...patterns);
  await untouched(stage, told.run);
}

async function untouched(stage: Stage, run: string): Promise<void> {
  const hosts = Object.values(await stage.cluster.hosts(run));
  stage.same('no host was changed', hosts.filter(({ changed }) => changed > 0).length, 0);
}

/** Puts a file on n3 for a while; folders that were not there go with it. */
async function withFile(stage: Stage, path: string, text: string, act: () => Promise<void>): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const made = await stage.cluster.root(
    'n3',
    `[ -d ${folder} ] || { mkdir ${folder}; echo made; }; cat >${path}`,
    text,
  );
  try {
    await act();
    stage.same(`${path} is as its owner left it`, await stage.cluster.root('n3', `cat ${path}`), text);
  } finally {
    await stage.cluster.root('n3', `rm ${path}; ${made === '' ? '' : `rmdir ${folder}`}`);
  }
}

/** K3s on n3 reads what lies there, and the node goes NotReady. */
async function brokenByRestart(stage: Stage, act: () => Promise<void>): Promise<void> {
  const { cluster } = stage;
  await cluster.root('n3', 'systemctl restart --no-block k3s-agent');
  await cluster.until('n3 is not Ready', async () => !(await cluster.isReady('n3')));
  await act();
}

async function restarted(stage: Stage, times: number): Promise<boolean> {
  return Number(await stage.cluster.root('n3', 'systemctl show k3s-agent -p NRestarts --value')) >= times;
}

/** Stops K3s on a node until the cluster has noticed; its containers go on. */
async function withoutK3s(stage: Stage, node: string, act: () => Promise<void>): Promise<void> {
  const { cluster } = stage;
  await cluster.root(node, `systemctl stop ${cluster.unit(node)}`);
  await cluster.until(`${node} is not Ready`, async () => !(await cluster.isReady(node)));
  await act();
  await cluster.restart(node);
}
