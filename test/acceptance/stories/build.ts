import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import type { Cluster } from '../cluster.ts';
import type { Story } from '../story.ts';

/*
 * `source: build` with a real git, a real make and a builder of its own. There is no Docker in the lab's closed network: what stands in for it
 * runs the command of `docker run` on the builder. What is "compiled" are the lab's stand-ins, each told its commit, as `make` does it.
 */

const builder = 'b1';
const hosts = 'n1:n2';

export const builds: readonly Story[] = [
  {
    name: 'source-build',
    title: 'a commit is built on a builder from a git mirror (a stand-in for docker runs the make target), and proved',
    from: 'nothing',
    leaves: 'nothing',
    standInsOnly: 'real programs cannot be made anew without Docker',
    async tell(stage) {
      const { cluster } = stage;
      const { commit, runc } = await makeBuilder(cluster);
      const folder = join(cluster.folder, 'built');
      const vars = {
        sysbox_source: 'build',
        sysbox_builder: builder,
        sysbox_build_repo: '/srv/git/sysbox.git',
        sysbox_build_commit: commit,
        sysbox_artifacts_dir: folder,
      };
      const words = ['-e', JSON.stringify(vars)];
      const branch = await stage.k3sbox(5, ...cluster.words('run', hosts, ...words, '-e', 'sysbox_build_commit=main'));
      stage.says(branch, /sysbox_build_commit must be a full commit/);
      const run = await stage.k3sbox(0, ...cluster.words('run', hosts, ...words));
      stage.says(run, /Compile, which takes its time/, /Fetch the programs/);
      await stage.offered(['n1', 'n2']);
      const version = await cluster.root('n2', '/usr/bin/sysbox-runc --version');
      stage.note(`n2 has the program of commit ${runc}`, version.includes(runc) ? undefined : version);
      const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
      stage.note('the manifest names the commit', manifest.includes(commit) ? undefined : manifest);
      const again = await stage.k3sbox(0, ...cluster.words('run', hosts, ...words));
      const changed = Object.entries(await cluster.hosts(again.run)).filter(([, host]) => host.changed > 0);
      stage.same('a second run builds nothing and changes nothing', changed, []);
      await stage.k3sbox(0, 'rollback', run.run);
      await cluster.removeHelper(builder);
    },
  },
];

const manifestSchema = z.object({ commit: z.string() });

/** A node with git, make, and something that answers as docker does; and a mirror of sysbox with its submodules. */
async function makeBuilder(cluster: Cluster): Promise<{ readonly commit: string; readonly runc: string }> {
  await cluster.addHelper(builder);
  await cluster.root(builder, 'apt-get -qq update && apt-get -qq -y install git make >/dev/null');
  await cluster.root(builder, 'cat >/usr/local/bin/docker && chmod 755 /usr/local/bin/docker', docker);
  const { commit } = manifestSchema.parse(JSON.parse(readFileSync(join(cluster.programs, 'manifest.json'), 'utf8')));
  for (const program of ['runc', 'mgr', 'fs']) {
    const base64 = readFileSync(join(cluster.programs, `sysbox-${program}`)).toString('base64');
    await cluster.root(builder, `mkdir -p /srv/parts && base64 -d >/srv/parts/sysbox-${program}`, base64);
  }
  const said = await cluster.root(builder, `commit=${commit} sh -s`, mirror);
  const [superproject = '', runc = ''] = said.trim().split('\n').slice(-2);
  return { commit: superproject, runc };
}

const docker = `#!/bin/sh
case $1 in
  info|rmi) exit 0;;
  run) for last in "$@"; do :; done; exec sh -c "$last";;
  *) echo "no such container" >&2; exit 1;;
esac
`;

// Of the same shape as nestybox/sysbox: a Makefile, and a repository for each program beside it.
const mirror = `set -e
exec 3>&1 >/dev/null 2>&1
git config --system protocol.file.allow always
git config --system user.name lab
git config --system user.email lab@example.org
git config --system init.defaultBranch main
mkdir -p /srv/git /srv/work
for name in sysbox-runc sysbox-mgr sysbox-fs; do
  git init /srv/work/$name
  cp /srv/parts/$name /srv/work/$name/source
  git -C /srv/work/$name add source
  git -C /srv/work/$name commit -m $name
  git clone --bare /srv/work/$name /srv/git/$name.git
done
git init /srv/work/sysbox
cd /srv/work/sysbox
git remote add origin /srv/git/sysbox.git
for name in sysbox-runc sysbox-mgr sysbox-fs; do git submodule add ../$name.git $name; done
cat >Makefile <<'END'
sysbox-static:
	docker run --privileged --rm --runtime=runc --hostname sysbox-build --name sysbox-build -v $(CURDIR):/root/nestybox/sysbox sysbox-test-$(TARGET_ARCH) /bin/bash -c "make sysbox-static-local"
sysbox-static-local:
	for name in sysbox-runc sysbox-mgr sysbox-fs; do \\
	  mkdir -p $$name/build/$(TARGET_ARCH) && \\
	  LC_ALL=C sed "s/COMMIT/$$(git -C $$name rev-parse HEAD)/" $$name/source >$$name/build/$(TARGET_ARCH)/$$name && \\
	  chmod 755 $$name/build/$(TARGET_ARCH)/$$name || exit 1; \\
	done
END
sed -i "s/COMMIT/$commit/" Makefile
git add .
git commit -m sysbox
git clone --bare . /srv/git/sysbox.git
chown -R ops: /srv/git
git rev-parse HEAD >&3
git -C sysbox-runc rev-parse HEAD >&3
`;
