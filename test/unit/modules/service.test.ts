import { expect, test } from 'vitest';

import { service } from '../../../src/modules/service.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const up = { active: true, enabled: true };
const down = { active: false, enabled: false };
const masked = { active: false, enabled: false, unitFileState: 'masked' };
const fixed = { active: true, enabled: false, unitFileState: 'static' };
const starting = { active: false, activeState: 'activating', enabled: true };
const none = undefined;

test.each([
  [down, { state: 'started', enabled: true }, ['enable', 'start']],
  [up, { state: 'started', enabled: true }, []],
  [up, { state: 'stopped', enabled: false }, ['disable', 'stop']],
  [down, { state: 'stopped', enabled: false }, []],
  [up, { state: 'restarted' }, ['restart']],
  [down, { state: 'restarted' }, ['start']],
  [up, { state: 'reloaded' }, ['reload']],
  [down, { state: 'reloaded' }, ['start']],
  [down, { enabled: true }, ['enable']],
  [down, {}, []],
  [up, { state: 'stopped', masked: true }, ['stop', 'mask']],
  [masked, { masked: true }, []],
  [masked, { masked: false, state: 'started' }, ['unmask', 'start']],
  [fixed, { enabled: true }, []],
  [fixed, { enabled: false }, []],
  [starting, { state: 'started' }, []],
  [starting, { state: 'stopped' }, ['stop']],
  [starting, { state: 'restarted' }, ['start']],
  [none, { state: 'started', enabled: true }, ['enable', 'start']],
  [none, { state: 'stopped', enabled: false }, []],
] as const)('%j with %j: %j', async (now, wanted, verbs) => {
  const host = { units: now === undefined ? {} : { 'sysbox.service': now } };

  const { steps } = await planModule(service, { name: 'sysbox', ...wanted }, { host });

  expect(steps.map(({ do: op }) => (op.kind === 'unit' ? op.verb : op.kind))).toEqual(verbs);
});

test('a restart is repeated once the old files are back', async () => {
  const { steps } = await planModule(
    service,
    { name: 'k3s.service', state: 'restarted', no_block: true },
    {
      host: { units: { 'k3s.service': up } },
    },
  );

  expect(steps).toEqual([
    {
      say: 'restart k3s.service',
      do: { kind: 'unit', unit: 'k3s.service', verb: 'restart', noBlock: true },
      againAfterUndo: true,
    },
  ]);
});

test.each([
  ['files are newer than what systemd knows', up, 0, ['let systemd read its unit files again']],
  ['systemd knows all files', up, 1, []],
  [
    'a task before has written its file',
    { ...up, needsDaemonReload: true },
    1,
    ['let systemd read its unit files again'],
  ],
  ['the unit is new', undefined, 1, ['let systemd read its unit files again', 'start a.service']],
])('daemon_reload: %s', async (_title, now, exitCode, says) => {
  const host = {
    units: now === undefined ? {} : { 'a.service': now },
    probes: [{ when: 'NeedDaemonReload', exitCode }],
  };
  const args = { name: 'a', daemon_reload: true, ...(now === undefined && { state: 'started' as const }) };

  expect(await saysOf(planModule(service, args, { host }))).toEqual(says);
});

test('daemon_reload alone needs no unit', async () => {
  const host = { probes: [{ when: 'NeedDaemonReload', exitCode: 0 }] };

  expect(await saysOf(planModule(service, { daemon_reload: true }, { host }))).toEqual([
    'let systemd read its unit files again',
  ]);
});

test('the result tells the state before, and a unit that does not exist is named', async () => {
  expect(await planModule(service, { name: 'rpcbind.socket', state: 'stopped' })).toEqual({
    steps: [],
    message: 'systemd knows no rpcbind.socket',
    result: {
      name: 'rpcbind.socket',
      state: 'stopped',
      status: { ActiveState: 'inactive', SubState: 'dead', UnitFileState: '' },
    },
  });
});

test.each([
  [{ state: 'started' }],
  [{}],
  [{ name: 'a', scope: 'user' }],
  [{ name: 'a b' }],
  [{ name: '../a' }],
  [{ name: 'a', state: 'running' }],
])('arguments %j are refused', (args) => {
  expect(service.args.safeParse(args).success).toBe(false);
});
