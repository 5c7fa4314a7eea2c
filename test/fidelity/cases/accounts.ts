import { asks, type Case, matrix, type States } from '../case.ts';

const look = `getent passwd u@n; getent group u@n g@n h@n; id u@n 2>/dev/null; getent shadow u@n | cut -d: -f2
stat -c '%n %U:%G %a' /home/u@n @d/home 2>/dev/null; :`;

/** Of the password `x`. */
const hash = '$6$salt$wZU8LXJfJJqoagopbB7RuK6JEotEMZ0CQDy0phpPAuLMYQFcmf6L6BdAbs/Q7w7o1qsZ9pFqFVY4yuUSWgaYt1';

const make = 'useradd -M -s /bin/sh u@n';
const groups = 'groupadd g@n; groupadd h@n';

const userStates: States = {
  absent: groups,
  'as wanted': `${groups}; useradd -m -s /bin/bash -c 'for @n' -G g@n u@n`,
  'other shell': `${groups}; ${make}`,
  'other groups': `${groups}; ${make} -G h@n`,
  'both groups': `${groups}; ${make} -G g@n,h@n`,
  'other primary group': `${groups}; ${make} -g g@n`,
  'other home': `${groups}; ${make} -d @d/home; mkdir home`,
  'home is there, the account is not': `${groups}; mkdir /home/u@n`,
  'its group is there, the account is not': `${groups}; groupadd u@n`,
  locked: `${groups}; ${make}; usermod -L u@n; usermod -p '!' u@n`,
  'has a password': `${groups}; ${make} -p '${hash}'`,
  'a system account': `${groups}; useradd -r -M -s /usr/sbin/nologin u@n`,
  'no groups': make,
};

const groupStates: States = {
  absent: ':',
  'as wanted': 'groupadd -g 7@n g@n',
  'other number': 'groupadd g@n',
  'with members': 'groupadd g@n; useradd -M -G g@n u@n',
  'somebody is in it': 'groupadd -g 7@n g@n; useradd -M -g g@n u@n',
  'its number is taken': 'groupadd -g 7@n h@n',
};

const needsGroups = ['no groups'];

/** Modules about accounts. */
export const accountCases: readonly Case[] = [
  ...matrix(
    'user',
    userStates,
    {
      ...asks({
        'to be there': { name: 'u@n', create_home: false },
        shell: { name: 'u@n', shell: '/bin/bash', comment: 'for @n' },
        'a system account': { name: 'u@n', system: true, create_home: false, shell: '/usr/sbin/nologin' },
        number: { name: 'u@n', uid: 20_000, non_unique: true, create_home: false },
        password: { name: 'u@n', password: hash, create_home: false },
        'password when it is made': { name: 'u@n', password: '!', update_password: 'on_create', create_home: false },
        home: { name: 'u@n', home: '@d/home', create_home: false },
        'to be gone': { name: 'u@n', state: 'absent' },
        'to be gone with its home': { name: 'u@n', state: 'absent', remove: true, force: true },
      }),
      groups: { args: { name: 'u@n', groups: 'g@n' }, failsActing: needsGroups },
      'one group more': { args: { name: 'u@n', groups: ['g@n'], append: true }, failsActing: needsGroups },
      'no groups': { args: { name: 'u@n', groups: [] } },
      'primary group': { args: { name: 'u@n', group: 'g@n', create_home: false }, failsActing: needsGroups },
    },
    { look },
  ),
  ...matrix(
    'group',
    groupStates,
    {
      ...asks({
        'to be there': { name: 'g@n' },
        'a system group': { name: 'g@n', system: true },
        'number, whoever has it': { name: 'g@n', gid: 30_000, non_unique: true },
      }),
      number: { args: { name: 'g@n', gid: '7@n' }, failsActing: ['its number is taken'] },
      'to be gone': { args: { name: 'g@n', state: 'absent' }, failsActing: ['somebody is in it'] },
    },
    { look: 'getent group g@n h@n; id u@n 2>/dev/null; :' },
  ),
  ...matrix(
    'authorized_key',
    {
      absent: ':',
      'no home': make,
      'no folder': 'useradd -m u@n',
      'folder with other rights': 'useradd -m u@n; mkdir -m 755 /home/u@n/.ssh',
      'other key':
        'useradd -m u@n; mkdir /home/u@n/.ssh; echo "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1J a" >/home/u@n/.ssh/authorized_keys; chown -R u@n: /home/u@n',
    },
    asks({
      key: { user: 'u@n', key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1K b' },
      'no folder of ours': { user: 'u@n', key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1K b', manage_dir: false },
      'no such key': { user: 'u@n', key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1J a', state: 'absent' },
    }),
    { look: "id u@n; find /home/u@n -printf '%p %m %U:%G\\n' 2>/dev/null | sort; cat /home/u@n/.ssh/* 2>/dev/null; :" },
  ),
  ...matrix(
    'cron',
    {
      'no crontab': 'useradd -M u@n',
      'the job is there': String.raw`useradd -M u@n; printf '#Ansible: job\n7 3 * * * /bin/true\n' | crontab -u u@n -`,
      'another job': String.raw`useradd -M u@n; printf '#Ansible: other\n1 1 * * * /bin/true\n' | crontab -u u@n -`,
      'at another time': String.raw`useradd -M u@n; printf 'A=b\n#Ansible: job\n1 1 * * * /bin/true\n' | crontab -u u@n -`,
      'as a comment': String.raw`useradd -M u@n; printf '#Ansible: job\n#7 3 * * * /bin/true\n' | crontab -u u@n -`,
      'somebody wrote it': String.raw`useradd -M u@n; printf '7 3 * * * /bin/true\n' | crontab -u u@n -`,
    },
    asks({
      job: { name: 'job', job: '/bin/true', minute: '7', hour: '3', user: 'u@n' },
      'at special times': { name: 'job', job: '/bin/true', special_time: 'daily', user: 'u@n' },
      'as a comment': { name: 'job', job: '/bin/true', minute: '7', hour: '3', user: 'u@n', disabled: true },
      'no job': { name: 'job', state: 'absent', user: 'u@n' },
      variable: { name: 'A', job: 'c', env: true, user: 'u@n' },
    }),
    { look: 'crontab -u u@n -l 2>&1; :' },
  ),
];
