import { describe, expect, test } from 'vitest';

import { indent, loadFirstPlay, loadOneTask, printedProblems } from '../../helpers/playbook-files.ts';

function problemsOfTasks(tasks: string): string {
  return printedProblems(`- hosts: all\n  tasks:\n${indent(tasks, 4)}\n`);
}

describe('what YAML 1.2 reads otherwise than its users expect means what they expect', () => {
  test.each([
    ['mode: 0644', '0644'],
    ['mode: 0o644', '0o644'],
    ['mode: "0644"', '0644'],
    ['mode: 644', 644],
    ['remote_src: yes', 'yes'],
    ['version: 1.30', 1.3],
    ['port: 12:30:45', '12:30:45'],
    ['size: 1_000', '1_000'],
  ])('%s is %j', (argument, value) => {
    const task = loadOneTask(`- copy:\n    ${argument}`);

    expect(Object.values(task.args.value ?? {})).toEqual([value]);
  });

  test('yes and no are understood wherever a keyword wants one of them', () => {
    const { become, ignoreErrors } = loadOneTask('- command: x\n  become: yes\n  ignore_errors: Off');

    expect([become.become?.value, ignoreErrors?.value]).toEqual([true, false]);
  });

  test('a merge key brings the members of its mapping', () => {
    const play = loadFirstPlay(
      '- hosts: all\n  vars:\n    rights: &rights { owner: root, mode: 0600 }\n  tasks:\n    - copy:\n        <<: *rights\n        dest: /x\n',
    );

    expect(play.body[0]).toMatchObject({ args: { value: { owner: 'root', mode: '0600', dest: '/x' } } });
  });
});

describe('what cannot be meant is refused where it stands', () => {
  test('an unquoted template', () => {
    expect(problemsOfTasks('- copy:\n    dest: {{ target }}')).toMatchInlineSnapshot(`
      "site.yaml:4:15: a text that starts with \`{{\` must be quoted
        3 |     - copy:
      > 4 |         dest: {{ target }}
          |               ~~~~~~~~~~~~
        5 | 
        hint: Write "{{ target }}"."
    `);
  });

  test('a condition that YAML takes for a tag', () => {
    expect(problemsOfTasks('- command: x\n  when: !done')).toMatchInlineSnapshot(`
      "site.yaml:4:13: the tag \`!done\` is not known
        3 |     - command: x
      > 4 |       when: !done
          |             ~~~~~
        5 | 
        hint: Quote text that starts with \`!\`."
    `);
  });

  test('a key that is written twice', () => {
    expect(problemsOfTasks('- command: x\n  when: a\n  when: b')).toMatchInlineSnapshot(`
      "site.yaml:5:7: \`when\` is written twice here
        4 |       when: a
      > 5 |       when: b
          |       ~~~~
        6 | 
        hint: Remove one of them: the later one would silently win."
    `);
  });

  test('a tab', () => {
    expect(printedProblems('- hosts: all\n  tasks:\n\t- command: x\n')).toMatchInlineSnapshot(`
      "site.yaml:3:1: a tab is used for indentation
        2 |   tasks:
      > 3 |  - command: x
          | ~
        4 | 
        hint: Indent with spaces: YAML forbids tabs."
    `);
  });

  test('an alias without an anchor, and one that contains itself', () => {
    expect(printedProblems('- hosts: all\n  vars:\n    a: *b\n    c: &c [*c]\n')).toMatchInlineSnapshot(`
      "site.yaml:3:8: no anchor \`&b\` stands before this alias
        2 |   vars:
      > 3 |     a: *b
          |        ~~
        4 |     c: &c [*c]
        hint: Quote text that starts with \`*\`.

      site.yaml:4:12: \`*c\` refers to a value that it is part of
        3 |     a: *b
      > 4 |     c: &c [*c]
          |            ~~
        5 | "
    `);
  });

  test('an alias bomb', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const levels = names.slice(1).map((name, i) => `    ${name}: &${name} [${`*${names[i]},`.repeat(10)}]\n`);

    expect(printedProblems(`- hosts: all\n  vars:\n    a: &a [1,1]\n${levels.join('')}`)).toMatchInlineSnapshot(`
      "site.yaml:9:11: the aliases in this file expand to too many values
         8 |     f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e,]
      >  9 |     g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f,]
           |           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        10 |     h: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g,*g,]"
    `);
  });

  test('a colon in a text that is not quoted', () => {
    expect(problemsOfTasks('- debug: msg=the port: 80')).toMatchInlineSnapshot(`
      "site.yaml:3:14: a mapping cannot start on this line
        2 |   tasks:
      > 3 |     - debug: msg=the port: 80
          |              ~
        4 | 
        hint: Quote a text that holds ": ", or indent a nested mapping on the next line."
    `);
  });
});

describe('arguments as old playbooks write them', () => {
  test.each([
    ['- copy: src=a dest="/b c" mode=0644', { src: 'a', dest: '/b c', mode: '0644' }],
    ['- file: path={{ root }}/{{ name }} state=directory', { path: '{{ root }}/{{ name }}', state: 'directory' }],
    ['- command: make install chdir=/src', { cmd: 'make install', chdir: '/src' }],
    ['- command: make install\n  args:\n    chdir: /src', { cmd: 'make install', chdir: '/src' }],
    ['- command:\n    cmd: make\n  args: { chdir: /src }', { cmd: 'make', chdir: '/src' }],
    ['- shell: |\n    a=1\n    echo "$a"', { cmd: 'a=1\necho "$a"\n' }],
    ['- debug: msg="hello there"', { msg: 'hello there' }],
    ['- command: echo {{ x }} y=z', { cmd: 'echo {{ x }} y=z' }],
    ['- ansible.builtin.command: uname', { cmd: 'uname' }],
  ])('%s', (task, args) => {
    expect(loadOneTask(task).args.value).toEqual(args);
  });

  test('each argument knows its place', () => {
    const { args } = loadOneTask('- copy: src=a dest=/b\n  args:\n    mode: 0644');

    expect(args.at(['dest'])).toMatchObject({ line: 3, column: 19, length: 7 });
    expect(args.at(['mode'])).toMatchObject({ line: 5, column: 15, length: 4 });
    expect(args.keyAt(['mode'])).toMatchObject({ line: 5, column: 9, length: 4 });
    expect(args.at(['owner'])).toMatchObject({ line: 3, column: 7, length: 4 });
  });

  test('a text is refused where only a mapping makes sense', () => {
    expect(problemsOfTasks('- copy: "{{ arguments }}"\n- file: /etc/motd')).toMatchInlineSnapshot(`
      "site.yaml:3:14: the arguments of \`copy\` must be a mapping, not a text
        2 |   tasks:
      > 3 |     - copy: "{{ arguments }}"
          |              ~~~~~~~~~~~~~~~
        4 |     - file: /etc/motd
        hint: Write each argument, with a template as its value.

      site.yaml:4:13: the arguments of \`file\` must be a mapping, not a text
        3 |     - copy: "{{ arguments }}"
      > 4 |     - file: /etc/motd
          |             ~~~~~~~~~
        5 | 
        hint: Write \`name: value\` on lines of their own."
    `);
  });
});
