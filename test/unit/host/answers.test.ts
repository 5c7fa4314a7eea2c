import { describe, expect, test } from 'vitest';

import { sh } from '../../../src/base/sh.ts';
import { type Answer, parseAnswers } from '../../../src/host/answers.ts';
import type { Query } from '../../../src/host/query.ts';

const sum = 'c8518d7e574626e44644fb5dd1348aec70ed95b22336992a981336f5a0c69be3';

const sections = (of: Record<string, string | Buffer>) =>
  new Map(Object.entries(of).map(([name, text]) => [name, Buffer.from(text)]));
const unit = (name: string): Query => ({ kind: 'unit', unit: name });
const apt = (name: string, more: object = {}): Query => ({ kind: 'package', manager: 'apt', name, ...more });
const account = (database: 'passwd' | 'group', name: string): Query => ({ kind: 'account', database, name });
const probe = (text: string): Query => ({ kind: 'probe', command: sh.raw(text) });

/** Answers from the sections of a read script's output. */
function parse(
  queries: readonly Query[],
  stdout: Record<string, string | Buffer>,
  stderr: Record<string, string> = {},
): Answer[] {
  return parseAnswers(queries, { stdout: sections(stdout), stderr: sections(stderr) });
}

const at = (path: string, more: object = {}): Query => ({ kind: 'path', path, ...more });

describe('a path', () => {
  test.each<[title: string, path: string, stat: string, state: object]>([
    ['that is not there', '/a', '', { type: 'absent', mode: '' }],
    [
      'of a file',
      '/a',
      '81a4 0 1000 root ana 6 1700000000 /a\n',
      { type: 'file', mode: '644', owner: 'root', group: 'ana', gid: 1000, sizeBytes: 6, modifiedAt: 1_700_000_000 },
    ],
    ['of a directory', '/d', '43ff 0 0 root root 4096 1 /d\n', { type: 'directory', mode: '1777' }],
    ['of a link', '/l', 'a1ff 0 0 root root 1 1 /l\n', { type: 'link', mode: '777' }],
    ['of a program that runs as root', '/s', '89ed 0 0 root root 1 1 /s\n', { type: 'file', mode: '4755' }],
    ['of a device', '/dev/null', '21b6 0 0 root root 0 1 /dev/null\n', { type: 'other', mode: '666', bits: 0o20666 }],
    ['with blanks', '/a b  c', '81a4 0 0 root root 6 1 /a b  c\n', { path: '/a b  c', type: 'file' }],
    [
      'that looks like fields',
      '/1 2 /a',
      '81a4 0 0 root root 6 1 /1 2 /a\n',
      { path: '/1 2 /a', type: 'file', sizeBytes: 6 },
    ],
    [
      'of a user with a blank in the name',
      '/a',
      '81a4 7 0 domain user root 6 1 /a\n',
      { owner: 'domain user', group: 'root' },
    ],
    ['of a user without a name', '/a', '81a4 7 8 UNKNOWN UNKNOWN 6 1 /a\n', { uid: 7, gid: 8 }],
    ['from before 1970', '/a', '81a4 0 0 root root 6 -1 /a\n', { type: 'file', modifiedAt: -1 }],
    ['of a file that is larger than 4 GiB', '/a', '81a4 0 0 root root 5000000000 1 /a\n', { sizeBytes: 5_000_000_000 }],
    ['among others', '/b', '81a4 0 0 root root 1 1 /a\n81a4 0 0 root root 2 1 /b\n', { sizeBytes: 2 }],
  ])('%s', (_title, path, stat, state) => {
    expect(parse([at(path)], { stat })).toMatchObject([{ kind: 'path', state }]);
  });

  test('comes with its sum and its content when they were wanted', () => {
    const stat = '81a4 0 0 root root 6 1 /a\n81a4 0 0 root root 6 1 /b\n';
    const answers = parse([at('/a', { want: 'sum' }), at('/b', { want: 'content' }), at('/a', { want: 'content' })], {
      stat,
      sum: `${sum}  /a\n${sum} */b\n`,
      'content 0': 'bytes of b',
      'content 1': Buffer.from([0, 255]),
    });

    expect(answers).toMatchObject([
      { state: { sha256: sum } },
      { state: { sha256: sum, content: Buffer.from('bytes of b') } },
      { state: { sha256: sum, content: Buffer.from([0, 255]) } },
    ]);
    expect(answers[0]).not.toHaveProperty('state.content');
  });

  test('that is empty has a content, which is empty', () => {
    const answers = parse([at('/a', { want: 'content' })], {
      stat: '81a4 0 0 root root 0 1 /a\n',
      sum: `${sum}  /a\n`,
    });

    expect(answers).toMatchObject([{ state: { content: Buffer.alloc(0) } }]);
  });

  test('that is too large has a sum and no content', () => {
    const [answer] = parse([at('/a', { want: 'content' })], {
      stat: '81a4 0 0 root root 5000000 1 /a\n',
      sum: `${sum}  /a\n`,
      'content 0': Buffer.alloc(4 * 1024 * 1024 + 1),
    });

    expect(answer).toMatchObject({ kind: 'path', state: { sha256: sum } });
    expect(answer).not.toHaveProperty('state.content');
  });

  test('that is a link has the content of nothing', () => {
    const [answer] = parse([at('/l', { want: 'content' })], {
      stat: 'a1ff 0 0 root root 1 1 /l\n',
      link: '/l\ttarget with\ttab\n',
      'content 0': 'of the target',
    });

    expect(answer).toMatchObject({ state: { type: 'link', target: 'target with\ttab' } });
    expect(answer).not.toHaveProperty('state.content');
  });

  test('that is a link to be followed is what it leads to, and says where that is', () => {
    const answers = parse([at('/l'), at('/l', { follow: true, want: 'sum' })], {
      stat: 'a1ff 0 0 root root 1 1 /l\n',
      link: '/l\ta\n',
      statfollowed: '81a4 0 0 root root 6 1 /l\n',
      sumfollowed: `${sum}  /l\n`,
      real: '/l\t/etc/a\n',
    });

    expect(answers).toMatchObject([
      { state: { type: 'link', target: 'a' } },
      { state: { type: 'file', path: '/l', target: '/etc/a', sha256: sum } },
    ]);
  });
});

describe('a path that the user may not look at', () => {
  const denied = "! stat: cannot statx '/root/a': Permission denied\n";

  test('is no absent one; what the others asked is answered', () => {
    const answers = parse([at('/root/a'), at('/etc/b'), at('/etc/c')], {
      stat: `81a4 0 0 root root 6 1 /etc/b\n${denied}`,
    });

    expect(answers).toMatchObject([
      { kind: 'denied', said: "may not look: stat: cannot statx '/root/a': Permission denied" },
      { kind: 'path', state: { type: 'file' } },
      { kind: 'path', state: { type: 'absent' } },
    ]);
  });

  test('is found by busybox, too, and when it is quoted beyond recognition', () => {
    expect(parse([at('/root/a')], { stat: "! stat: can't stat '/root/a': Permission denied\n" })).toMatchObject([
      { kind: 'denied' },
    ]);
    expect(
      parse([at("/root/it's")], { stat: "! stat: cannot statx '/root/it'\\''s': Permission denied\n" }),
    ).toMatchObject([{ kind: 'denied' }]);
  });

  test('is the one that was followed', () => {
    expect(
      parse([at('/l'), at('/l', { follow: true })], {
        stat: 'a1ff 0 0 root root 1 1 /l\n',
        statfollowed: denied.replace('/root/a', '/l'),
      }),
    ).toMatchObject([{ kind: 'path' }, { kind: 'denied' }]);
  });

  test('may be one whose content was wanted', () => {
    const stat = '8180 0 0 root root 6 1 /etc/shadow\n';

    expect(parse([at('/etc/shadow', { want: 'content' })], { stat, 'content 0': '' })).toMatchObject([
      { kind: 'denied', said: 'may not read /etc/shadow' },
    ]);
    expect(parse([at('/etc/shadow', { want: 'sum' })], { stat })).toMatchObject([
      { kind: 'path', state: { type: 'file' } },
    ]);
  });
});

describe('a folder', () => {
  const tree: Query = { kind: 'tree', path: '/srv', want: 'sum' };

  test('is all that is in it, with its sums', () => {
    const lines = '41ed 0 0 root root 4096 /srv\n81a4 0 0 root root 1 /srv/a b\na1ff 0 0 root root 1 /srv/l\n';
    const [answer] = parse([tree], { 'tree 0': lines, 'treesum 0': `${sum}  /srv/a b\n` });

    expect(answer).toMatchObject({
      kind: 'tree',
      raw: `${lines}${sum}  /srv/a b\n`,
      entries: [
        { path: '/srv', type: 'directory' },
        { path: '/srv/a b', type: 'file', sha256: sum },
        { path: '/srv/l', type: 'link' },
      ],
    });
  });

  test('is empty when there is none', () => {
    expect(parse([tree], {})).toEqual([{ kind: 'tree', entries: [], raw: '' }]);
  });

  test('cannot make us believe in files elsewhere by names that hold lines', () => {
    const lines = '81a4 7 7 eve eve 1 /srv/x\n89ed 0 0 root root 1 /etc/shadow\n89ed 0 0 root root 1 /srvx\n';

    expect(parse([tree], { 'tree 0': lines })).toMatchObject([{ entries: [{ path: '/srv/x' }] }]);
  });
});

describe('a unit', () => {
  test.each<[line: string, state: object]>([
    [
      '1 loaded active running enabled no 42 3',
      { exists: true, active: true, enabled: true, mainPid: 42, restarts: 3 },
    ],
    ['1 loaded reloading reload enabled no 42 0', { active: true, activeState: 'reloading' }],
    ['1 loaded activating start enabled no 0 0', { active: false, activeState: 'activating' }],
    ['1 loaded inactive dead static yes 0 0', { enabled: true, unitFileState: 'static', needsDaemonReload: true }],
    ['1 loaded failed failed disabled no 0 0', { active: false, enabled: false, activeState: 'failed' }],
    ['1 masked inactive dead masked no 0 0', { exists: true, loadState: 'masked', enabled: false }],
    ['1 not-found inactive dead - no 0 0', { exists: false, unitFileState: '' }],
    ['', { exists: false, loadState: '', active: false, activeState: 'inactive' }],
  ])('%j', (line, state) => {
    expect(parse([unit('a.service')], { unit: `${line}\n` })).toMatchObject([
      { state: { unit: 'a.service', ...state } },
    ]);
  });

  test('is known by its number among the questions', () => {
    const lines = '1 loaded active running enabled no 1 0\n2 not-found inactive dead - no 0 0\n';

    expect(parse([unit('a.service'), unit('b.service'), unit('a.service')], { unit: lines })).toMatchObject([
      { state: { unit: 'a.service', active: true } },
      { state: { unit: 'b.service', exists: false } },
      { state: { unit: 'a.service', active: true } },
    ]);
  });
});

test('a package has a version when it is installed, and the newest one when that was wanted', () => {
  const answers = parse([apt('sync'), apt('rsync', { latest: true }), apt('rsync'), apt('none', { latest: true })], {
    'package apt': '3.2.7-1 rsync\n',
    'candidate apt': '3.3.0-1 rsync\n',
  });

  expect(answers.map((answer) => answer.kind === 'package' && answer.state)).toEqual([
    { name: 'sync', version: undefined },
    { name: 'rsync', version: '3.2.7-1', candidate: '3.3.0-1' },
    { name: 'rsync', version: '3.2.7-1' },
    { name: 'none', version: undefined },
  ]);
});

test('accounts', () => {
  const ana = 'ana:x:1000:1000:Ana, Room 1:/home/ana:/bin/bash\tana sudo adm';

  const answers = parse(
    [account('passwd', 'ana'), account('group', 'adm'), account('passwd', 'adm'), account('group', 'x')],
    {
      passwd: `${ana}\n`,
      group: 'adm:x:4:ana,ben\nx:x:5:\n',
    },
  );

  expect(answers).toEqual([
    {
      kind: 'account',
      raw: ana,
      user: {
        name: 'ana',
        uid: 1000,
        gid: 1000,
        comment: 'Ana, Room 1',
        home: '/home/ana',
        shell: '/bin/bash',
        groups: ['adm', 'ana', 'sudo'],
      },
    },
    { kind: 'account', raw: 'adm:x:4:ana,ben', group: { name: 'adm', gid: 4, members: ['ana', 'ben'] } },
    { kind: 'account', raw: '' },
    { kind: 'account', raw: 'x:x:5:', group: { name: 'x', gid: 5, members: [] } },
  ]);
});

test('a probe has its exit code in front of what it printed', () => {
  const answers = parse(
    [probe('a'), probe('b'), probe('c')],
    { 'probe 0': '3\n1\n2\n', 'probe 1': '0\n' },
    { 'probe 0': 'oh\n' },
  );

  expect(answers.map((answer) => answer.kind === 'probe' && answer.result)).toEqual([
    { exitCode: 3, stdout: '1\n2\n', stderr: 'oh\n' },
    { exitCode: 0, stdout: '', stderr: '' },
    { exitCode: 255, stdout: '', stderr: '' },
  ]);
});
