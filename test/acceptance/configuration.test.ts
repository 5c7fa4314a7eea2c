import { afterEach, expect, test } from 'vitest';

import { useCluster } from '../e2e-lab/use-cluster.ts';
import { describeLab } from '../lab/describe-lab.ts';

/*
 * What people have written into containerd's configuration before. Each story begins on an agent without Sysbox, and leaves one.
 */

const minutes = 60_000;
const folder = '/var/lib/rancher/k3s/agent/etc/containerd';
const base = '{{ template "base" . }}';
const theirs = `[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'sysbox-runc']
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'sysbox-runc'.options]
  BinaryName = "/usr/bin/sysbox-runc"
  SystemdCgroup = CGROUP
`;

describeLab('A configuration that somebody has written', () => {
  const cluster = useCluster('config', ['n1', 'a1']);
  const { on } = cluster;

  const restart = (): Promise<string> =>
    on('a1', 'systemctl restart k3s-agent; until k3s crictl info >/dev/null 2>&1; do sleep 0.2; done');
  const write = (file: string, text: string): Promise<string> =>
    on('a1', `mkdir -p "$(dirname ${folder}/${file})"; cat >${folder}/${file}`, text);
  /** A K3s that reads no drop-ins, but templates alone. */
  async function withoutDropIns(): Promise<void> {
    await on('a1', 'echo v1.33.9+k3s1 >/usr/local/lib/lab/k3s/VERSION');
    await restart();
  }
  const runcCgroup = async (): Promise<string> =>
    (await on('a1', `sed -n 's/.*SystemdCgroup = //p' ${folder}/config.toml | head -n 1`)).trim();
  const bring = async (...options: readonly string[]) =>
    cluster.play(
      'sysbox.yaml',
      '--limit',
      'a1',
      '-e',
      `sysbox_artifacts_dir=${await cluster.programs('0.7.1')}`,
      ...options,
    );

  afterEach(async () => {
    await on('a1', `rm -rf ${folder}/*.tmpl ${folder}/*.d; true`);
    await on('a1', 'echo v1.35.3+k3s1 >/usr/local/lib/lab/k3s/VERSION');
    await restart();
  });

  test(
    'a template without the base is refused before anything is touched, and doctor names it',
    async () => {
      await withoutDropIns();
      await write('config-v3.toml.tmpl', `version = 3\n${theirs.replace('CGROUP', 'true')}`);
      const before = await cluster.tree('a1');

      const { exitCode, stdout } = await bring();

      expect(exitCode).toBe(5);
      expect(stdout).toContain("config-v3.toml.tmpl does not include K3s's own configuration");
      expect(await cluster.tree('a1')).toBe(before);
      expect(await cluster.doctor('a1')).toMatchObject({
        exitCode: 2,
        text: expect.stringContaining("config-v3.toml.tmpl does not include K3s's own configuration"),
      });
    },
    5 * minutes,
  );

  test(
    'of two templates the one that K3s reads is extended, and the other one left alone; a rollback takes the block out again',
    async () => {
      await withoutDropIns();
      await write('config-v3.toml.tmpl', `${base}\n# mine\n`);
      await write('config.toml.tmpl', `${base}\n# old\n`);
      const before = await cluster.tree('a1');

      const { exitCode, run, stdout } = await bring();

      expect(exitCode, stdout.slice(-2000)).toBe(0);
      expect(stdout).toContain('both templates, of which config.toml.tmpl is not read');
      expect(await on('a1', `cat ${folder}/config-v3.toml.tmpl`)).toMatch(
        /^.*base.*\n# mine\n# BEGIN k3sbox sysbox-runc/,
      );
      expect(await on('a1', `cat ${folder}/config.toml.tmpl`)).toBe(`${base}\n# old\n`);
      expect((await cluster.command(['rollback', run])).exitCode).toBe(0);
      expect(await cluster.tree('a1')).toBe(before);
    },
    8 * minutes,
  );

  test(
    "somebody's own runtime block is refused, and adopted as it is when that is wanted",
    async () => {
      await write('config-v3.toml.d/10-mine.toml', `version = 3\n${theirs.replace('CGROUP', await runcCgroup())}`);
      await restart();
      const mine = await on('a1', `cat ${folder}/config-v3.toml.d/10-mine.toml`);

      const refused = await bring();
      expect(refused.exitCode).toBe(5);
      expect(refused.stdout).toContain('containerd knows sysbox-runc already, from a file that is not ours');

      const adopted = await bring('-e', 'sysbox_adopt_runtime=true');
      expect(adopted.exitCode, adopted.stdout.slice(-2000)).toBe(0);
      expect(await on('a1', `ls ${folder}/config-v3.toml.d`)).toBe('10-mine.toml\n');
      expect(await on('a1', `cat ${folder}/config-v3.toml.d/10-mine.toml`)).toBe(mine);
      expect(await cluster.kubectl('get nodes -l sysbox-runtime=running -o name')).toBe('node/a1\n');
      expect(await cluster.doctor('a1', '-e', 'sysbox_adopt_runtime=true')).toMatchObject({
        status: { a1: 'healthy' },
      });

      expect((await cluster.command(['rollback', adopted.run])).exitCode).toBe(0);
      expect(await on('a1', `cat ${folder}/config-v3.toml.d/10-mine.toml`)).toBe(mine);
    },
    8 * minutes,
  );

  test(
    'a table that somebody has declared twice is found before K3s is restarted into it',
    async () => {
      await write('config-v3.toml.d/10-mine.toml', `version = 3\n${theirs}${theirs}`.replaceAll('CGROUP', 'true'));
      const started = await cluster.started('a1');

      const { exitCode, stdout } = await bring();

      expect(exitCode).toBe(5);
      expect(stdout).toContain('is broken already: containerd does not accept it');
      expect(stdout).toContain('table sysbox-runc already exists');
      expect(await cluster.started('a1')).toBe(started);
      expect(await cluster.doctor('a1')).toMatchObject({
        exitCode: 2,
        text: expect.stringContaining('one file declares a table of the containerd configuration twice'),
      });
    },
    5 * minutes,
  );

  test(
    "another cgroup driver than runc's is found by doctor, and put right by the playbook",
    async () => {
      const first = await bring();
      expect(first.exitCode, first.stdout.slice(-2000)).toBe(0);
      const [is, wrong] = (await runcCgroup()) === 'true' ? ['true', 'false'] : ['false', 'true'];
      await on(
        'a1',
        `sed -i 's/SystemdCgroup = ${is}/SystemdCgroup = ${wrong}/' ${folder}/config-v3.toml.d/50-k3sbox-sysbox-runc.toml`,
      );
      await restart();

      expect(await cluster.doctor('a1')).toMatchObject({
        exitCode: 2,
        text: expect.stringContaining(`sysbox-runc has SystemdCgroup = ${wrong}, runc has ${is}`),
      });

      const second = await bring();
      expect(second.exitCode, second.stdout.slice(-2000)).toBe(0);
      expect(await cluster.doctor('a1')).toMatchObject({ status: { a1: 'healthy' } });
      expect((await cluster.play('sysbox-uninstall.yaml', '--limit', 'a1')).exitCode).toBe(0);
    },
    10 * minutes,
  );
});
