import { expect, test } from 'vitest';

import { indent, printedProblems } from '../../helpers/playbook-files.ts';

/** What is printed for a play with these tasks. */
function problemsOfTasks(tasks: string): string {
  return printedProblems(`- hosts: all\n  tasks:\n${indent(tasks, 4)}\n`);
}

test('everything wrong in all files is reported at once', () => {
  const printed = printedProblems({
    'site.yaml': '- host: web\n  tasks:\n    - import_tasks: more.yaml\n    - copi: { src: a }\n  roles: [comon]\n',
    'more.yaml': '- shell: x\n  whn: y\n- command: "{{ x"\n',
    'roles/common/tasks/main.yaml': '[]\n',
  });

  expect(printed).toMatchInlineSnapshot(`
    "site.yaml:1:3: a play has no \`host\`
    > 1 | - host: web
        |   ~~~~
      2 |   tasks:
      hint: Did you mean \`hosts\`?

    site.yaml:5:11: there is no role "comon"
      4 |     - copi: { src: a }
    > 5 |   roles: [comon]
        |           ~~~~~
      6 | 
      hint: Did you mean \`common\`?

    more.yaml:2:3: a task has no \`whn\`
      1 | - shell: x
    > 2 |   whn: y
        |   ~~~
      3 | - command: "{{ x"
      hint: Did you mean \`when\`?

    more.yaml:3:13: \`{{\` is never closed
      2 |   whn: y
    > 3 | - command: "{{ x"
        |             ~~
      4 | 
      hint: Write \\{{ for braces that are no template.

    site.yaml:4:7: there is no module \`copi\`
      3 |     - import_tasks: more.yaml
    > 4 |     - copi: { src: a }
        |       ~~~~
      5 |   roles: [comon]
      hint: Did you mean \`copy\`?"
  `);
});

test('a playbook must be a list of plays', () => {
  expect(printedProblems('hosts: all\ntasks: []\n')).toMatchInlineSnapshot(`
    "site.yaml:1:1: a playbook must be a list of plays, not a mapping
    > 1 | hosts: all
        | ~~~~~~~~~~
      2 | tasks: []
      hint: Start each play with \`- \`, its other lines indented by two."
  `);
});

test('a task on the top level is told from a play', () => {
  expect(printedProblems('- name: x\n  command: uname\n')).toMatchInlineSnapshot(`
    "site.yaml:1:3: this is a task, and a play was expected
    > 1 | - name: x
        |   ~~~~~~~
      2 |   command: uname
      hint: Put it below \`tasks:\` of a play with \`hosts:\`."
  `);
});

test('a play needs hosts', () => {
  expect(printedProblems('- name: x\n  tasks: []\n')).toMatchInlineSnapshot(`
    "site.yaml:1:3: a play without \`hosts\`
    > 1 | - name: x
        |   ~~~~~~~
      2 |   tasks: []
      hint: Say where it runs: \`hosts: all\`, a group, or a pattern."
  `);
});

test('a misspelt keyword of a play', () => {
  expect(printedProblems('- hosts: all\n  taks: []\n')).toMatchInlineSnapshot(`
    "site.yaml:2:3: a play has no \`taks\`
      1 | - hosts: all
    > 2 |   taks: []
        |   ~~~~
      3 | 
      hint: Did you mean \`tasks\`?"
  `);
});

test('a keyword that belongs elsewhere', () => {
  expect(printedProblems('- hosts: all\n  register: x\n')).toMatchInlineSnapshot(`
    "site.yaml:2:3: a play has no \`register\`
      1 | - hosts: all
    > 2 |   register: x
        |   ~~~~~~~~
      3 | 
      hint: \`register\` belongs to a task or a handler."
  `);
});

test('a misspelt keyword of a task', () => {
  expect(problemsOfTasks('- command: x\n  whn: y')).toMatchInlineSnapshot(`
    "site.yaml:4:7: a task has no \`whn\`
      3 |     - command: x
    > 4 |       whn: y
        |       ~~~
      5 | 
      hint: Did you mean \`when\`?"
  `);
});

test('an argument that is not indented below its module', () => {
  expect(problemsOfTasks('- copy:\n  src: a\n  dest: /b')).toMatchInlineSnapshot(`
    "site.yaml:4:7: a task has no \`src\`
      3 |     - copy:
    > 4 |       src: a
        |       ~~~
      5 |       dest: /b
      hint: Arguments of \`copy\` are indented below it.

    site.yaml:5:7: a task has no \`dest\`
      4 |       src: a
    > 5 |       dest: /b
        |       ~~~~
      6 | 
      hint: Arguments of \`copy\` are indented below it."
  `);
});

test('an unknown module', () => {
  expect(problemsOfTasks('- ansible.builtin.cpoy: { src: a }')).toMatchInlineSnapshot(`
    "site.yaml:3:7: there is no module \`ansible.builtin.cpoy\`
      2 |   tasks:
    > 3 |     - ansible.builtin.cpoy: { src: a }
        |       ~~~~~~~~~~~~~~~~~~~~
      4 | 
      hint: Did you mean \`copy\`?"
  `);
  expect(problemsOfTasks('- community.mysql.mysql_db: { name: a }')).toMatchInlineSnapshot(`
    "site.yaml:3:7: there is no module \`community.mysql.mysql_db\`
      2 |   tasks:
    > 3 |     - community.mysql.mysql_db: { name: a }
        |       ~~~~~~~~~~~~~~~~~~~~~~~~
      4 | 
      hint: \`k3sbox doc\` lists the modules."
  `);
});

test('two modules in one task', () => {
  expect(problemsOfTasks('- command: x\n  file: { path: /y }')).toMatchInlineSnapshot(`
    "site.yaml:4:7: a task runs one module, and this one has \`command\` and \`file\`
      3 |     - command: x
    > 4 |       file: { path: /y }
        |       ~~~~
      5 | 
      hint: Make it a task of its own."
  `);
});

test('a task without a module', () => {
  expect(problemsOfTasks('- name: nothing\n  when: x')).toMatchInlineSnapshot(`
    "site.yaml:3:7: a task without a module
      2 |   tasks:
    > 3 |     - name: nothing
        |       ~~~~~~~~~~~~~
      4 |       when: x
      hint: Say what it does, such as \`command: uname -r\`."
  `);
});

test('a task that is a text', () => {
  expect(problemsOfTasks('- uname -r')).toMatchInlineSnapshot(`
    "site.yaml:3:7: a task must be a mapping, not a text
      2 |   tasks:
    > 3 |     - uname -r
        |       ~~~~~~~~
      4 | 
      hint: Write \`- command: uname -r\` to run a command."
  `);
});

test('an empty task', () => {
  expect(problemsOfTasks('-')).toMatchInlineSnapshot(`
    "site.yaml:3:6: a task must be a mapping, not empty
      2 |   tasks:
    > 3 |     -
        |      ~
      4 | "
  `);
});

test('tasks that are a mapping', () => {
  expect(problemsOfTasks('command: uname')).toMatchInlineSnapshot(`
    "site.yaml:3:5: tasks must be a list, not a mapping
      2 |   tasks:
    > 3 |     command: uname
        |     ~~~~~~~~~~~~~~
      4 | 
      hint: Start each with \`- \`."
  `);
});

/** For tables: the messages with their hints, without the lines around them. */
function messages(printed: string): string {
  return printed
    .split('\n')
    .filter((line) => /^site\.yaml|^ {2}hint/.test(line))
    .map((line) => line.replace(/^site\.yaml:\d+:\d+: /, '').replace(/^ {2}hint: /, '  -> '))
    .join('\n');
}

const onTask = (keyword: string): string =>
  `${keyword}\n${indent(messages(problemsOfTasks(`- command: uname\n  ${keyword}`)), 2)}`;

const onPlay = (keyword: string): string =>
  `${keyword}\n${indent(messages(printedProblems(`- name: x\n  ${keyword}${/hosts/.test(keyword) ? '' : '\n  hosts: all'}\n`)), 2)}`;

test("Ansible's keywords that are not taken say why, and what to write instead", () => {
  const onTasks = [
    'action: command uname',
    'local_action: command uname',
    'connection: local',
    'port: 22',
    'collections: [x]',
    'become_method: su',
    'become_flags: -i',
    'become_exe: doas',
    'delegate_facts: yes',
    'diff: yes',
    'debugger: always',
    'with_first_found: [a]',
    'with_nested: [a]',
    'with_together: [a]',
    'with_subelements: [a]',
    'with_lines: ls',
  ];
  const onPlays = ['vars_prompt: [{ name: x }]', 'module_defaults: { file: {} }', 'gather_subset: min'];

  expect([...onTasks.map(onTask), ...onPlays.map(onPlay)].join('\n')).toMatchInlineSnapshot(`
    "action: command uname
      \`action\` is not taken: the module is the key itself
        -> Write \`copy: { src: a, dest: b }\`.
    local_action: command uname
      \`local_action\` is not taken: a local task is delegated like any other
        -> Write the module as the key, and \`delegate_to: localhost\` beside it.
    connection: local
      \`connection\` is not taken: how a host is reached belongs to the inventory
        -> Set \`ansible_connection\` (ssh, openssh or local) on the host or group.
    port: 22
      \`port\` is not taken: how a host is reached belongs to the inventory
        -> Set \`ansible_port\` on the host or group.
    collections: [x]
      \`collections\` is not taken: every module is built in
        -> Remove it; modules are named \`copy\` or \`ansible.builtin.copy\`.
    become_method: su
      \`become_method: su\` is not taken
        -> Use sudo, the only method so far.
    become_flags: -i
      \`become_flags\` is not taken: sudo is called in one way only
        -> Remove it.
    become_exe: doas
      \`become_exe\` is not taken: it belongs to the inventory
        -> Set \`ansible_become_exe\` on the host or group.
    delegate_facts: yes
      \`delegate_facts\` is not taken: facts belong to the host that they were read on
        -> Read them in a play on that host.
    diff: yes
      \`diff\` is not taken: diffs are chosen for a whole run
        -> Give \`--diff\` on the command line.
    debugger: always
      \`debugger\` is not taken: there is no debugger
        -> Go through the tasks one by one with \`--step\`.
    with_first_found: [a]
      \`with_first_found\` is not taken: a task names its files
        -> Choose with a variable in the name (\`src: "{{ flavour }}.conf"\`), or with one task each and \`when\`.
    with_nested: [a]
      \`with_nested\` is not taken: a loop goes over one list
        -> Write \`include_tasks\` with the outer \`loop\`, and the inner loop in that file.
    with_together: [a]
      \`with_together\` is not taken: a loop goes over one list
        -> Write \`loop\` over a list of mappings.
    with_subelements: [a]
      \`with_subelements\` is not taken: a loop goes over one list
        -> Write \`include_tasks\` with the outer \`loop\`, and the inner loop in that file.
    with_lines: ls
      \`with_lines\` is not taken: commands run in tasks
        -> Run the command with \`register\`, then loop over \`stdout_lines\`.
    vars_prompt: [{ name: x }]
      \`vars_prompt\` is not taken: a run never waits for answers
        -> Give the value on the command line: \`-e name=value\`, or \`-e @file.yaml\`.
    module_defaults: { file: {} }
      \`module_defaults\` is not taken: a task says all of its arguments
        -> Write the argument in the tasks, or use a variable.
    gather_subset: min
      \`gather_subset\` is not taken: facts are cheap and read when they are needed
        -> Remove it."
  `);
});

test('values of the wrong type on a task', () => {
  const keywords = [
    'retries: lots',
    'delay: soon',
    'timeout: soon',
    'throttle: 0',
    'ignore_errors: maybe',
    'become: 3',
    'run_once: "{{ x }}"',
    'any_errors_fatal: "{{ x }}"',
    'register: my-result',
    'register: hostvars',
    'register: "{{ x }}"',
    'tags: "{{ t }}"',
    'when: 5',
    'notify: { a: b }',
    'name: [a]',
    'vars: [a]',
    'vars: { my-var: 1, 9lives: 2 }',
    'environment: 5',
    'args: [a]',
    'args: { cmd: uname }',
    'undo: [a]',
    'undo: { copy: a }',
  ];

  expect(keywords.map(onTask).join('\n')).toMatchInlineSnapshot(`
    "retries: lots
      \`retries\` must be a whole number, not "lots"
    delay: soon
      \`delay\` must be seconds or a duration like "5m", not "soon"
    timeout: soon
      \`timeout\` must be seconds or a duration like "5m", not "soon"
    throttle: 0
      \`throttle\` must be a whole number from 1, not \`0\`
    ignore_errors: maybe
      \`ignore_errors\` must be yes, no or a template, not "maybe"
    become: 3
      \`become\` must be yes, no or a template, not \`3\`
    run_once: "{{ x }}"
      \`run_once\` cannot hold a template
        -> It is needed before any host is looked at.
    any_errors_fatal: "{{ x }}"
      \`any_errors_fatal\` cannot hold a template
        -> It is needed before any host is looked at.
    register: my-result
      \`my-result\` cannot be the name of a variable
        -> Use letters, digits and _: \`my_result\`.
    register: hostvars
      \`hostvars\` is set by k3sbox
        -> Choose another name.
    register: "{{ x }}"
      \`register\` cannot hold a template
        -> It is needed before any host is looked at.
    tags: "{{ t }}"
      \`tags\` cannot hold a template
        -> It is needed before any host is looked at.
    when: 5
      \`when\` must be a condition, like \`x == 1\`, not \`5\`
    notify: { a: b }
      \`notify\` must be a text, not a mapping
    name: [a]
      \`name\` must be a text, not a list
    vars: [a]
      \`vars\` must be a mapping, not a list
    vars: { my-var: 1, 9lives: 2 }
      \`my-var\` cannot be the name of a variable
        -> Use letters, digits and _: \`my_var\`.
      \`9lives\` cannot be the name of a variable
        -> Use letters, digits and _: \`_9lives\`.
    environment: 5
      \`environment\` must be a mapping of names to values
    args: [a]
      \`args\` must be a mapping, not a list
    args: { cmd: uname }
      \`cmd\` is given twice: here and with \`command\`
    undo: [a]
      \`undo\` must be a command, not a list
        -> Write \`undo: systemctl stop x\`, or \`undo: { command: ... }\`.
    undo: { copy: a }
      \`undo\` must be a command, not a mapping
        -> Write \`undo: systemctl stop x\`, or \`undo: { command: ... }\`."
  `);
});

test('loops that are none', () => {
  const keywords = [
    'loop: packages',
    'loop: { a: b }',
    'loop: 5',
    'with_dict: [a]',
    'with_itmes: [a]',
    'with_items: [a]\n  loop: [b]',
    'loop_control: { loop_var: x }',
    'loop: [a]\n  loop_control: { loopvar: x }',
    'loop: [a]\n  loop_control: { loop_var: my-item, pause: soon }',
  ];

  expect(keywords.map(onTask).join('\n')).toMatchInlineSnapshot(`
    "loop: packages
      \`loop\` must be a list, not a text
        -> A variable is written as "{{ packages }}".
    loop: { a: b }
      \`loop\` must be a list, not a mapping
    loop: 5
      \`loop\` must be a list, not \`5\`
    with_dict: [a]
      \`with_dict\` must be a mapping, not a list
    with_itmes: [a]
      there is no loop \`with_itmes\`
        -> Did you mean \`with_items\`?
    with_items: [a]
      loop: [b]
      a task has one loop: \`loop\` or \`with_items\`
    loop_control: { loop_var: x }
      \`loop_control\` needs a \`loop\` beside it
    loop: [a]
      loop_control: { loopvar: x }
      \`loop_control\` has no \`loopvar\`
        -> Did you mean \`loop_var\`?
    loop: [a]
      loop_control: { loop_var: my-item, pause: soon }
      \`my-item\` cannot be the name of a variable
        -> Use letters, digits and _: \`my_item\`.
      \`pause\` must be seconds or a duration like "5m""
  `);
});

test('values of the wrong type on a play', () => {
  const keywords = [
    'strategy: debug',
    'order: random',
    'serial: [1, 30 percent]',
    'max_fail_percentage: 101',
    'rollback: all',
    'gather_facts: maybe',
    'vars_files: missing.yaml',
    'vars_files: [{ a: b }]',
    'roles: common',
    'roles: [{ tags: x }]',
    'roles: ["{{ x }}"]',
    'roles: [5]',
    'when: x',
    'hosts: ""',
    'hosts: { a: b }',
    'import_playbook: "{{ x }}"',
  ];

  expect(keywords.map(onPlay).join('\n')).toMatchInlineSnapshot(`
    "strategy: debug
      \`strategy\` must be \`free\` or \`linear\`, not "debug"
    order: random
      \`order\` must be \`inventory\`, \`reverse_inventory\`, \`sorted\`, \`reverse_sorted\` or \`shuffle\`, not "random"
    serial: [1, 30 percent]
      \`serial\` must be a number of hosts or a share of them
        -> Write 3, "30%", or a list of them.
    max_fail_percentage: 101
      \`max_fail_percentage\` must be a number from 0 to 100
    rollback: all
      \`rollback\` must be \`host\` or \`none\`, not "all"
    gather_facts: maybe
      \`gather_facts\` must be yes or no, not "maybe"
    vars_files: missing.yaml
      there is no file missing.yaml
    vars_files: [{ a: b }]
      an entry of \`vars_files\` must be a file name, or a list of them: the first that exists
    roles: common
      \`roles\` must be a list, not "common"
    roles: [{ tags: x }]
      this entry names no role
        -> Write \`- role: common\`.
    roles: ["{{ x }}"]
      the name of a role cannot hold a template here
        -> Use \`include_role\` in the tasks.
    roles: [5]
      a role must be a name or a mapping, not \`5\`
    when: x
      a play has no \`when\`
        -> \`when\` belongs to a block, a task or a handler.
    hosts: ""
      \`hosts\` is empty
    hosts: { a: b }
      \`hosts\` must be a text, not a mapping
    import_playbook: "{{ x }}"
      an import_playbook entry has no \`hosts\`
        -> \`hosts\` belongs to a play.
      \`import_playbook\` must be the name of a file, without templates"
  `);
});

test('includes and imports that cannot be read', () => {
  const entries = [
    'import_tasks: missing.yaml',
    'import_tasks: "{{ x }}.yaml"',
    'import_tasks: { fiel: x }',
    'import_tasks: site.yaml',
    'import_tasks: site.yaml\n  loop: [a]',
    'include_tasks: missing.yaml',
    'include_tasks: missing.yaml\n  register: x',
    'include_tasks: missing.yaml\n  notify: x',
    'include_tasks:',
    'include_role: { name: missing }',
    'include_role: { name: missing, public: yes }',
    'import_role: { tasks_from: x }',
    'import_role: { name: "{{ x }}" }',
    'import_playbook: site.yaml',
    'include: tasks.yaml',
    'meta: flush_handler',
    'meta: refresh_inventory',
    'meta: noop\n  register: x',
  ];
  const printed = entries.map((entry) => `${entry}\n${indent(messages(problemsOfTasks(`- ${entry}`)), 2)}`);

  expect(printed.join('\n')).toMatchInlineSnapshot(`
    "import_tasks: missing.yaml
      there is no file "missing.yaml"
        -> Looked for missing.yaml, tasks/missing.yaml.
    import_tasks: "{{ x }}.yaml"
      \`file\` cannot hold a template: it is read before any host is looked at
        -> Use \`include_tasks\`.
    import_tasks: { fiel: x }
      \`import_tasks\` has no \`fiel\`
        -> Did you mean \`file\`?
      \`import_tasks\` does not say which file
    import_tasks: site.yaml
      site.yaml imports itself
        -> Use \`include_tasks\` with a condition that ends it.
    import_tasks: site.yaml
      loop: [a]
      an import has no \`loop\`
        -> \`loop\` belongs to a task or a handler.
      site.yaml imports itself
        -> Use \`include_tasks\` with a condition that ends it.
    include_tasks: missing.yaml
      there is no file "missing.yaml"
        -> Looked for missing.yaml, tasks/missing.yaml.
    include_tasks: missing.yaml
      register: x
      an include has no \`register\`
        -> \`register\` belongs to a task or a handler.
      there is no file "missing.yaml"
        -> Looked for missing.yaml, tasks/missing.yaml.
    include_tasks: missing.yaml
      notify: x
      an include has no \`notify\`
        -> \`notify\` belongs to a task or a handler.
      there is no file "missing.yaml"
        -> Looked for missing.yaml, tasks/missing.yaml.
    include_tasks:
      \`include_tasks\` does not say which file
    include_role: { name: missing }
      there is no role "missing"
        -> Looked in roles, ..
    include_role: { name: missing, public: yes }
      \`include_role\` has no \`public\`
        -> It takes name, tasks_from, vars_from, defaults_from, handlers_from, allow_duplicates, rolespec_validate, apply.
      there is no role "missing"
        -> Looked in roles, ..
    import_role: { tasks_from: x }
      \`import_role\` does not say which role
    import_role: { name: "{{ x }}" }
      \`name\` cannot hold a template: it is read before any host is looked at
        -> Use \`include_role\`.
    import_playbook: site.yaml
      \`import_playbook\` is not taken: it stands beside plays, not in them
        -> Use \`import_tasks\` for a file of tasks.
    include: tasks.yaml
      \`include\` is not taken: Ansible dropped it, too
        -> Write \`import_tasks\` (read at the start) or \`include_tasks\` (read when a host comes to it).
    meta: flush_handler
      there is no \`meta: flush_handler\`
        -> Did you mean \`flush_handlers\`?
    meta: refresh_inventory
      there is no \`meta: refresh_inventory\`
        -> Known are noop, end_host, end_batch, end_play, clear_facts, clear_host_errors, reset_connection.
    meta: noop
      register: x
      a meta task has no \`register\`
        -> \`register\` belongs to a task or a handler."
  `);
});

test('what cannot be a handler', () => {
  const handlers = ['- include_tasks: a.yaml', '- meta: flush_handlers', '- block: []', '- command: a\n  listn: b'];
  const printed = handlers.map((handler) =>
    messages(printedProblems(`- hosts: all\n  handlers:\n${indent(handler, 4)}`)),
  );

  expect(printed.join('\n')).toMatchInlineSnapshot(`
    "\`include_tasks\` cannot be a handler
      -> Use \`import_tasks\`, or notify several handlers.
    \`meta\` cannot be a handler
      -> Use \`import_tasks\`, or notify several handlers.
    a block cannot be a handler
      -> Write the handlers one by one; several can \`listen\` to one topic.
    a handler has no \`listn\`
      -> Did you mean \`listen\`?"
  `);
});

test('blocks that are none', () => {
  const blocks = ['- rescue: []', '- block: x', '- block: []\n  loop: [a]', '- block: []\n  register: x'];

  expect(blocks.map((block) => messages(problemsOfTasks(block))).join('\n')).toMatchInlineSnapshot(`
    "this block has no \`block:\`
    tasks must be a list, not a text
      -> Start each with \`- \`.
    a block has no \`loop\`
      -> \`loop\` belongs to a task or a handler.
    a block has no \`register\`
      -> \`register\` belongs to a task or a handler."
  `);
});

test('a file that imports itself, and a role that depends on itself', () => {
  const printed = printedProblems({
    'site.yaml': '- hosts: all\n  roles: [a]\n  tasks:\n    - import_tasks: loop.yaml\n- import_playbook: site.yaml\n',
    'loop.yaml': '- import_tasks: loop.yaml\n',
    'roles/a/meta/main.yaml': 'dependencies: [b]\n',
    'roles/b/meta/main.yaml': 'dependencies: [a]\n',
  });

  expect(printed).toMatchInlineSnapshot(`
    "roles/b/meta/main.yaml:1:16: the role a depends on itself
    > 1 | dependencies: [a]
        |                ~
      2 | 

    loop.yaml:1:17: loop.yaml imports itself
    > 1 | - import_tasks: loop.yaml
        |                 ~~~~~~~~~
      2 | 
      hint: Use \`include_tasks\` with a condition that ends it.

    site.yaml:5:20: site.yaml imports itself
      4 |     - import_tasks: loop.yaml
    > 5 | - import_playbook: site.yaml
        |                    ~~~~~~~~~
      6 | "
  `);
});

test('a role without the file that is asked for', () => {
  const printed = printedProblems({
    'site.yaml': '- hosts: all\n  tasks:\n    - import_role: { name: a, tasks_from: setup, vars_from: debian }\n',
    'roles/a/tasks/main.yaml': '[]\n',
  });

  expect(printed).toMatchInlineSnapshot(`
    "site.yaml:3:28: the role a has no file vars/debian
      2 |   tasks:
    > 3 |     - import_role: { name: a, tasks_from: setup, vars_from: debian }
        |                            ~
      4 | 
      hint: Looked for roles/a/vars/debian.yaml.

    site.yaml:3:28: the role a has no file tasks/setup
      2 |   tasks:
    > 3 |     - import_role: { name: a, tasks_from: setup, vars_from: debian }
        |                            ~
      4 | 
      hint: Looked for roles/a/tasks/setup.yaml."
  `);
});
