import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Cluster, ourDropIn, told } from '../cluster.ts';
import { type Stage, type Story, three } from '../story.ts';

/*
 * What goes wrong on a node while a run is at work on it. The node goes back, nothing behind it is begun, and a rollback of the run leaves
 * no trace of what had been done before it. n2 is the first agent, n3 the second, n1 a server.
 */

export const failures: readonly Story[] = [
  {
    name: 'disk-full',
    title: 'no room for the programs on one node',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const { cluster } = stage;
      await cluster.root('n3', 'mkdir /opt/k3sbox && mount -t tmpfs -o size=64k tmpfs /opt/k3sbox');
      const run = await stage.k3sbox(5, ...cluster.words('run', three));
      stage.says(run, /^n3 .*failed.*Stage the programs/, /[Nn]o space left on device/, /\/opt\/k3sbox/);
      await stage.hosts(run, { n3: 'rolled-back' });
      await stage.offered([]);
      await takenBack(stage, run.run);
      stage.same('nothing was left on the full disk', await cluster.root('n3', 'ls -A /opt/k3sbox'), '');
      await cluster.root('n3', 'umount /opt/k3sbox && rmdir /opt/k3sbox');
    },
  },
  {
    name: 'crash-loop',
    title: 'K3s does not come up with the new runtime',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const isThere = `ExecStartPre=/bin/sh -c '! [ -e ${ourDropIn} ] || { echo the story does not like ${ourDropIn} >&2; exit 1; }'`;
      await withUnit(stage.cluster, 'n2', isThere, async () => {
        const run = await stage.k3sbox(5, ...stage.cluster.words('run', three));
        stage.says(
          run,
          /^n2 .*failed.*Restart K3s/,
          /k3s-agent\.service is in a crash loop/,
          /the story does not like/,
        );
        await stage.hosts(run, { n2: 'rolled-back' });
        await stage.offered([]);
        stage.same('K3s on n2 runs', await stage.cluster.isReady('n2'), true);
        await notBegun(stage, 'n3', 'n1');
        await takenBack(stage, run.run);
      });
    },
  },
  {
    name: 'canary-fails',
    title: 'the first agent is proved, the pod of the second does not start',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const { cluster } = stage;
      const image = 'registry.invalid/not/there:1';
      await withVars(
        cluster,
        'n3',
        { sysbox_canary_image: image, sysbox_canary_pull_policy: 'IfNotPresent' },
        async () => {
          const run = await stage.k3sbox(5, ...cluster.words('run', three));
          stage.says(
            run,
            /^n3 .*failed.*Start both on this node/,
            /k3sbox-canary-n3\/(sysbox|runc)/,
            /registry\.invalid/,
            /^\s+command +pods=/,
            /this means: the node cannot pull the image; choose an image/,
          );
          await stage.hosts(run, { n2: 'ok', n3: 'rolled-back' });
          await stage.offered(['n2']);
          await notBegun(stage, 'n3', 'n1');
          await takenBack(stage, run.run);
        },
      );
    },
  },
  {
    name: 'daemon-dies',
    title: 'sysbox-fs is killed before the proof',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const kill = 'ExecStartPre=-/usr/bin/systemctl kill --signal=KILL sysbox-fs.service';
      await withUnit(stage.cluster, 'n2', kill, async () => {
        const run = await stage.k3sbox(5, ...stage.cluster.words('run', three));
        stage.says(run, /^n2 .*failed/, /\/run\/sysbox\/sys(fs|mgr)\.sock/, /k3sbox-canary-n2\/sysbox/);
        stage.says(run, /this means: a daemon of Sysbox is not running; look at: systemctl status/);
        await stage.hosts(run, { n2: 'rolled-back' });
        await stage.offered([]);
        await notBegun(stage, 'n3', 'n1');
        await takenBack(stage, run.run);
      });
    },
  },
  {
    name: 'killed-resume',
    title: 'the controller is killed between write and restart; resume',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const run = await killed(stage);
      const resumed = await stage.k3sbox(0, 'resume', run);
      stage.says(resumed, /n2 /);
      await stage.offered(['n1', 'n2', 'n3']);
      const again = await stage.k3sbox(0, ...stage.cluster.words('run', three));
      const changed = Object.values(await stage.cluster.hosts(again.run)).filter((host) => host.changed > 0);
      stage.same('a run after it changes nothing', changed.length, 0);
      await takenBack(stage, run);
    },
  },
  {
    name: 'killed-rollback',
    title: 'the controller is killed between write and restart; rollback',
    from: 'nothing',
    leaves: 'nothing',
    async tell(stage) {
      const run = await killed(stage);
      await takenBack(stage, run);
    },
  },
  {
    name: 'server-lost',
    title: 'a server is lost while agents are under way: the gate stops the rollout',
    from: 'nothing',
    leaves: 'nothing',
    needsQuorum: true,
    async tell(stage) {
      const { cluster } = stage;
      const before = await cluster.starts(cluster.servers.slice(0, 2));
      const running = cluster.start(...cluster.words('run', three));
      await running.seen(/^n2 +changed .*Tell containerd/m);
      await cluster.root('s3', 'systemctl stop k3s');
      const run = told(await running.ended);
      stage.ended(run, 5, 'run');
      // Kubernetes takes a while to notice: the next agent waits for s3 in vain, or the first server is refused, or sees no sign of life.
      stage.says(
        run,
        /^n[13] .*failed.*Wait until the cluster can spare this node/,
        /etcd has 3 members, needs 2, and without n1 has 1|some nodes are not Ready|s3 has said nothing since/,
      );
      stage.same('no server was restarted', await cluster.starts(cluster.servers.slice(0, 2)), before);
      await cluster.restart('s3');
      await takenBack(stage, run.run);
    },
  },
];

/** Takes a run back, which must leave nothing: the comparison comes when the story has ended. */
async function takenBack(stage: Stage, run: string): Promise<void> {
  await stage.k3sbox(0, 'rollback', run);
  await stage.offered([]);
}

async function notBegun(stage: Stage, ...nodes: readonly string[]): Promise<void> {
  const said = await Promise.all(nodes.map((node) => stage.cluster.root(node, `ls ${ourDropIn} 2>/dev/null || :`)));
  stage.same(`the runtime is not on ${nodes.join(', ')}`, said.join(''), '');
}

/** Kills a run whose drop-in is on n2 while systemd waits for K3s to stop. @returns its id */
async function killed(stage: Stage): Promise<string> {
  const { cluster } = stage;
  const hold = "ExecStop=/bin/sh -c 'touch /run/story-held; while [ -e /run/story-hold ]; do sleep 0.2; done'";
  let run = '';
  await withUnit(cluster, 'n2', hold, async () => {
    await cluster.root('n2', 'touch /run/story-hold');
    const running = cluster.start(...cluster.words('run', three));
    await Promise.race([
      cluster.until('K3s on n2 is to restart', async () =>
        (await cluster.root('n2', 'ls /run')).includes('story-held'),
      ),
      running.ended,
    ]);
    stage.same('the drop-in is written', (await cluster.root('n2', `ls ${ourDropIn}`)).trim(), ourDropIn);
    running.child.kill('SIGKILL');
    ({ run } = told(await running.ended));
    await cluster.root('n2', 'rm -f /run/story-hold /run/story-held');
  });
  return run;
}

/** Something in K3s's unit on a node, for a while. */
async function withUnit(cluster: Cluster, node: string, line: string, act: () => Promise<void>): Promise<void> {
  const folder = `/etc/systemd/system/${cluster.unit(node)}.service.d`;
  await cluster.root(
    node,
    `mkdir ${folder}; cat >${folder}/story.conf; systemctl daemon-reload`,
    `[Service]\n${line}\n`,
  );
  try {
    await act();
  } finally {
    await cluster.root(node, `rm -r ${folder}; systemctl daemon-reload`);
  }
}

/** Variables of one host, for a while. */
async function withVars(cluster: Cluster, node: string, vars: object, act: () => Promise<void>): Promise<void> {
  const folder = join(cluster.folder, 'inventory/host_vars');
  mkdirSync(folder);
  writeFileSync(join(folder, `${node}.yaml`), JSON.stringify(vars));
  try {
    await act();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
