import { join } from 'node:path';

import { z } from 'zod';

import { ourDropIn, pod, uninstallYaml } from '../cluster.ts';
import { type Stage, type Story, three } from '../story.ts';

/* From nothing to proved, what must not happen twice, what happens to a fleet that has it, and the way back. */

export const toProved: readonly Story[] = [
  {
    name: 'fresh',
    title: 'from nothing to proved: agents first, servers one by one and last',
    from: 'nothing',
    leaves: 'proved',
    async tell(stage) {
      const { cluster } = stage;
      const before = await cluster.starts();
      const run = await stage.k3sbox(0, ...cluster.words('run'));
      cluster.broughtBy = run.run;
      await stage.hosts(run, Object.fromEntries(cluster.nodes.map((node) => [node, 'ok'])));
      await inOrder(stage, run.run);
      await stage.offered(cluster.nodes);
      stage.note('K3s was restarted', before === (await cluster.starts()) ? 'it was not' : undefined);
      await sampleRuns(stage);
    },
  },
  {
    name: 'again',
    title: 'a second run',
    from: 'proved',
    leaves: 'proved',
    async tell(stage) {
      const { cluster } = stage;
      const before = await cluster.starts();
      const run = await stage.k3sbox(0, ...cluster.words('run', cluster.limit));
      const changed = Object.entries(await cluster.hosts(run.run)).filter(([, host]) => host.changed > 0);
      stage.same('0 changed', changed, []);
      stage.same('0 restarts', await cluster.starts(), before);
    },
  },
];

export const whileProved: readonly Story[] = [
  {
    name: 'edited-meanwhile',
    title: 'the drop-in has the wrong SystemdCgroup, and is edited once more between plan and apply',
    from: 'proved',
    leaves: 'proved',
    async tell(stage) {
      const { cluster } = stage;
      const good = await cluster.root('n2', `cat ${ourDropIn}`);
      const wrong = good.includes('= true') ? good.replace('= true', '= false') : good.replace('= false', '= true');
      const write = (text: string): Promise<string> => cluster.root('n2', `cat >${ourDropIn}`, text);
      const before = await cluster.starts();
      await write(wrong);
      const file = join(cluster.folder, 'saved-plan');
      const plan = await stage.k3sbox(0, ...cluster.words('plan', three, '-o', file));
      stage.says(plan, /^\s+-\s+SystemdCgroup = /, /^\s+\+\s+SystemdCgroup = /);
      await write(`${wrong}# somebody was here\n`);
      const apply = await stage.k3sbox(7, 'apply', file);
      stage.says(apply, /n2/, /50-k3sbox-sysbox-runc\.toml|Tell containerd/, /plan (it )?again|stale|has changed/);
      stage.same(
        'their edit is still there',
        await cluster.root('n2', `tail -n 1 ${ourDropIn}`),
        '# somebody was here\n',
      );
      stage.same('0 restarts', await cluster.starts(), before);
      const run = await stage.k3sbox(0, ...cluster.words('run', three));
      await stage.hosts(run, { n1: 'ok', n2: 'ok', n3: 'ok' });
      stage.same('a run puts it right', await cluster.root('n2', `cat ${ourDropIn}`), good);
    },
  },
  {
    name: 'daemon-killed',
    title: 'sysbox-mgr is killed on a node in service: doctor names it, a run starts it again',
    from: 'proved',
    leaves: 'proved',
    async tell(stage) {
      const { cluster } = stage;
      const before = await cluster.starts();
      await cluster.root('n2', 'systemctl kill --signal=KILL sysbox-mgr.service');
      await cluster.until(
        'sysbox is down',
        async () => (await cluster.root('n2', 'systemctl is-active sysbox || :')) !== 'active\n',
      );
      const doctor = await stage.k3sbox(2, 'doctor', '-i', 'inventory');
      stage.says(doctor, /sysbox-mgr\.service is failed/, /k3s kubectl label node n2 sysbox-runtime-/);
      await stage.k3sbox(0, ...cluster.words('run', three));
      stage.same('0 restarts of K3s', await cluster.starts(), before);
      const healthy = await stage.k3sbox(0, 'doctor', '-i', 'inventory');
      stage.note('doctor finds nothing more', /problem/.test(healthy.text) ? healthy.text : undefined);
    },
  },
  {
    name: 'pods-at-uninstall',
    title:
      'a pod with Sysbox at sysbox-uninstall.yaml: it stops the run, also when pods may move but nobody would make it again',
    from: 'proved',
    leaves: 'proved',
    async tell(stage) {
      const { cluster } = stage;
      await withSample(stage, async () => {
        const words = ['run', uninstallYaml, '-i', 'inventory', '--limit', three];
        const run = await stage.k3sbox(5, ...words);
        stage.says(run, /^n2 .*failed/, /pods run with sysbox-runc on node n2: default\/sample/, /sysbox_evict_pods/);
        const changed = Object.values(await cluster.hosts(run.run)).filter((host) => host.changed > 0);
        stage.same('no host was changed', changed.length, 0);
        const evicting = await stage.k3sbox(5, ...words, '-e', 'sysbox_evict_pods=true');
        stage.says(evicting, /^n2 .*failed/, /nobody would make these pods of node n2 again: default\/sample/);
        const path = 'jsonpath={.status.phase} {.status.containerStatuses[0].restartCount}';
        stage.same('the pod goes on', await cluster.kubectl(`get pod sample -o '${path}'`), 'Running 0');
        await stage.offered(cluster.brought);
      });
    },
  },
  {
    name: 'pods-evicted',
    title: 'the same pod, when it may be deleted: it goes before the runtime does, and a rollback brings Sysbox back',
    from: 'proved',
    leaves: 'proved',
    async tell(stage) {
      const { cluster } = stage;
      const pods = `k3s crictl pods --state ready -o json | grep -c '"runtimeHandler": *"sysbox-runc"' || :`;
      await withSample(stage, async () => {
        stage.same('pods with Sysbox on n2, by its containerd', (await cluster.root('n2', pods)).trim(), '1');
        const may = { sysbox_evict_pods: true, sysbox_delete_unmanaged_pods: true };
        const words = ['run', uninstallYaml, '-i', 'inventory', '--limit', 'n2', '-e', JSON.stringify(may)];
        const run = await stage.k3sbox(0, ...words);
        await afterEachOther(stage, run.run, [
          'Let no more pods with Sysbox come',
          'Move those away that are here',
          'Remove it from the configuration',
          'Stop the daemons, now and for the next boot',
        ]);
        stage.same('then', (await cluster.root('n2', pods)).trim(), '0');
        stage.same('its programs', (await cluster.root('n2', 'ls /usr/bin | grep sysbox || :')).trim(), '');
        await stage.offered(cluster.brought.filter((node) => node !== 'n2'));
        await stage.k3sbox(0, 'rollback', run.run);
        await stage.offered(cluster.brought);
      });
    },
  },
];

export const wayBack: readonly Story[] = [
  {
    name: 'back',
    title: 'rollback: refused on a node with pods that need it, then everywhere to the last byte',
    from: 'proved',
    leaves: 'nothing',
    async tell(stage) {
      const { cluster } = stage;
      const run = cluster.broughtBy ?? '';
      await withSample(stage, async () => {
        const refused = await stage.k3sbox(6, 'rollback', run, '--limit', 'n2');
        stage.says(refused, /^n2 /, /default\/sample/);
        stage.same('the pod goes on', await cluster.kubectl("get pod sample -o 'jsonpath={.status.phase}'"), 'Running');
      });
      const rollback = await stage.k3sbox(0, 'rollback', run);
      await stage.hosts(rollback, Object.fromEntries(cluster.brought.map((node) => [node, 'rolled-back'])));
      cluster.broughtBy = undefined;
      await stage.offered([]);
    },
  },
];

const taskEnded = z.object({ type: z.literal('task-ended'), host: z.string(), task: z.string(), status: z.string() });

/** Each node is proved before the next one gets the runtime: agents first, servers last. */
async function inOrder(stage: Stage, run: string): Promise<void> {
  const { cluster } = stage;
  const [first, last] = ['Tell containerd about sysbox-runc', 'Let pods with Sysbox come'];
  const found = (await cluster.events(run)).flatMap((event) => {
    const { success, data } = taskEnded.safeParse(event);
    return success && data.status === 'changed' && [first, last].includes(data.task) ? [[data.host, data.task]] : [];
  });
  const order = cluster.agents.concat(cluster.servers);
  const wanted = order.flatMap((node) => [first, last].map((task) => [node, task]));
  stage.same(`each proved before the next is begun: ${order.join(', ')}`, found, wanted);
}

/** Tasks that have changed n2, in this order. */
async function afterEachOther(stage: Stage, run: string, wanted: readonly string[]): Promise<void> {
  const found = (await stage.cluster.events(run)).flatMap((event) => {
    const { success, data } = taskEnded.safeParse(event);
    return success && data.status === 'changed' && wanted.includes(data.task) ? [data.task] : [];
  });
  stage.same('one after the other', found, wanted);
}

/** A pod that the scheduler placed has ids of its own and the mounts of sysbox-fs, and its cgroup is the kubelet's. */
async function sampleRuns(stage: Stage): Promise<void> {
  const { cluster } = stage;
  await cluster.apply(pod('scheduled', 'default', { runtimeClassName: 'sysbox-runc', hostUsers: false }));
  await cluster.kubectl('wait --for=condition=Ready pod/scheduled --timeout=60s');
  const path = 'jsonpath={.spec.nodeName} {.status.containerStatuses[0].containerID}';
  const [node = '', id = ''] = (await cluster.kubectl(`get pod scheduled -o '${path}'`)).split(' ');
  const container = id.replace('containerd://', '');
  const seen = await cluster.root(
    node,
    `for file in /proc/[0-9]*/cgroup; do grep -q ${container} $file 2>/dev/null || continue
pid=\${file%/cgroup}; grep -c sysboxfs $pid/mountinfo; tr -s ' ' <$pid/uid_map; cat $file; break; done`,
  );
  const [mounts = '', ids = '', ...cgroups] = seen.split('\n');
  stage.note(`a scheduled pod runs under Sysbox on ${node}`, Number(mounts) >= 1 ? undefined : `mounts: ${seen}`);
  stage.note(`its ids: ${ids.trim()}`, Number(ids.trim().split(' ')[1]) >= 65_536 ? undefined : seen);
  stage.note('its cgroup is below kubepods', cgroups.some((line) => line.includes('/kubepods')) ? undefined : seen);
  await cluster.kubectl('delete pod scheduled');
}

/** A pod with Sysbox on n2 that has no controller, for a while. */
async function withSample(stage: Stage, act: () => Promise<void>): Promise<void> {
  const { cluster } = stage;
  const spec = { runtimeClassName: 'sysbox-runc', hostUsers: false, nodeSelector: { 'kubernetes.io/hostname': 'n2' } };
  await cluster.apply(pod('sample', 'default', spec));
  await cluster.kubectl('wait --for=condition=Ready pod/sample --timeout=60s');
  await act();
  await cluster.kubectl('delete pod sample --ignore-not-found');
}
