import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import { checkPlaybooks, loadRun } from '../../../src/plan/load.ts';
import type { LoadRequest } from '../../../src/plan/load.ts';
import { folderWith, outline, print } from '../../helpers/playbook-files.ts';

const files = {
  'site.yaml': `- name: Web
  hosts: "{{ where }}"
  vars: { where: web }
  serial: [1, 50%]
  order: reverse_sorted
  tasks:
    - { name: first, command: "echo {{ greeting }}", tags: greet }
    - { name: second, command: uname }
- name: Here
  hosts: localhost
  tasks:
    - { name: third, debug: { msg: "{{ hostvars.web1.greeting }} {{ groups.web }}" } }
`,
  'inventories/prod.ini': '[web]\nweb[1:5]\n[web:vars]\ngreeting=hello\n',
  'group_vars/web.yaml': 'greeting: "hello from {{ inventory_hostname }}"\n',
};

type Files = Readonly<Record<string, string>>;

function load(request: Partial<LoadRequest> = {}, all: Files = files) {
  return loadRun({ playbookFiles: ['site.yaml'], inventorySources: ['prod'], cwd: folderWith(all), ...request });
}

async function printedBy(all: Files): Promise<string> {
  const cwd = folderWith(all);
  try {
    await load({ cwd }, all);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return print(error.diagnostics, cwd);
    throw error;
  }
}

describe('a run', () => {
  test('has its plays with hosts, waves and variables', async () => {
    const { plays, warnings, files: store } = await load();
    const [web, here] = plays;

    expect(web?.waves).toEqual([['web5'], ['web4', 'web3'], ['web2', 'web1']]);
    expect(here?.waves).toEqual([['localhost']]);
    const scope = web?.scopeFor('web2', ['web2']);
    expect([scope?.scope().get('greeting'), scope?.explain('greeting')?.layer]).toEqual([
      'hello from web2',
      expect.stringContaining('web.yaml'),
    ]);
    expect(scope?.scope().get('ansible_play_batch')).toEqual(['web2']);
    expect([warnings, store.within([]).glob('files', '*')]).toEqual([[], []]);
  });

  test('goes on a part of the hosts and tasks', async () => {
    const { plays } = await load({ limit: 'web1,web4', tags: ['greet'] });

    expect(plays.map(({ hosts }) => hosts)).toEqual([['web4', 'web1'], []]);
    expect(outline(plays[0]?.play.body ?? [])).toEqual(['web/first', 'flush']);
  });

  test('starts at a task', async () => {
    const { plays } = await load({ startAt: 'second' });

    expect(outline(plays[0]?.play.body ?? [])).toEqual(['web/second', 'flush']);
  });

  test('lets extra variables choose hosts and win over all others', async () => {
    const { plays } = await load({ extraVars: { where: 'web[0]', greeting: 'from {{ where }}' } });

    expect(plays[0]?.hosts).toEqual(['web1']);
    expect(plays[0]?.scopeFor('web1', []).scope().get('greeting')).toBe('from web[0]');
  });

  test('lets hosts learn from each other, over plays', async () => {
    const { plays } = await load();
    plays[0]?.scopeFor('web1', []).set('token', { stdout: 'abc' });

    expect(plays[1]?.scopeFor('localhost', []).scope().get('hostvars')).toHaveProperty('web1.token.stdout', 'abc');
    expect(plays[0]?.scopeFor('web1', []).scope().get('token')).toEqual({ stdout: 'abc' });
  });
});

test.each(['localhost', '127.0.0.1'])('%s is there without an inventory', async (name) => {
  const { plays } = await load({ inventorySources: [] }, { 'site.yaml': `- hosts: "${name}"\n` });

  expect(plays[0]?.scopeFor(name, []).scope().get('inventory_hostname')).toBe(name);
});

describe('a selection that selects nothing is an error', () => {
  test.each<[Partial<LoadRequest>, string]>([
    [{ limit: 'web1:!web1' }, '--limit web1:!web1 leaves no host of any play'],
    [{ tags: ['greeet'] }, 'no task has the tag `greeet`'],
    [{ startAt: 'frist' }, 'there is no task "frist" to start at'],
    [{ limit: 'wbe1' }, '`wbe1` matches no host and no group'],
    [{ inventorySources: ['staging'] }, 'there is no inventory'],
  ])('%j', async (request, message) => {
    await expect(load(request)).rejects.toThrow(message);
  });
});

describe('everything wrong is told at once', () => {
  test('in playbooks, roles, inventories and on hosts', async () => {
    const printed = await printedBy({
      'site.yaml':
        '- hosts: web\n  roles: [r]\n  tasks:\n    - command: echo {{ nme }}\n- hosts: wbe\n- hosts: web\n  serial: "{{ n }}"\n',
      'roles/r/tasks/main.yaml': '- comand: x\n- copy: { dest: /x, src: gone }\n',
      'inventories/prod.ini': files['inventories/prod.ini'],
    });

    expect(printed).toMatchInlineSnapshot(`
      "roles/r/tasks/main.yaml:1:3: there is no module \`comand\`
      > 1 | - comand: x
          |   ~~~~~~
        2 | - copy: { dest: /x, src: gone }
        hint: Did you mean \`command\`?

      roles/r/tasks/main.yaml:2:26: there is no file "gone"
        1 | - comand: x
      > 2 | - copy: { dest: /x, src: gone }
          |                          ~~~~
        3 | 
        hint: Looked for roles/r/files/gone, roles/r/gone, roles/r/tasks/files/gone, roles/r/tasks/gone, files/gone, gone.

      site.yaml:4:24: \`nme\` is not defined
        3 |   tasks:
      > 4 |     - command: echo {{ nme }}
          |                        ~~~
        5 | - hosts: wbe

      site.yaml:5:10: \`wbe\` matches no host and no group
        4 |     - command: echo {{ nme }}
      > 5 | - hosts: wbe
          |          ~~~
        6 | - hosts: web
        hint: Did you mean \`web\`?

      site.yaml:7:15: \`n\` is not defined
        6 | - hosts: web
      > 7 |   serial: "{{ n }}"
          |               ~
        8 | 
        hint: Only extra variables (-e) and the play's own vars are known before hosts are chosen."
    `);
  });

  test('also when the inventory cannot be read', async () => {
    const printed = await printedBy({
      'site.yaml': '- hosts: web\n  taks: []\n',
      'inventories/prod.yaml': 'web:\n  hosts: [web1]\n',
    });

    expect(printed).toMatchInlineSnapshot(`
      "site.yaml:2:3: a play has no \`taks\`
        1 | - hosts: web
      > 2 |   taks: []
          |   ~~~~
        3 | 
        hint: Did you mean \`tasks\`?

      inventories/prod.yaml:2:10: \`hosts\` must be a mapping
        1 | web:
      > 2 |   hosts: [web1]
          |          ~~~~~~
        3 | 
        hint: Write \`web1:\` instead of \`- web1\`, a line for each."
    `);
  });
});

test('playbooks are checked without an inventory as far as that goes', async () => {
  const cwd = folderWith({
    'site.yaml':
      '- hosts: web\n  tasks:\n    - copy: { dst: /x, content: "{{ anything }}" }\n      notify: nobody\n    - command: echo {{ anything }}\n',
  });

  expect(print(await checkPlaybooks([join(cwd, 'site.yaml')], cwd), cwd)).toMatchInlineSnapshot(`
    "site.yaml:3:7: \`dest\` is missing (text)
      2 |   tasks:
    > 3 |     - copy: { dst: /x, content: "{{ anything }}" }
        |       ~~~~
      4 |       notify: nobody

    site.yaml:3:15: \`dst\` is not known here
      2 |   tasks:
    > 3 |     - copy: { dst: /x, content: "{{ anything }}" }
        |               ~~~
      4 |       notify: nobody
      hint: Did you mean \`dest\`?

    site.yaml:4:15: there is no handler "nobody"
      3 |     - copy: { dst: /x, content: "{{ anything }}" }
    > 4 |       notify: nobody
        |               ~~~~~~
      5 |     - command: echo {{ anything }}
      hint: The play has no handlers."
  `);
});
