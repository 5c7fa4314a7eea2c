import { spawnSync } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { factsScript, parseFacts } from '../../../src/host/facts.ts';

const debian = `os_id=debian
os_like=
os_version=12
os_codename=bookworm
os_name=Debian GNU/Linux
nodename=n1.example.org
kernel=6.1.0-18-amd64
kernel_version=#1 SMP a=b
system=Linux
architecture=x86_64
fqdn=n1.example.org
user_id=root
user_uid=0
user_gid=0
user_dir=/root
user_shell=/bin/bash
service_mgr=systemd
pkg_mgr=apt
memtotal_kb=2048000
memfree_kb=1024000
swaptotal_kb=0
processor_count=2
uptime_seconds=4711
boot_id=b
machine_id=m
date_epoch=1795350997
selinux=
default_gateway=10.0.0.1
default_interface=eth0
default_address=10.0.0.5
ipv4=10.0.0.5
ipv4=10.42.0.1
ipv6=2001:db8::5
`;

test("facts have Ansible's names", () => {
  expect(parseFacts(debian)).toEqual({
    hostname: 'n1',
    nodename: 'n1.example.org',
    fqdn: 'n1.example.org',
    system: 'Linux',
    kernel: '6.1.0-18-amd64',
    kernel_version: '#1 SMP a=b',
    architecture: 'x86_64',
    machine: 'x86_64',
    distribution: 'Debian',
    distribution_version: '12',
    distribution_major_version: '12',
    distribution_release: 'bookworm',
    os_family: 'Debian',
    service_mgr: 'systemd',
    pkg_mgr: 'apt',
    user_id: 'root',
    user_uid: 0,
    user_gid: 0,
    user_dir: '/root',
    user_shell: '/bin/bash',
    memtotal_mb: 2000,
    memfree_mb: 1000,
    swaptotal_mb: 0,
    processor_vcpus: 2,
    processor_count: 2,
    uptime_seconds: 4711,
    boot_id: 'b',
    machine_id: 'm',
    date_time: { epoch: '1795350997' },
    selinux: { status: 'disabled' },
    default_ipv4: { address: '10.0.0.5', interface: 'eth0', gateway: '10.0.0.1' },
    all_ipv4_addresses: ['10.0.0.5', '10.42.0.1'],
    all_ipv6_addresses: ['2001:db8::5'],
  });
});

describe('distributions', () => {
  test.each([
    [
      'ubuntu',
      'debian',
      'Ubuntu',
      '24.04',
      { distribution: 'Ubuntu', os_family: 'Debian', distribution_major_version: '24' },
    ],
    [
      'rocky',
      'rhel centos fedora',
      'Rocky Linux',
      '9.3',
      { distribution: 'Rocky', os_family: 'RedHat', distribution_major_version: '9' },
    ],
    ['almalinux', 'rhel centos fedora', 'AlmaLinux', '9.3', { distribution: 'AlmaLinux', os_family: 'RedHat' }],
    ['fedora', '', 'Fedora Linux', '40', { distribution: 'Fedora', os_family: 'RedHat' }],
    ['alpine', '', 'Alpine Linux', '3.20.1', { distribution: 'Alpine', os_family: 'Alpine' }],
    ['opensuse-leap', 'suse opensuse', 'openSUSE Leap', '15.6', { distribution: 'openSUSE Leap', os_family: 'Suse' }],
    ['sles', 'suse', 'SLES', '15.6', { distribution: 'SLES', os_family: 'Suse' }],
    [
      'arch',
      '',
      'Arch Linux',
      '',
      { distribution: 'Archlinux', os_family: 'Archlinux', distribution_major_version: '' },
    ],
    ['archarm', 'arch', 'Arch Linux ARM', '', { distribution: 'Arch Linux ARM', os_family: 'Archlinux' }],
    ['flatcar', 'coreos', 'Flatcar', '3815.2', { distribution: 'Flatcar', os_family: 'Flatcar' }],
    ['nixos', '', '', '24.05', { distribution: 'nixos', os_family: 'nixos' }],
  ])('%s', (id, like, name, version, facts) => {
    expect(parseFacts(`os_id=${id}\nos_like=${like}\nos_name=${name}\nos_version=${version}\n`)).toMatchObject(facts);
  });
});

describe('a host that says little', () => {
  test('has empty facts, never undefined ones', () => {
    const facts = parseFacts('');

    expect(facts).toMatchObject({
      hostname: '',
      pkg_mgr: 'unknown',
      user_uid: 0,
      default_ipv4: { address: '' },
      all_ipv4_addresses: [],
    });
    expect(Object.values(facts)).not.toContain(undefined);
  });

  test('is reached at its first address when it has no route', () => {
    expect(parseFacts('ipv4=10.0.0.7\nipv4=10.0.0.8\n')).toMatchObject({ default_ipv4: { address: '10.0.0.7' } });
  });

  test('the first word counts, and lines that are no facts do not', () => {
    expect(parseFacts('warning: odd\n=x\nnodename=a\nnodename=b\n')).toMatchObject({ nodename: 'a', fqdn: 'a' });
  });
});

test.each([['dash'], ['bash'], ['busybox', 'sh']])(
  'the script tells of this machine under %s %s',
  (program, ...words) => {
    const { stdout, stderr, status } = spawnSync(program, words, { input: factsScript, encoding: 'utf8' });

    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(parseFacts(stdout)).toMatchObject({
      system: 'Linux',
      architecture: process.arch === 'x64' ? 'x86_64' : 'aarch64',
      user_uid: process.getuid?.(),
      distribution: expect.stringMatching(/./),
      memtotal_mb: expect.toSatisfy((value: number) => value > 0),
    });
  },
);
