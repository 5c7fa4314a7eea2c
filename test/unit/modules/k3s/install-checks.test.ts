import { expect, test } from 'vitest';

import { installFindings, whyNotUpgrade } from '../../../../src/modules/k3s/install-checks.ts';
import { parseK3sNode } from '../../../../src/modules/k3s/k3s-node.ts';
import { report } from '../../../helpers/fake-doctor.ts';
import { nodeReport } from '../../../helpers/fake-k3s.ts';

const fine = 'uid=0\nsystemd=yes\narch=x86_64\nroute=yes\ncgroups=v2\nmemory_mb=2000\n';
const agent = parseK3sNode(nodeReport());
const find = (text: string, role: 'server' | 'agent' = 'agent', node?: typeof agent) =>
  installFindings(report(text), { role, node, needsRoute: true });

test('a machine that has everything has no problem', () => {
  expect(find(fine, 'server')).toEqual({ problems: [], warnings: [] });
});

test.each([
  ['uid=0', 'uid=1000', /does not run as root/],
  ['systemd=yes', '', /systemd is not the init system/],
  ['arch=x86_64', 'arch=riscv64', /no K3s for riscv64/],
  ['route=yes', '', /no default route/],
  ['cgroups=v2', 'missing_cgroups=memory', /no cgroup controller memory/],
  ['memory_mb=2000', 'memory_mb=200', /has 200 MB/],
  ['uid=0', 'uid=0\nport=6443', /port 6443 is in use/],
  ['uid=0', 'uid=0\nmissing_module=br_netfilter', /the kernel has no br_netfilter/],
])('%s that is %j is one problem', (line, instead, message) => {
  expect(find(fine.replace(line, instead)).problems).toEqual([expect.stringMatching(message)]);
});

test('a host that is told its address needs no default route', () => {
  const text = report(fine.replace('route=yes\n', ''));

  expect(installFindings(text, { role: 'agent', node: undefined, needsRoute: false }).problems).toEqual([]);
});

test('its own ports are no problem for a K3s that runs, another role is', () => {
  const used = `${fine}port=10250\n`;

  expect(find(used, 'agent', agent).problems).toEqual([]);
  expect(find(used, 'server', agent).problems).toEqual(['it is a K3s agent already, and is to be a server']);
});

test('swap, firewalls and nm-cloud-setup are warnings', () => {
  const { problems, warnings } = find(`${fine}swap=yes\nfirewall=ufw\nnm_cloud=yes\n`);

  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    expect.stringContaining('swap is on'),
    expect.stringContaining('ufw is active'),
    expect.stringContaining('nm-cloud-setup'),
  ]);
});

test.each([
  [undefined, 'v1.35.3+k3s1', false, /^$/],
  [undefined, 'v1.35.3+k3s1', true, /nothing to upgrade/],
  ['v1.35.3+k3s1', 'v1.35.3+k3s1', false, /^$/],
  ['v1.34.6+k3s1', 'v1.35.3+k3s1', false, /k3s-upgrade\.yaml brings/],
  ['v1.34.6+k3s1', 'v1.35.3+k3s1', true, /^$/],
  ['v1.35.3+k3s1', 'v1.35.2+k3s1', true, /^$/],
  ['v1.33.1+k3s1', 'v1.35.3+k3s1', true, /more than one minor version: go by v1\.34 first/],
  ['v1.35.3+k3s1', 'v1.34.6+k3s1', true, /cannot go back by a minor/],
])('from %s to %s (upgrade: %s)', (from, to, isUpgrade, message) => {
  const why = whyNotUpgrade(from, to, isUpgrade);

  expect(why ?? '').toMatch(message);
});
