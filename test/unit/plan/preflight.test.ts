import { describe, expect, test } from 'vitest';

import { findModule, moduleNames } from '../../../src/modules/index.ts';
import { FileStore } from '../../../src/plan/local-files.ts';
import { preflight } from '../../../src/plan/preflight.ts';
import { indent, loadSite, print } from '../../helpers/playbook-files.ts';
import { runVariables, scopeIn } from '../../helpers/run-variables.ts';

type Files = Readonly<Record<string, string>>;

/** Everything that is printed for these files on these hosts. */
async function problemsOf(files: Files, hosts: Files = { web1: '' }): Promise<string> {
  const { plays, folder } = loadSite(files, { find: findModule, names: moduleNames });
  const run = runVariables(hosts);
  const names = Object.keys(hosts);
  const found = await preflight(
    plays.map((play) => ({ play, hosts: names, scopeFor: (name) => scopeIn(run, name, play) })),
    run,
    new FileStore(),
  );
  return print(found, folder);
}

/** The messages alone, with their lines. */
async function messagesOf(
  tasks: string,
  { files = {}, hosts = { web1: '' }, play = '' }: { files?: Files; hosts?: Files; play?: string } = {},
) {
  const printed = await problemsOf(
    { 'site.yaml': `- hosts: all\n${play}  tasks:\n${indent(tasks, 4)}\n`, ...files },
    hosts,
  );
  return printed.split('\n').flatMap((line) => /^\S+?:\d+:\d+: (.*)$/.exec(line)?.[1] ?? []);
}

describe('on all hosts, before any is reached', () => {
  test('arguments, templates, local files, handlers and includes are checked, all of them at once', async () => {
    const printed = await problemsOf({
      'site.yaml': `- hosts: all
  vars: { port: 80 }
  tasks:
    - copy: { src: missing.conf, dest: /etc/x, mod: "0644" }
    - copy: { src: missing.conf, dest: "/etc/{{ prt }}" }
    - copy: { src: missing.conf, dest: "/etc/{{ port }}" }
      notify: restrat
    - template: { src: app.hbs, dest: /etc/app }
    - include_role: { name: web }
  handlers:
    - { name: restart, service: { name: x, state: bounced } }
`,
      'templates/app.hbs': 'listen {{ port }}\nname {{ nme }}\n',
      'roles/web/tasks/main.yaml': '- service: { name: "{{ unit }}", state: started }\n',
    });

    expect(printed).toMatchInlineSnapshot(`
      "site.yaml:4:48: \`mod\` is not known here
        3 |   tasks:
      > 4 |     - copy: { src: missing.conf, dest: /etc/x, mod: "0644" }
          |                                                ~~~
        5 |     - copy: { src: missing.conf, dest: "/etc/{{ prt }}" }
        hint: Did you mean \`mode\`?

      site.yaml:7:15: there is no handler "restrat"
        6 |     - copy: { src: missing.conf, dest: "/etc/{{ port }}" }
      > 7 |       notify: restrat
          |               ~~~~~~~
        8 |     - template: { src: app.hbs, dest: /etc/app }
        hint: Did you mean \`restart\`?

      site.yaml:11:51: \`state\` must be one of started, stopped, restarted, reloaded
        10 |   handlers:
      > 11 |     - { name: restart, service: { name: x, state: bounced } }
           |                                                   ~~~~~~~
        12 | 

      site.yaml:5:49: \`prt\` is not defined
        4 |     - copy: { src: missing.conf, dest: /etc/x, mod: "0644" }
      > 5 |     - copy: { src: missing.conf, dest: "/etc/{{ prt }}" }
          |                                                 ~~~
        6 |     - copy: { src: missing.conf, dest: "/etc/{{ port }}" }
        hint: Did you mean \`port\`?

      site.yaml:6:20: there is no file "missing.conf"
        5 |     - copy: { src: missing.conf, dest: "/etc/{{ prt }}" }
      > 6 |     - copy: { src: missing.conf, dest: "/etc/{{ port }}" }
          |                    ~~~~~~~~~~~~
        7 |       notify: restrat
        hint: Looked for files/missing.conf, missing.conf.

      templates/app.hbs:2:9: \`nme\` is not defined
        1 | listen {{ port }}
      > 2 | name {{ nme }}
          |         ~~~
        3 | 

      roles/web/tasks/main.yaml:1:24: \`unit\` is not defined
      > 1 | - service: { name: "{{ unit }}", state: started }
          |                        ~~~~
        2 | "
    `);
  });

  test.each([
    [
      'a condition that is neither true nor false',
      '- command: x\n  when: name',
      ['the condition is the text "web", which is neither true nor false'],
    ],
    ['a condition with a variable nobody knows', '- command: x\n  when: nme == "web"', ['`nme` is not defined']],
    ['a loop over no list', '- command: x\n  loop: "{{ name }}"', ['`loop` needs a list, and this is a text']],
    [
      'an item',
      '- copy: { content: x, dest: "{{ item.dst }}" }\n  loop: [{ dst: /a }, { dst: b }, { dest: /c }]',
      ['`dest` must be an absolute path on the host (or start with ~), in one line', '`item` has no member `dst`'],
    ],
    ['a keyword', '- command: x\n  environment: { A: "{{ a }}" }\n  become_user: "{{ b }}"', ['`a` is not defined']],
    ['a notification', '- command: x\n  notify: "restart {{ name }}"', ['there is no handler "restart web"']],
  ])('%s', async (_title, tasks, messages) => {
    expect(await messagesOf(tasks, { play: '  vars: { name: web }\n' })).toEqual(messages);
  });
});

describe('what only the run can know is left for it', () => {
  test.each([
    ['facts', '- command: echo {{ ansible_kernel }} {{ ansible_facts.x }}'],
    ['a registered result', '- command: x\n  register: r\n- command: echo {{ r.stdout.nothing }}\n  when: r.rc == 0'],
    ['a variable that a task sets', '- set_fact: { later: "{{ 1 }}" }\n- command: echo {{ later.x }}'],
    ['what depends on one', '- command: x\n  register: r\n- command: echo {{ derived }}'],
    ['other hosts', '- command: echo {{ hostvars.db.anything }}'],
    [
      'a loop over a result',
      '- command: x\n  register: r\n- copy: { content: x, dest: "{{ item }}" }\n  loop: "{{ r.stdout_lines }}"',
    ],
    [
      'what stands behind a condition on facts',
      '- command: echo {{ nobody_knows }}\n  when: ansible_os_family == "Debian"',
    ],
    ['variables from a file that is not known', '- include_vars: vars.yaml\n- command: echo {{ from_file }}'],
    ['an include that is not known', '- command: x\n  register: r\n- include_tasks: "{{ r.stdout }}.yaml"'],
    ['a rescue', '- block: [{ command: x }]\n  rescue: [{ command: "echo {{ ansible_failed_result.msg }}" }]'],
  ])('%s', async (_title, tasks) => {
    const files = { 'vars.yaml': 'from_file: 1\n' };

    expect(await messagesOf(tasks, { files, play: '  vars: { derived: "{{ r.stdout }}" }\n' })).toEqual([]);
  });

  test('but what it does not depend on is checked', async () => {
    expect(await messagesOf('- copy: { src: gone, dest: /x }\n  when: ansible_kernel == "6"')).toEqual([
      'there is no file "gone"',
    ]);
  });
});

describe('conditions and includes', () => {
  test('a task that does not run on a host is not checked there', async () => {
    expect(await messagesOf('- command: echo {{ nobody_knows }}\n  when: false')).toEqual([]);
    expect(await messagesOf('- copy: { src: "{{ item }}", dest: /x }\n  loop: [gone]\n  when: item != "gone"')).toEqual(
      [],
    );
  });

  test('an include is checked on the hosts that come to it', async () => {
    const files = { 'inner.yaml': '- command: echo {{ port }}\n' };
    const hosts = { web1: 'wanted: yes\nport: 80', web2: 'wanted: no' };

    expect(await messagesOf('- include_tasks: inner.yaml\n  when: bool(wanted)', { files, hosts })).toEqual([]);
    expect(await messagesOf('- include_tasks: inner.yaml', { files, hosts })).toEqual([
      '`port` is not defined on web2',
    ]);
  });

  test('an include whose name is known on each host is read for each', async () => {
    const files = { 'a.yaml': '- command: echo {{ item }}\n', 'b.yaml': '- comand: x\n' };
    const tasks = '- include_tasks: "{{ item }}.yaml"\n  loop: "{{ kinds }}"';

    expect(await messagesOf(tasks, { files, hosts: { web1: 'kinds: [a, c]', web2: 'kinds: [b]' } })).toEqual([
      'there is no file "c.yaml" on web1',
      'there is no module `comand` on web2',
    ]);
  });
});

describe('with many hosts', () => {
  test('a problem is told once, with the hosts that have it', async () => {
    const hosts = { web1: 'mode: "0644"', web2: 'mode: rw', web3: 'mode: rw', web4: 'mode: rw', web5: '' };

    expect(await messagesOf('- copy: { content: x, dest: /x, mode: "{{ mode }}" }', { hosts })).toEqual([
      '`mode` must be octal digits in quotes ("0644") or symbolic ("u=rw,go=r") on web2 and 2 others',
      '`mode` is not defined on web5',
    ]);
  });

  test('hosts that differ in nothing a task needs are looked at once', async () => {
    const hosts = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`web${i}`, `address: 10.0.0.${i}\nport: 80`]),
    );
    const tasks = Array.from({ length: 100 }, (_, i) => `- copy: { content: "${i} {{ port }}", dest: /x }`).join('\n');

    const begun = performance.now();
    expect(await messagesOf(tasks, { hosts })).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
