import { expect, test } from 'vitest';

import { notifiedBy } from '../../../src/plan/handlers.ts';
import { loadFirstPlay } from '../../helpers/playbook-files.ts';

const play = () =>
  loadFirstPlay({
    'site.yaml': `- hosts: all
  roles: [a, b]
  handlers:
    - { name: restart web, command: x }
    - { name: restart web, command: y }
    - { name: reload, command: x, listen: web things }
    - { name: flush caches, command: x, listen: [web things, restart web] }
`,
    'roles/a/handlers/main.yaml': '- { name: restart, command: x }\n',
    'roles/b/handlers/main.yaml': '- { name: restart, command: x }\n',
    'roles/b/tasks/main.yaml': '- { name: of b, command: x }\n',
  });

test.each([
  ['reload', ['all/handlers/reload']],
  ['restart web', ['all/handlers/restart-web', 'all/handlers/flush-caches']],
  ['web things', ['all/handlers/reload', 'all/handlers/flush-caches']],
  ['restart', ['all/a/handlers/restart']],
  ['b : restart', ['all/b/handlers/restart']],
  ['unknown', []],
])('"%s" means %j: the first of that name, and all that listen', (name, ids) => {
  expect(notifiedBy(name, play().handlers, { roles: [] }).map(({ id }) => id)).toEqual(ids);
});

test('a task of a role means its own handler first', () => {
  const { handlers, body } = play();
  const task = body.find((node) => node.kind === 'task' && node.name === 'of b');

  expect(task?.kind === 'task' && notifiedBy('restart', handlers, task).map(({ id }) => id)).toEqual([
    'all/b/handlers/restart',
  ]);
});
