import { expect, test } from 'vitest';

import { mount } from '../../../src/modules/mount.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const fstab = '# table\nUUID=1 / ext4 defaults 0 1\nLABEL=d /data ext4 defaults 0 0\n/swap none swap sw 0 0\n';
const mounted = '/dev/sdb /data ext4 rw,relatime 0 0\n';

const host = (stdout = '') => ({
  files: { '/etc/fstab': fstab, '/data/x': '' },
  probes: [{ when: '/proc/mounts', stdout }],
});

const data = { path: '/data', src: 'LABEL=d', fstype: 'ext4' };

test.each([
  ['there and mounted', { ...data, state: 'mounted' }, mounted, []],
  ['there, not mounted', { ...data, state: 'mounted' }, '', ['mount /data']],
  [
    'mounted with other options',
    { ...data, opts: 'noatime', state: 'mounted' },
    mounted,
    ['write /etc/fstab', 'mount /data anew'],
  ],
  ['new', { ...data, path: '/new', state: 'mounted' }, '', ['write /etc/fstab', 'mount /new']],
  ['only in the table', { ...data, path: '/new', state: 'present' }, '', ['write /etc/fstab']],
  ['to be unmounted', { path: '/data', state: 'unmounted' }, mounted, ['unmount /data']],
  ['to be unmounted and is', { path: '/data', state: 'unmounted' }, '', []],
  ['to be gone', { path: '/data', state: 'absent' }, mounted, ['unmount /data', 'write /etc/fstab']],
  ['to be mounted anew', { path: '/data', state: 'remounted' }, mounted, ['mount /data anew']],
] as const)('%s', async (_title, args, now, says) => {
  expect(await saysOf(planModule(mount, args, { host: host(now) }))).toEqual(says);
});

test.each([
  [
    { ...data, opts: 'noatime', passno: 2, state: 'present' },
    fstab.replace('d /data ext4 defaults 0 0', 'd /data ext4 noatime 0 2'),
  ],
  [{ ...data, boot: false, state: 'present' }, fstab.replace('/data ext4 defaults', '/data ext4 defaults,noauto')],
  [{ path: '/a b', src: 'x', fstype: 'nfs', state: 'present' }, `${fstab}x /a\\040b nfs defaults 0 0\n`],
  [{ path: 'none', src: '/swap', state: 'absent' }, fstab.replace('/swap none swap sw 0 0\n', '')],
] as const)('%j writes the table', async (args, after) => {
  const { steps } = await planModule(mount, args, { host: host() });

  expect(steps[0]?.diff?.after).toBe(after);
});

test('what was mounted is mounted again as it was', async () => {
  const { steps } = await planModule(mount, { path: '/data', state: 'unmounted' }, { host: host(mounted) });

  expect(steps[0]?.undo).toMatchObject({
    command: { text: 'mountpoint -q /data || mount -t ext4 -o rw,relatime -- /dev/sdb /data' },
  });
});

test.each([{ path: '/a', state: 'mounted' }, { state: 'absent' }, { path: 'a', state: 'absent' }])(
  '%j is refused',
  (args) => {
    expect(mount.args.safeParse(args).success).toBe(false);
  },
);
