import { describe, expect, test } from 'vitest';

import {
  firstInclude,
  indent,
  loadFirstPlay,
  loadOneTask,
  loadSite,
  outline,
  printedError,
} from '../../helpers/playbook-files.ts';

const idsOf = (tasks: string) =>
  outline(loadFirstPlay(`- hosts: all\n  name: Play\n  tasks:\n${indent(tasks, 4)}`).body);

/** A role of one task of its name. */
const role = (name: string) => ({ [`roles/${name}/tasks/main.yaml`]: `- name: ${name}\n  command: x\n` });

describe('a play', () => {
  test('runs pre_tasks, roles with tasks, and post_tasks, and flushes the handlers after each', () => {
    const play = loadFirstPlay({
      'site.yaml': [
        '- name: Web servers',
        '  hosts: web',
        '  post_tasks: [{ command: c }]',
        '  tasks: [{ command: b }]',
        '  roles: [common]',
        '  pre_tasks: [{ name: a, command: a }]',
        '  handlers: [{ name: restart, command: d }]',
      ].join('\n'),
      'roles/common/tasks/main.yaml': '- name: from the role\n  command: r\n',
      'roles/common/handlers/main.yml': '- name: reload\n  command: e\n',
    });

    expect(outline(play.body)).toEqual([
      'web-servers/a',
      'flush',
      'web-servers/common/from-the-role',
      'web-servers/command',
      'flush',
      'web-servers/command-2',
      'flush',
    ]);
    expect(outline(play.handlers)).toEqual(['web-servers/common/handlers/reload', 'web-servers/handlers/restart']);
  });

  test('has defaults for everything that is not said', () => {
    const { hosts, span, folder, ...play } = loadFirstPlay('- hosts: [web, "db:!db1"]\n');

    expect([hosts.value, span.line, folder.startsWith('/')]).toEqual(['web,db:!db1', 1, true]);
    expect(play).toEqual({
      id: 'web-db-db1',
      name: 'web,db:!db1',
      body: [],
      handlers: [],
      roles: [],
      vars: new Map(),
      varsFiles: [],
      tags: [],
      become: {},
      environment: [],
      serial: [],
      order: 'inventory',
      strategy: 'free',
      rollback: 'host',
      gatherFacts: false,
      anyErrorsFatal: false,
      ignoreUnreachable: false,
      forceHandlers: false,
    });
  });

  test('reads how to roll over its hosts', () => {
    const play = loadFirstPlay(
      '- hosts: all\n  serial: [1, "30%", "{{ rest }}"]\n  order: sorted\n  strategy: free\n  max_fail_percentage: "25%"\n  rollback: none\n  remote_user: root\n',
    );

    expect(play).toMatchObject({ order: 'sorted', strategy: 'free', maxFailPercentage: 25, rollback: 'none' });
    expect(play.serial.map(({ value }) => value)).toEqual([1, '30%', '{{ rest }}']);
  });

  test('of an imported playbook gets the variables, tags and conditions of the import', () => {
    const { plays } = loadSite({
      'site.yaml': '- import_playbook: sub/web.yaml\n  vars: { port: 81 }\n  tags: web\n  when: enabled\n- hosts: db\n',
      'sub/web.yaml': '- hosts: web\n  vars: { port: 80, name: x }\n  tasks: [{ import_tasks: tasks.yaml }]\n',
      'sub/tasks.yaml': '- command: x\n',
    });

    expect(plays.map(({ hosts }) => hosts.value)).toEqual(['web', 'db']);
    expect([...(plays[0]?.vars ?? [])].map(([name, { value }]) => [name, value])).toEqual([
      ['port', 81],
      ['name', 'x'],
    ]);
    expect(plays[0]?.body[0]).toMatchObject({ kind: 'task', tags: ['web'], when: [{ text: 'enabled' }] });
  });

  test('reads files of variables when they are needed, the first that exists', () => {
    const play = loadFirstPlay({
      'site.yaml': '- hosts: all\n  vars_files:\n    - common.yaml\n    - ["{{ os }}.yaml", other.yaml]\n',
      'common.yaml': 'a: 1\n',
      'vars/debian.yaml': 'b: 2\n',
      'other.yaml': 'b: 3\n',
    });
    const [common, perSystem] = play.varsFiles;

    expect(common?.load('common.yaml')?.get('a')?.value).toBe(1);
    expect(perSystem?.names.map(({ value }) => value)).toEqual(['{{ os }}.yaml', 'other.yaml']);
    expect(perSystem?.load('debian.yaml')?.get('b')?.value).toBe(2);
    expect(perSystem?.load('plan9.yaml')).toBeUndefined();
  });
});

describe('a task', () => {
  test('reads its keywords', () => {
    const task = loadOneTask(
      `- name: Wait for it
  command: check {{ item }}
  register: checked
  until: checked.rc == 0
  retries: 10
  delay: 30s
  changed_when: no
  failed_when: [checked.rc != 0, checked.rc != 3]
  notify: [restart, "reload {{ item }}"]
  with_items: [[a, b], c]
  loop_control: { loop_var: thing, index_var: i, label: "{{ thing }}", pause: 2 }
  undo: uncheck
  throttle: 2
  delegate_to: localhost
  run_once: true
  no_log: "{{ quiet }}"
  environment: { PATH: /bin }`,
    );

    expect(task).toMatchObject({
      id: 'all/wait-for-it',
      name: 'Wait for it',
      module: { value: 'command' },
      args: { value: { cmd: 'check {{ item }}' } },
      register: { value: 'checked' },
      retries: { value: 10 },
      delay: { value: '30s' },
      notify: [{ value: 'restart' }, { value: 'reload {{ item }}' }],
      loop: { style: 'items', loopVar: 'thing', indexVar: 'i', label: { value: '{{ thing }}' }, pauseMs: 2000 },
      undo: { value: 'uncheck' },
      throttle: 2,
      delegateTo: { value: 'localhost' },
      runOnce: true,
      noLog: { value: '{{ quiet }}' },
    });
    expect([task.until, task.changedWhen, task.failedWhen].map((list) => list.length)).toEqual([1, 1, 2]);
  });

  test('is called after its module when it has no name', () => {
    expect(loadOneTask('- ansible.builtin.command: x')).toMatchObject({ name: 'command', id: 'all/command' });
  });

  test('keeps its id when another task is put before it, unless they share a name', () => {
    const [first, second] = ['- name: Install!\n  command: a\n', '- name: Start (again)\n  command: b\n'];

    expect(idsOf(second)).toContain('play/start-again');
    expect(idsOf(first + second)).toContain('play/start-again');
    expect(idsOf(second + second)).toEqual(['play/start-again', 'play/start-again-2', 'flush']);
  });
});

describe('blocks', () => {
  test('hand their keywords to their tasks, and are gone', () => {
    const [task] = loadFirstPlay(`
- hosts: all
  tags: play
  become: yes
  tasks:
    - name: outer
      when: a
      tags: [one, two]
      vars: { x: 1 }
      ignore_errors: yes
      block:
        - when: b
          become_user: www
          ignore_errors: no
          block:
            - command: x
              when: c
              tags: two, three
              vars: { x: 2 }
`).body;

    expect(task).toMatchObject({
      kind: 'task',
      id: 'all/outer/command',
      when: [{ text: 'a' }, { text: 'b' }, { text: 'c' }],
      tags: ['play', 'one', 'two', 'three'],
      become: { become: { value: true }, becomeUser: { value: 'www' } },
      ignoreErrors: { value: false },
    });
    const values = task?.kind === 'task' ? task.vars.map((vars) => vars.get('x')?.value) : [];
    expect(values).toEqual([1, 2]);
  });

  test('stay when they rescue or clean up', () => {
    const play = loadFirstPlay(
      '- hosts: all\n  tasks:\n    - block: [{ command: a }]\n      rescue: [{ command: b }]\n      always: [{ command: c }]\n      when: x\n',
    );

    expect(outline(play.body)).toEqual([
      { block: ['all/block/command'], rescue: ['all/block/rescue/command'], always: ['all/block/always/command'] },
      'flush',
    ]);
    expect(play.body[0]).toMatchObject({ rescue: [{ when: [{ text: 'x' }] }] });
  });
});

describe('imports and includes', () => {
  const files = {
    'site.yaml': `- hosts: all
  tasks:
    - import_tasks: a.yaml
      when: imported
    - name: Set up
      include_tasks: { file: a.yaml, apply: { tags: inner, become: yes } }
      tags: outer
      when: included
      vars: { x: 1 }
    - include_tasks: "{{ kind }}.yaml"
      loop: [a, b]
`,
    'a.yaml': '- name: from a\n  command: a\n',
    'b.yaml': '- command: b\n  whn: x\n',
  };

  test('an import is replaced by its tasks, an include is read ahead when its name is known', () => {
    const play = loadFirstPlay(files);

    expect(outline(play.body)).toEqual([
      'all/from-a',
      { include: 'all/set-up', known: ['all/set-up/a/from-a'] },
      { include: 'all/include_tasks-kind-yaml', known: undefined },
      'flush',
    ]);
    expect(play.body[0]).toMatchObject({ when: [{ text: 'imported' }] });
  });

  test('an include keeps its condition and tags to itself, and hands on `apply` and its variables', () => {
    const include = firstInclude(loadFirstPlay(files));
    const [task] = include.known?.nodes ?? [];

    expect(include).toMatchObject({ tags: ['outer'], when: [{ text: 'included' }] });
    expect(task).toMatchObject({ tags: ['inner'], when: [], become: { become: { value: true } } });
    expect(task?.kind === 'task' && task.params.map((vars) => vars.get('x')?.value)).toEqual([1]);
  });

  test('an include with a template is read once for each name, and its mistakes show then', () => {
    const { plays, folder } = loadSite(files);
    const include = plays[0]?.body.filter((node) => node.kind === 'include')[1];

    expect(include?.load('a.yaml')).toBe(include?.load('a.yaml'));
    expect(outline(include?.load('a.yaml').nodes ?? [])).toEqual(['all/include_tasks-kind-yaml/a/from-a']);
    expect(printedError(() => include?.load('b.yaml'), folder)).toMatchInlineSnapshot(`
      "b.yaml:2:3: a task has no \`whn\`
        1 | - command: b
      > 2 |   whn: x
          |   ~~~
        3 | 
        hint: Did you mean \`when\`?"
    `);
    expect(printedError(() => include?.load('c.yaml'), folder)).toMatchInlineSnapshot(`
      "site.yaml:10:23: there is no file "c.yaml"
         9 |       vars: { x: 1 }
      > 10 |     - include_tasks: "{{ kind }}.yaml"
           |                       ~~~~~~~~~~~~~~~
        11 |       loop: [a, b]
        hint: Looked for c.yaml, tasks/c.yaml."
    `);
  });

  test('a file may include itself; how often is up to its condition, within reason', () => {
    const play = loadFirstPlay({
      'site.yaml': '- hosts: all\n  tasks: [{ include_tasks: again.yaml }]\n',
      'again.yaml': '- include_tasks: again.yaml\n  when: more\n',
    });
    let include = firstInclude(play);
    const goOn = (): void => {
      for (let i = 0; i < 50; i++) {
        const [inner] = include.load('again.yaml').nodes;
        if (inner?.kind === 'include') include = inner;
      }
    };

    expect(include.known?.nodes).toHaveLength(1);
    expect(goOn).toThrow('again.yaml includes itself without an end');
  });

  test('tasks are looked for beside the file that names them, then in the role, then beside the playbook', () => {
    const play = loadFirstPlay({
      'site.yaml': '- hosts: all\n  roles: [r]\n',
      'shared.yaml': '- name: beside the playbook\n  command: x\n',
      'roles/r/tasks/main.yaml': '- import_tasks: sub/a\n- import_tasks: shared.yaml\n',
      'roles/r/tasks/sub/a.yml': '- import_tasks: b.yaml\n',
      'roles/r/tasks/sub/b.yaml': '- name: beside the file\n  command: x\n- import_tasks: c.yaml\n',
      'roles/r/tasks/c.yaml': '- name: in the role\n  command: x\n',
    });

    expect(outline(play.body)).toEqual([
      'all/r/beside-the-file',
      'all/r/in-the-role',
      'all/r/beside-the-playbook',
      'flush',
    ]);
  });
});

describe('roles', () => {
  test('run after their dependencies, once for equal parameters', () => {
    const play = loadFirstPlay({
      'site.yaml': '- hosts: all\n  roles: [a, b, { role: a }, { role: a, n: 1 }, { role: a, n: 1 }, twice, twice]\n',
      ...role('a'),
      ...role('b'),
      ...role('base'),
      ...role('twice'),
      'roles/a/meta/main.yaml': 'dependencies:\n  - base\n',
      'roles/b/meta/main.yaml': 'dependencies: [{ role: base }, base]\n',
      'roles/twice/meta/main.yaml': 'allow_duplicates: yes\n',
    });

    expect(outline(play.body)).toEqual([
      'all/a/base/base',
      'all/a/a',
      'all/b/base/base',
      'all/b/b',
      'all/a-2/a',
      'all/a-3/a',
      'all/twice/twice',
      'all/twice-2/twice',
      'flush',
    ]);
    expect(play.roles.map(({ name }) => name)).toEqual(['base', 'a', 'base', 'b', 'a', 'a', 'twice', 'twice']);
  });

  test('get their entry`s keywords, and everything else as parameters', () => {
    const play = loadFirstPlay({
      'site.yaml': '- hosts: all\n  roles:\n    - { role: a, tags: t, when: c, become: yes, vars: { x: 1 }, y: 2 }\n',
      ...role('a'),
      'roles/a/defaults/main.yaml': 'x: 0\n',
      'roles/a/vars/main.yaml': 'z: 3\n',
    });
    const [task] = play.body;

    expect(task).toMatchObject({ tags: ['t'], when: [{ text: 'c' }], vars: [], roles: [{ name: 'a' }] });
    const params = task?.kind === 'task' ? task.params.map((vars) => Array.from(vars.keys())) : [];
    expect(params).toEqual([['x'], ['y']]);
    expect(play.roles.map(({ defaults, vars }) => [Array.from(defaults.keys()), Array.from(vars.keys())])).toEqual([
      [['x'], ['z']],
    ]);
  });

  test('search their own folder, the file`s and the playbook`s', () => {
    const { plays, folder } = loadSite({ 'site.yaml': '- hosts: all\n  roles: [a]\n', ...role('a') });
    const [task] = plays[0]?.body ?? [];

    expect(task?.kind === 'task' && task.folders.map((path) => path.replace(folder, '.'))).toEqual([
      './roles/a',
      './roles/a/tasks',
      '.',
    ]);
  });

  test('are imported into a list of tasks, or included when a host comes to it', () => {
    const play = loadFirstPlay({
      'site.yaml': `- hosts: all
  tasks:
    - import_role: { name: a, tasks_from: other }
    - include_role: name=a
    - include_role: { name: "{{ kind }}" }
`,
      ...role('a'),
      'roles/a/tasks/other.yaml': '- name: other\n  command: x\n',
      'roles/a/handlers/main.yaml': '- name: restart a\n  command: x\n',
      'roles/b/handlers/main.yaml': '- name: restart b\n  command: x\n',
    });

    expect(outline(play.body)).toEqual([
      'all/a/other',
      { include: 'all/include_role-a', known: ['all/include_role-a/a/a'] },
      { include: 'all/include_role-kind', known: undefined },
      'flush',
    ]);
    expect(outline(play.handlers)).toEqual(['all/a/handlers/restart-a']);
    expect(play.roles.map(({ name }) => name)).toEqual(['a']);
    const dynamic = play.body.filter((node) => node.kind === 'include')[1];
    expect(outline(dynamic?.load('b').handlers ?? [])).toEqual(['all/include_role-kind/b/handlers/restart-b']);
    expect(dynamic?.load('a').handlers).toEqual([]);
  });
});

test('meta tasks flush handlers or go to the engine', () => {
  const play = loadFirstPlay(
    '- hosts: all\n  tasks:\n    - meta: flush_handlers\n      when: x\n    - meta: end_host\n      when: y\n',
  );

  expect(play.body[0]).toMatchObject({ kind: 'flush', when: [{ text: 'x' }] });
  expect(play.body[1]).toMatchObject({
    name: 'meta: end_host',
    module: { value: 'meta' },
    args: { value: { action: 'end_host' } },
    when: [{ text: 'y' }],
  });
});

test('`changed_when: no` means no, as in Ansible, while `y` is a variable', () => {
  const play = loadFirstPlay('- hosts: all\n  tasks:\n    - command: uname\n      changed_when: no\n      when: y\n');

  expect(play.body[0]).toMatchObject({ changedWhen: [{ text: 'false' }], when: [{ text: 'y' }] });
});
