import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { K3sboxError } from '../../../src/base/errors.ts';
import type { RunEvent } from '../../../src/base/event.ts';
import type { Query } from '../../../src/host/query.ts';
import { modules } from '../../../src/modules/index.ts';
import { loadRun } from '../../../src/plan/load.ts';
import { offlineAnswer } from '../../../src/run/offline-answers.ts';
import { planSegment } from '../../../src/run/plan-segment.ts';
import { LocalBackend } from '../../../src/run/fleet/local-backend.ts';
import { runPlaybook } from '../../../src/run/run.ts';
import { planModule } from '../../helpers/plan-module.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-offline-'));
  writeFileSync(join(cwd, 'hosts.yaml'), 'all: {hosts: {n1: {greeting: hello}}}\n');
});

afterEach(() => rmSync(cwd, { recursive: true }));

/** Plans these tasks on n1 without a connection: each task's name, action and note. */
async function planOffline(...tasks: readonly string[]) {
  const site = `- hosts: all\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join('')}`;
  writeFileSync(join(cwd, 'site.yaml'), site);
  const loaded = await loadRun({
    playbookFiles: ['site.yaml'],
    inventorySources: ['hosts.yaml'],
    cwd,
    checkMode: true,
  });
  const events: RunEvent[] = [];
  let connected = 0;
  const never = new AbortController().signal;
  const { exitCode } = await runPlaybook({
    backend: LocalBackend.unrecorded(),
    run: 'r',
    mode: 'plan',
    title: 'site.yaml',
    plays: loaded.plays,
    connectionOf: (host) => ({
      transport: 'ssh2',
      host,
      address: host,
      knownHostsFiles: [],
      pinnedHostKeys: [],
      sshArguments: [],
      connectTimeoutMs: 1,
      useSshConfig: false,
      become: { enabled: true, method: 'sudo', user: 'root', exe: 'sudo' },
    }),
    filesFor: ({ folders }) => loaded.files.within(folders),
    connect: async () => {
      connected++;
      throw new Error('there is nobody');
    },
    owner: { run: 'r', owner: 'me', started: '' },
    forks: 1,
    rollback: true,
    emit: (event) => void events.push(event),
    journaled: () => Promise.resolve(),
    signal: never,
    detach: never,
    offline: true,
  });
  expect({ connected, exitCode }).toEqual({ connected: 0, exitCode: 0 });
  return events.filter((event) => event.type === 'task-planned');
}

const asked = 'as if nothing were there: the host was not asked';

describe('without a connection', () => {
  test('what would be written is shown, rendered for the host, and not said to be needed', async () => {
    writeFileSync(join(cwd, 'motd.hbs'), '{{greeting}} {{inventory_hostname}}\n');
    const [task] = await planOffline('template: {src: motd.hbs, dest: /etc/motd}');

    expect(task).toMatchObject({
      action: 'unknown',
      note: asked,
      steps: [{ say: 'write /etc/motd', diff: { of: '/etc/motd', before: '', after: 'hello n1\n' } }],
    });
  });

  test.each<[title: string, tasks: readonly string[], expected: readonly object[]]>([
    ['a command that asks nothing is a change', ['command: make'], [{ action: 'change' }]],
    ['conditions that are known are decided', ['{ping: , when: greeting == "bye"}'], [{ action: 'skip' }]],
    [
      'also beside one that is not',
      ['{ping: , when: [ansible_os_family == "Debian", greeting == "bye"]}'],
      [{ action: 'skip', note: 'the condition is false' }],
    ],
    [
      'facts are not known',
      ['{ping: , when: ansible_os_family == "Debian"}', 'debug: {msg: "{{ansible_facts.kernel}}"}'],
      [
        { action: 'unknown', note: 'it depends on ansible_os_family' },
        { action: 'unknown', note: 'it depends on ansible_facts' },
      ],
    ],
    [
      'what a task registers is not known when it has looked',
      ['{stat: {path: /a}, register: a}', '{ping: , when: a.stat.exists}'],
      [
        { action: 'unknown', note: asked },
        { action: 'unknown', note: 'it depends on a' },
      ],
    ],
    [
      'what needs no host is known',
      ['set_fact: {a: 1}', '{debug: {msg: x}, when: a == 1}', '{debug: {msg: x}, when: a == 2}'],
      [{ action: 'none' }, { action: 'none' }, { action: 'skip' }],
    ],
    [
      'a task that cannot be planned says why',
      ['lineinfile: {path: /etc/x, line: a}'],
      [{ action: 'unknown', note: expect.stringMatching(/^cannot be planned without asking the host: /) }],
    ],
    [
      'what the tasks before have made is there',
      ['copy: {dest: /etc/x, content: "a\\n"}', 'lineinfile: {path: /etc/x, line: b}'],
      [{ action: 'unknown' }, { action: 'unknown', steps: [{ diff: { before: 'a\n', after: 'a\nb\n' } }] }],
    ],
    [
      'units are shown at rest',
      ['service: {name: x, state: started, enabled: true}'],
      [{ action: 'unknown', steps: [{ say: 'enable x.service' }, { say: 'start x.service' }] }],
    ],
  ])('%s', async (_title, tasks, expected) => {
    expect(await planOffline(...tasks)).toMatchObject(expected);
  });

  test('an include that depends on a fact is known after apply, and one of a known file is looked into', async () => {
    writeFileSync(join(cwd, 'more.yaml'), '- command: make\n');
    const planned = await planOffline(
      '{include_tasks: more.yaml, when: ansible_os_family == "Debian"}',
      '{include_tasks: "{{ansible_os_family}}.yaml"}',
      '{include_tasks: more.yaml, when: [ansible_os_family == "Debian", greeting == "bye"]}',
    );

    expect(planned).toMatchObject([
      { module: 'command', action: 'unknown', note: 'it depends on ansible_os_family', steps: [{ say: 'run make' }] },
      { module: 'include_tasks', action: 'unknown', note: 'it depends on ansible_os_family', steps: [] },
    ]);
  });
});

test('every example of every module is planned without a host, or says why not', async () => {
  const bugs: string[] = [];
  for (const module of modules) {
    for (const { args, title } of module.examples) {
      const { failure } = await planExample(module, args);
      if (failure !== undefined && !(failure.error instanceof K3sboxError)) bugs.push(`${module.name}: ${title}`);
    }
  }

  expect(bugs).toEqual([]);
});

type AnyModule = (typeof modules)[number];
type Reader = Parameters<AnyModule['plan']>[0]['host'];

function planExample(module: AnyModule, args: AnyModule['examples'][number]['args']) {
  const item = {
    plan: async (host: Reader) => planModule(module, args, { host: { asked: [], ...bound(host) } }),
  };
  return planSegment([item], { host: 'n1', user: 'root', read: answerOffline });
}

async function answerOffline(queries: readonly Query[]) {
  return queries.map(offlineAnswer);
}

/** A class's methods as an object's. */
function bound(host: Reader) {
  return {
    name: host.name,
    path: host.path.bind(host),
    tree: host.tree.bind(host),
    unit: host.unit.bind(host),
    package: host.package.bind(host),
    user: host.user.bind(host),
    group: host.group.bind(host),
    probe: host.probe.bind(host),
    facts: host.facts.bind(host),
  };
}
