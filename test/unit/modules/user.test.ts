import { expect, test } from 'vitest';

import { group } from '../../../src/modules/group.ts';
import { user } from '../../../src/modules/user.ts';
import type { FakeState } from '../../helpers/fake-host.ts';
import { planModule } from '../../helpers/plan-module.ts';

const host: FakeState = {
  users: { ada: { uid: 1001, gid: 1001, comment: 'Ada', shell: '/bin/sh', groups: ['ada', 'adm', 'sudo'] } },
  groups: { ada: { gid: 1001 }, users: { gid: 100 }, ops: { gid: 3000 } },
  files: { '/home/ada': { type: 'directory' } },
  probes: [
    { when: 'id -gn -- ada', stdout: 'ada\n' },
    { when: 'id -gn', exitCode: 1 },
    { when: 'getent shadow', exitCode: 1 },
  ],
};

/** What every tool for accounts is started with: a lost connection must not end it in its midst. */
const undisturbed = `trap '' HUP TERM;`;

function undisturbedText(text: string): string {
  expect(text.startsWith(undisturbed) || text.startsWith('chpasswd'), text).toBe(true);
  return text.replace(undisturbed, '');
}

const commands = async (args: Parameters<typeof planModule<typeof user.args>>[1]) => {
  const { steps } = await planModule(user, args, { host });
  const textOf = (op: (typeof steps)[number]['do'] | undefined) =>
    op?.kind === 'exec' ? undisturbedText(op.command.text) : undefined;
  return steps.map((step) => [textOf(step.do), textOf(step.undo)]);
};

test.each([
  [
    { name: 'sysbox', system: true, shell: '/bin/false', create_home: false },
    'useradd -r -M -s /bin/false -- sysbox',
    '! getent passwd sysbox >/dev/null || userdel -- sysbox',
  ],
  [
    { name: 'eve', uid: 1500, group: 'users', groups: 'adm,sudo', comment: 'Eve E.', home: '/srv/eve' },
    `useradd -m -u 1500 -g users -G adm,sudo -d /srv/eve -c 'Eve E.' -- eve`,
    '! getent passwd eve >/dev/null || userdel -r -- eve',
  ],
  [
    { name: 'bob', home: '/home/ada' },
    'useradd -m -d /home/ada -- bob',
    '! getent passwd bob >/dev/null || userdel -- bob',
  ],
])('%j is made', async (args, made, undone) => {
  expect(await commands(args)).toEqual([[made, undone]]);
});

test.each([
  [{ shell: '/bin/bash' }, 'usermod -s /bin/bash -- ada', 'usermod -s /bin/sh -- ada'],
  [{ uid: 2000, comment: '' }, `usermod -u 2000 -c '' -- ada`, 'usermod -u 1001 -c Ada -- ada'],
  [{ groups: 'adm' }, 'usermod -G adm -- ada', 'usermod -G adm,sudo -- ada'],
  [{ groups: 'docker', append: true }, 'usermod -G adm,docker,sudo -- ada', 'usermod -G adm,sudo -- ada'],
  [{ groups: [] }, `usermod -G '' -- ada`, 'usermod -G adm,sudo -- ada'],
  [{ group: 'users' }, 'usermod -g users -- ada', 'usermod -g 1001 -- ada'],
  [{ home: '/srv/ada', move_home: true }, 'usermod -m -d /srv/ada -- ada', 'usermod -m -d /home/ada -- ada'],
])('ada with %j is changed', async (args, made, undone) => {
  expect(await commands({ name: 'ada', ...args })).toEqual([[made, undone]]);
});

test.each([
  [{ name: 'ada' }],
  [{ name: 'ada', uid: '1001', group: 'ada', shell: '/bin/sh', comment: 'Ada', home: '/home/ada' }],
  [{ name: 'ada', group: 1001, groups: ['sudo', 'adm'] }],
  [{ name: 'ada', groups: 'sudo', append: true }],
  [{ name: 'nobody-here', state: 'absent' as const }],
])('nothing to do for %j', async (args) => {
  expect(await commands(args)).toEqual([]);
});

test('a removed account is kept by the undo log, with its home folder', async () => {
  const { steps } = await planModule(user, { name: 'ada', state: 'absent', remove: true }, { host });

  expect(steps[0]).toMatchObject({
    say: 'remove the account ada and /home/ada',
    do: {
      command: { text: `${undisturbed}userdel -r -- ada` },
      saves: expect.arrayContaining(['/etc/shadow', '/home/ada']),
    },
  });
});

test('a password travels as input, is compared on the host, and is in no undo', async () => {
  const { steps } = await planModule(user, { name: 'ada', password: '$6$hash' }, { host });

  expect(steps).toEqual([
    {
      say: 'set the password of ada',
      do: {
        kind: 'exec',
        command: { text: 'chpasswd -e', redacted: 'chpasswd -e' },
        stdin: 'ada:$6$hash\n',
        saves: ['/etc/shadow'],
      },
    },
  ]);
  expect(await commands({ name: 'ada', password: '$6$hash', update_password: 'on_create' })).toEqual([]);
  expect(user.args.safeParse({ name: 'ada', password: 'secret' }).success).toBe(false);
});

const groupCommands = async (args: Parameters<typeof planModule<typeof group.args>>[1]) => {
  const { steps } = await planModule(group, args, { host });
  return steps.map(({ do: op }) => (op.kind === 'exec' ? undisturbedText(op.command.text) : op.kind));
};

test.each([
  [{ name: 'new', gid: 5000, system: true }, ['groupadd -r -g 5000 -- new']],
  [{ name: 'ops' }, []],
  [{ name: 'ops', gid: 3000 }, []],
  [{ name: 'ops', gid: 3001 }, ['groupmod -g 3001 -- ops']],
  [{ name: 'ops', state: 'absent' as const }, ['groupdel -- ops']],
  [{ name: 'new', state: 'absent' as const }, []],
])('group %j: %j', async (args, expected) => {
  expect(await groupCommands(args)).toEqual(expected);
});

test.each(['a b', '-x', 'a:b', ''])('the name %j is refused', (name) => {
  expect(user.args.safeParse({ name }).success).toBe(false);
  expect(group.args.safeParse({ name }).success).toBe(false);
});

test('a group that has the name of a new account already is left alone', async () => {
  const planned = await planModule(
    user,
    { name: 'ada', create_home: false },
    { host: { groups: { ada: { gid: 7 } } } },
  );

  expect(planned.steps[0]?.do).toMatchObject({ command: { text: `${undisturbed}useradd -M -N -- ada` } });
});
