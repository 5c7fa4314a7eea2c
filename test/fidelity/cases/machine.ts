import { asks, type Case, matrix, type States } from '../case.ts';

/** Prepared once for all cases: two versions of a small package for each, in a repository of the node's own. */
const packageStates: States = {
  absent: ':',
  'as wanted': 'echo p@n=2 >>/fid/packages',
  old: 'echo p@n=1 >>/fid/packages',
  'old, held': 'echo p@n=1 >>/fid/packages; echo p@n >>/fid/held',
  'removed, configuration left': 'echo p@n=2 >>/fid/packages; echo p@n >>/fid/removed',
};

const repository = 'git init -q -b main r && git -C r -c user.name=a -c user.email=a@b commit -q --allow-empty -m one';
const more = '(cd r; echo x >x; git add x; git -c user.name=a -c user.email=a@b commit -q -m two)';
const tree = `find . -path ./.git -prune -o -path '*/.git' -prune -o -printf '%P %y %m %U:%G %l\\n' | sort
git -C c rev-parse HEAD 2>/dev/null; git -C c status --porcelain 2>/dev/null; git -C c remote -v 2>/dev/null; :`;

const sysctlKeys = [
  'accept_local',
  'accept_redirects',
  'accept_source_route',
  'arp_announce',
  'arp_filter',
  'arp_ignore',
  'arp_notify',
  'bc_forwarding',
  'disable_policy',
  'disable_xfrm',
  'drop_gratuitous_arp',
  'ignore_routes_with_linkdown',
  'log_martians',
  'medium_id',
  'proxy_arp',
  'proxy_arp_pvlan',
  'route_localnet',
  'rp_filter',
  'secure_redirects',
  'send_redirects',
  'shared_media',
  'src_valid_mark',
  'tag',
];

function key(name: string): string {
  return `net.ipv4.conf.lo.${name}`;
}

function sysctlCases(): readonly Case[] {
  const states: readonly (readonly [string, (name: string) => string])[] = [
    ['neither file nor kernel', (name) => `echo 0 >/proc/sys/net/ipv4/conf/lo/${name}`],
    ['only the kernel', (name) => `echo 1 >/proc/sys/net/ipv4/conf/lo/${name}`],
    ['only the file', (name) => `echo 0 >/proc/sys/net/ipv4/conf/lo/${name}; echo '${key(name)} = 1' >conf`],
    ['both', (name) => `echo 1 >/proc/sys/net/ipv4/conf/lo/${name}; echo '${key(name)}=1' >conf`],
    [
      'twice in the file',
      (name) =>
        `echo 0 >/proc/sys/net/ipv4/conf/lo/${name}; printf '%s\\n' '${key(name)} = 0' '# x' '${key(name)} = 0' >conf`,
    ],
  ];
  const wanted: Readonly<Record<string, object>> = {
    set: { value: 1 },
    'set in the file': { value: 1, reload: false },
    raised: { value: 1, raise: true },
    'not in the file': { state: 'absent' },
  };
  let used = 0;
  return states.flatMap(([state, prepare]) =>
    Object.entries(wanted).map(([words, args]): Case => {
      const name = sysctlKeys[used++] ?? 'tag';
      return {
        module: 'sysctl',
        state,
        asks: words,
        prepare: prepare(name),
        tasks: [{ module: 'sysctl', args: { name: key(name), sysctl_file: '@d/conf', ...args } }],
        look: `cat conf 2>/dev/null; cat /proc/sys/net/ipv4/conf/lo/${name}`,
      };
    }),
  );
}

const fstab = (line: string): string => `echo '${line}' >fstab`;

/** Modules about the machine as a whole. */
export const machineCases: readonly Case[] = [
  ...matrix(
    'package',
    packageStates,
    {
      present: { args: { name: 'p@n' } },
      latest: { args: { name: 'p@n', state: 'latest' }, failsActing: [] },
      'one version': { args: { name: 'p@n=1' }, failsActing: ['as wanted', 'old, held'] },
      absent: { args: { name: 'p@n', state: 'absent' } },
      'absent with its configuration': { args: { name: 'p@n', state: 'absent', purge: true } },
    },
    { look: "dpkg-query -W -f '${Package} ${Version} ${Status}\\n' p@n 2>/dev/null; ls /etc/p@n* 2>/dev/null; :" },
  ),
  ...matrix(
    'package',
    { 'not known': ':' },
    {
      'what nobody has': { args: { name: 'nothing@n' }, failsActing: ['not known'] },
    },
  ),
  ...matrix(
    'git',
    {
      absent: repository,
      'as wanted': `${repository}; git clone -q @d/r c`,
      behind: `${repository}; git clone -q @d/r c; ${more}`,
      'local changes': `${repository}; ${more}; git clone -q @d/r c; echo y >c/x`,
      'behind, with local changes': `${repository}; ${more}; git clone -q @d/r c; echo y >c/x; (cd r; echo z >z; git add z; git -c user.name=a -c user.email=a@b commit -q -m three)`,
      'another remote': `${repository}; git clone -q @d/r c; git -C c remote set-url origin @d/other`,
      'in the way': `${repository}; mkdir c; echo x >c/x`,
      'a file in the way': `${repository}; : >c`,
      'an empty folder': `${repository}; mkdir c`,
      'no repository': ':',
    },
    asks({
      'the newest': { repo: '@d/r', dest: '@d/c', version: 'main' },
      'as it is': { repo: '@d/r', dest: '@d/c', update: false },
      'whatever is there': { repo: '@d/r', dest: '@d/c', version: 'main', force: true },
      'a version that is not there': { repo: '@d/r', dest: '@d/c', version: 'nothing' },
    }),
    { look: tree },
  ),
  ...matrix(
    'mount',
    {
      nothing: 'mkdir m; : >fstab',
      'no folder': ': >fstab',
      'in the table': `mkdir m; ${fstab('tmpfs @d/m tmpfs size=1m 0 0')}`,
      'with other options': `mkdir m; ${fstab('tmpfs @d/m tmpfs size=2m 0 0')}`,
      mounted: 'mkdir m; : >fstab; mount -t tmpfs -o size=1m tmpfs m',
      'in the table and mounted': `mkdir m; ${fstab('tmpfs @d/m tmpfs size=1m 0 0')}; mount -t tmpfs -o size=1m tmpfs m`,
      'no table': 'mkdir m',
    },
    {
      ...asks({
        'in the table': {
          path: '@d/m',
          src: 'tmpfs',
          fstype: 'tmpfs',
          opts: 'size=1m',
          state: 'present',
          fstab: '@d/fstab',
        },
        'not at boot': {
          path: '@d/m',
          src: 'tmpfs',
          fstype: 'tmpfs',
          opts: 'size=1m',
          state: 'present',
          boot: false,
          fstab: '@d/fstab',
        },
        gone: { path: '@d/m', state: 'absent', fstab: '@d/fstab' },
        unmounted: { path: '@d/m', state: 'unmounted', fstab: '@d/fstab' },
      }),
    },
    { look: 'cat fstab 2>/dev/null; ls -d m 2>/dev/null; grep @d/m /proc/mounts; :' },
  ),
  ...matrix(
    'mount',
    {
      nothing: 'mkdir -p /fid/m@n',
      'no folder': ':',
      'in the table': `mkdir -p /fid/m@n; echo 'tmpfs /fid/m@n tmpfs size=1m 0 0' >>/etc/fstab`,
      'with other options': `mkdir -p /fid/m@n; echo 'tmpfs /fid/m@n tmpfs size=2m 0 0' >>/etc/fstab; mount /fid/m@n`,
      'in the table and mounted': `mkdir -p /fid/m@n; echo 'tmpfs /fid/m@n tmpfs size=1m 0 0' >>/etc/fstab; mount /fid/m@n`,
    },
    {
      mounted: { args: { path: '/fid/m@n', src: 'tmpfs', fstype: 'tmpfs', opts: 'size=1m', state: 'mounted' } },
      'mounted anew': {
        args: { path: '/fid/m@n', state: 'remounted' },
        repeats: true,
        isUnseen: true,
        failsActing: ['nothing', 'no folder', 'in the table'],
      },
    },
    { look: 'grep /fid/m@n /etc/fstab; ls -d /fid/m@n 2>/dev/null; grep /fid/m@n /proc/mounts; :' },
  ),
  ...sysctlCases(),
  ...matrix(
    'sysctl',
    { 'no such key': ':' },
    {
      ...asks({
        raised: { name: 'no.such.key@n', value: 1, raise: true, sysctl_file: '@d/conf' },
        'in the file at least': { name: 'no.such.key@n', value: 1, ignoreerrors: true, sysctl_file: '@d/conf' },
      }),
      set: { args: { name: 'no.such.key@n', value: 1, sysctl_file: '@d/conf' }, failsActing: ['no such key'] },
    },
  ),
  ...matrix(
    'sysctl_minimum',
    {
      'no file': ':',
      'as wanted': String.raw`printf '# managed by k3sbox\nnet.ipv4.neigh.lo.gc_stale_time = 30\n' >conf; chmod 644 conf`,
      'too low in the file': "echo 'net.ipv4.neigh.lo.gc_stale_time = 3' >conf",
      'more in the file': String.raw`printf '# managed by k3sbox\nnet.ipv4.neigh.lo.gc_stale_time = 300\n' >conf; chmod 600 conf`,
    },
    asks({
      'what there is': { values: { 'net.ipv4.neigh.lo.gc_stale_time': 30 }, file: '@d/conf' },
      unknown: { values: { 'no.such.key': 30 }, file: '@d/conf' },
    }),
  ),
  ...matrix(
    'modprobe',
    {
      'no files': ':',
      'at boot': 'mkdir -p /etc/modules-load.d; echo overlay >/etc/modules-load.d/overlay.conf',
    },
    asks({ 'what is there': { name: 'overlay' } }),
    { look: 'cat /etc/modules-load.d/overlay.conf 2>/dev/null; :' },
  ),
  ...matrix(
    'modprobe',
    {
      'no such module': ':',
      'at boot': 'mkdir -p /etc/modules-load.d; echo no_such_@n >/etc/modules-load.d/no_such_@n.conf',
    },
    {
      loaded: { args: { name: 'no_such_@n' }, failsActing: ['no such module', 'at boot'] },
      'not at boot': { args: { name: 'no_such_@n', state: 'absent', persistent: 'absent' } },
      unloaded: { args: { name: 'no_such_@n', state: 'absent', persistent: 'present', params: 'a=1' } },
    },
    { look: 'cat /etc/mod*.d/no_such_@n.conf 2>/dev/null; :' },
  ),
  ...matrix(
    'cron',
    {
      absent: ':',
      'the job is there': String.raw`printf '#Ansible: job\n7 3 * * * root /bin/true\n' >/etc/cron.d/c@n`,
      'another time': String.raw`printf 'A=b\n#Ansible: job\n1 1 * * * root /bin/true\n# end\n' >/etc/cron.d/c@n; chmod 600 /etc/cron.d/c@n`,
    },
    asks({
      job: { name: 'job', job: '/bin/true', minute: '7', hour: '3', user: 'root', cron_file: 'c@n' },
      'no job': { name: 'job', state: 'absent', cron_file: 'c@n' },
    }),
    { look: 'ls -l /etc/cron.d/c@n 2>/dev/null | cut -c1-20; cat /etc/cron.d/c@n 2>/dev/null; :' },
  ),
];

/** The name of the machine: one case at a time. */
export const hostnameCases: readonly (readonly Case[])[] = [
  ['both another', 'hostname before; echo before >/etc/hostname'],
  ['as wanted', 'hostname wanted; echo wanted >/etc/hostname'],
  ['only now', 'hostname wanted; echo before >/etc/hostname'],
  ['only at boot', 'hostname before; echo wanted >/etc/hostname'],
  ['no file', 'hostname before; rm -f /etc/hostname'],
].map(([state = '', prepare = '']) =>
  matrix('hostname', { [state]: prepare }, asks({ name: { name: 'wanted' } }), {
    look: 'hostname; cat /etc/hostname 2>/dev/null; :',
  }),
);
