import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { sh, undisturbed } from '../base/sh.ts';
import type { GroupEntry, PasswdEntry } from '../host/query.ts';
import { defineModule, type PlanContext } from './module.ts';
import { atMostOneOf, flag, hostPath, textual, wholeNumber, wordList } from './shared/args.ts';
import { accountFiles, accountName } from './shared/accounts.ts';

const args = z
  .strictObject({
    name: accountName.describe('The name of the account.'),
    state: z.enum(['present', 'absent']).default('present').describe('Should it exist?'),
    uid: wholeNumber('Its number.').optional(),
    group: textual('Its primary group, by name or number.').optional(),
    groups: wordList('Its other groups.').optional(),
    append: flag('Keep the groups it already has (default no).'),
    shell: hostPath('Its login shell.').optional(),
    home: hostPath('Its home folder.').optional(),
    create_home: flag('Make the home folder of a new account (default yes).'),
    createhome: flag('The same as `create_home`.'),
    move_home: flag('Move the home folder when `home` changes.'),
    system: flag('Make a system account.'),
    comment: z
      .string()
      .regex(/^[^:\n]*$/, 'must be one line without colons')
      .optional()
      .describe('Who it is.'),
    password: z
      .string()
      .regex(/^[!*$]/, 'must be a hash, as `mkpasswd` makes it, or ! or *')
      .optional()
      .describe('The hash of the password.'),
    update_password: z.enum(['always', 'on_create']).default('always').describe('Whose password is set.'),
    remove: flag('With `state: absent`: remove its home folder, too.'),
    force: flag('With `state: absent`: even when it is in use.'),
    non_unique: flag('Let `uid` be that of another account.'),
    local: flag('Accepted and ignored.'),
  })
  .superRefine((values, context) => atMostOneOf(values, ['create_home', 'createhome'], context));

type Args = z.output<typeof args>;

/** Accounts of people and services. */
export const user = defineModule({
  name: 'user',
  summary: 'Make, change or remove an account.',
  args,
  examples: [
    { title: 'For a service', args: { name: 'sysbox', system: true, shell: '/bin/false', create_home: false } },
    { title: 'For a person', args: { name: 'ada', groups: ['sudo', 'adm'], append: true, shell: '/bin/bash' } },
    { title: 'Gone', args: { name: 'eve', state: 'absent', remove: true } },
  ],

  async plan({ args: wanted, host }) {
    const { name, state } = wanted;
    const [now, ownGroup, primary, primaryName, home] = await Promise.all([
      host.user(name),
      wanted.group === undefined ? host.group(name) : undefined,
      wanted.group === undefined ? undefined : host.group(wanted.group),
      wanted.groups === undefined ? undefined : host.probe(sh`id -gn -- ${name} 2>/dev/null`),
      makesHome(wanted) ? host.path(homeOf(wanted), { follow: true }) : undefined,
    ]);
    const result = { name, state, ...(now !== undefined && { uid: now.uid, home: now.home, shell: now.shell }) };
    if (state === 'absent') return { steps: now === undefined ? [] : [remove(wanted, now)], result };
    if (now === undefined) {
      return {
        steps: create(wanted, { isHomeNew: home?.type === 'absent', hasGroup: ownGroup !== undefined }),
        result,
      };
    }
    const own = primaryName?.stdout.trim() ?? '';
    const changed = change(wanted, now, { primary, own });
    return { steps: [...changed, ...(await planPassword(wanted, host))], result };
  },
});

function makesHome({ create_home: makes, createhome: other }: Args): boolean {
  return (makes ?? other) !== false;
}

function homeOf({ name, home }: Args): string {
  return home ?? `/home/${name}`;
}

interface Found {
  readonly isHomeNew: boolean;
  /** A group has the name of the account, and no other one was asked for. */
  readonly hasGroup: boolean;
}

function create(wanted: Args, { isHomeNew, hasGroup }: Found): readonly Step[] {
  const { name, uid, group, groups, shell, home, comment, password } = wanted;
  const options = [
    ...(wanted.system === true ? ['-r'] : []),
    makesHome(wanted) ? '-m' : '-M',
    ...(uid === undefined ? [] : ['-u', uid]),
    ...(wanted.non_unique === true ? ['-o'] : []),
    ...(group === undefined ? [] : ['-g', group]),
    // Without it useradd makes a group of the same name, and fails where there is one.
    ...(hasGroup ? ['-N'] : []),
    ...(groups === undefined || groups.length === 0 ? [] : ['-G', groups.join(',')]),
    ...(shell === undefined ? [] : ['-s', shell]),
    ...(home === undefined ? [] : ['-d', home]),
    ...(comment === undefined ? [] : ['-c', comment]),
  ];
  const removal = makesHome(wanted) && isHomeNew ? ['-r'] : [];
  const make: Step = {
    say: `make the account ${name}`,
    do: { kind: 'exec', command: undisturbed(sh`${['useradd', ...options, '--', name]}`) },
    undo: {
      kind: 'exec',
      command: undisturbed(sh`! getent passwd ${name} >/dev/null || ${['userdel', ...removal, '--', name]}`),
    },
    diff: { of: `account ${name}`, before: '', after: `useradd ${options.join(' ')}\n` },
  };
  return password === undefined ? [make] : [make, { ...setPassword(name, password), needsNoUndo: true }];
}

interface Groups {
  readonly primary: GroupEntry | undefined;
  /** The name of the primary group it has now. */
  readonly own: string;
}

/** usermod with what differs; undone by usermod with what was. */
function change(wanted: Args, now: PasswdEntry, groups: Groups): readonly Step[] {
  const { name, uid, group, shell, home, comment } = wanted;
  const options: readonly (readonly [option: string, from: string, to: string])[] = [
    ['-u', String(now.uid), String(uid ?? now.uid)],
    ['-g', String(now.gid), newGroup(group, now, groups)],
    ['-G', otherGroups(now, groups).join(','), newGroups(wanted, now, groups).join(',')],
    ['-s', now.shell, shell ?? now.shell],
    ['-d', now.home, home ?? now.home],
    ['-c', now.comment, comment ?? now.comment],
  ];
  const differing = options.filter(([, from, to]) => from !== to);
  if (differing.length === 0) return [];
  const flags = [
    ...(wanted.non_unique === true && uid !== undefined ? ['-o'] : []),
    ...(wanted.move_home === true && home !== undefined && home !== now.home ? ['-m'] : []),
  ];
  const forward = differing.flatMap(([option, , to]) => [option, to]);
  const back = differing.flatMap(([option, from]) => [option, from]);
  return [
    {
      say: `change the account ${name}`,
      do: { kind: 'exec', command: undisturbed(sh`${['usermod', ...flags, ...forward, '--', name]}`) },
      undo: { kind: 'exec', command: undisturbed(sh`${['usermod', ...flags, ...back, '--', name]}`) },
      diff: {
        of: `account ${name}`,
        before: differing.map(([option, from]) => `${option} ${from}\n`).join(''),
        after: differing.map(([option, , to]) => `${option} ${to}\n`).join(''),
      },
    },
  ];
}

function newGroup(group: string | undefined, now: PasswdEntry, { primary }: Groups): string {
  if (group === undefined || group === String(now.gid) || primary?.gid === now.gid) return String(now.gid);
  return group;
}

function otherGroups(now: PasswdEntry, { own }: Groups): readonly string[] {
  return now.groups.filter((group) => group !== own).toSorted();
}

function newGroups({ groups, append }: Args, now: PasswdEntry, known: Groups): readonly string[] {
  const others = otherGroups(now, known);
  if (groups === undefined) return others;
  const wanted = groups.filter((group) => group !== known.own);
  return [...new Set(append === true ? [...others, ...wanted] : wanted)].toSorted();
}

/** The hash is compared on the host, so that the one that is there does not travel. */
async function planPassword(
  { name, password, update_password: when }: Args,
  host: PlanContext<Args>['host'],
): Promise<readonly Step[]> {
  if (password === undefined || when === 'on_create') return [];
  const command = sh`[ "$(getent shadow ${name} | cut -d: -f2)" = "$(cat)" ]`;
  const { exitCode } = await host.probe(command, { stdin: password });
  return exitCode === 0 ? [] : [setPassword(name, password)];
}

function setPassword(name: string, password: string): Step {
  return {
    say: `set the password of ${name}`,
    do: { kind: 'exec', command: sh`chpasswd -e`, stdin: `${name}:${password}\n`, saves: ['/etc/shadow'] },
  };
}

function remove({ name, remove: withHome, force }: Args, now: PasswdEntry): Step {
  const options = [...(withHome === true ? ['-r'] : []), ...(force === true ? ['-f'] : [])];
  return {
    say: `remove the account ${name}${withHome === true ? ` and ${now.home}` : ''}`,
    do: {
      kind: 'exec',
      command: undisturbed(sh`${['userdel', ...options, '--', name]}`),
      saves: [...accountFiles, ...(withHome === true ? [now.home] : [])],
    },
  };
}
