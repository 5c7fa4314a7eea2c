import { spawnSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { explainError, explainScript } from '../../../../src/modules/k3s/known-errors.ts';

// As they stand in events, in containerd.log and in journals.
const lines: readonly (readonly [line: string, cause: RegExp, advice: RegExp])[] = [
  [
    'Failed to create pod sandbox: RuntimeClass handler "sysbox-runc" does not support user namespaces: the handler "sysbox-runc" is not known',
    /does not know the handler/,
    /sysbox\.yaml again/,
  ],
  [
    'Failed to create pod sandbox: RuntimeClass handler "sysbox-runc" does not support user namespaces',
    /features command failed/,
    /0\.7\.1/,
  ],
  [
    'level=debug msg="failed to introspect features of runtime" error="typeurl: type with url : not found"',
    /no features command/,
    /0\.7\.1/,
  ],
  ['failed to validate OCI runtime features: unmarshal', /no features command/, /1\.33\.1/],
  [
    'pods "a" is forbidden: pod rejected: RuntimeClass "sysbox-runc" not found',
    /no such RuntimeClass/,
    /creates the class/,
  ],
  [
    'error mounting "sysfs" to rootfs at "/sys": mount sysfs:/sys, mount through procfd: operation not permitted',
    /Sysbox 0\.7\.0/,
    /sysbox-upgrade/,
  ],
  [
    'write sysctl key net.ipv4.ip_unprivileged_port_start: open /proc/sys/net/ipv4/ip_unprivileged_port_start: permission denied',
    /nestybox\/sysbox#1035/,
    /another kernel/,
  ],
  [
    'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "/kubepods/x"',
    /SystemdCgroup is not that of runc/,
    /copies the value/,
  ],
  [
    'containerd: failed to unmarshal TOML at row 48 column 2: toml: table sysbox-runc already exists',
    /declares a table/,
    /rollback --last/,
  ],
  ['container runtime network not ready: cni plugin not initialized', /template without/, /add the base/],
  [
    'drop-in config version 3 higher than root config version 2',
    /2\.3\.0 to 2\.3\.4/,
    /version of the file that is extended/,
  ],
  ['cat: /proc/uptime: Transport endpoint is not connected', /sysbox-fs has died/, /delete those pods/],
  ['fusermount3: mount failed: Permission denied', /AppArmor profile/, /local\/fusermount3/],
  [
    'audit: type=1400 apparmor="DENIED" operation="mount" profile="fusermount3" name="/var/lib/sysboxfs/ab/"',
    /AppArmor profile/,
    /local\/fusermount3/,
  ],
  ['level=fatal msg="rsync is not installed on host."', /without rsync, modprobe and iptables/, /install the program/],
  ['Pod was rejected: Predicate NodeAffinity failed', /nodeSelector of the RuntimeClass/, /sets the label/],
  ['failed to connect to sysbox-fs: dial unix', /daemon of Sysbox is not running/, /systemctl status/],
  [
    'failed to register with sysbox-mgr: rpc error: desc = "transport: Error while dialing: dial unix /run/sysbox/sysmgr.sock: connect: no such file or directory"',
    /daemon of Sysbox is not running/,
    /systemctl status/,
  ],
  ['dial unix /run/sysbox/sysfs.sock: connect: connection refused', /daemon of Sysbox is not running/, /sysbox-fs/],
  ['Error: ErrImageNeverPull', /not on the node/, /ctr images import/],
  ['Error: ErrImagePull', /cannot pull/, /can reach/],
  ['Failed to pull image "registry.invalid/a:1": rpc error', /cannot pull/, /can reach/],
  ['failed to pull and unpack image "registry.invalid/a:1": no such host', /cannot pull/, /archive/],
];

test.each(lines)('%s', (line, cause, advice) => {
  const known = explainError(line);

  expect(known?.cause).toMatch(cause);
  expect(known?.advice).toMatch(advice);
});

test('what is none of them is not explained', () => {
  expect(explainError('Started container c')).toBeUndefined();
  expect(explainError('the table is full, and the user already exists')).toBeUndefined();
});

test('a shell on the node explains them with the same words', () => {
  for (const [line] of lines) {
    const { stdout } = spawnSync('sh', ['-c', `${explainScript()}\nexplain "$1"`, 'sh', line], { encoding: 'utf8' });
    const known = explainError(line);

    expect(stdout).toBe(`this means: ${known?.cause}; ${known?.advice}\n`);
  }
});
