import type { RunEvent } from '../../src/base/event.ts';

const at = { file: 'site.yaml', line: 12, column: 7, length: 4 };

export const on = (host: string, id: string, task = id) => ({
  host,
  id,
  task,
  at: { ...at, line: at.line + id.length },
});

const counts = { ok: 2, changed: 1, skipped: 1, failed: 0, undone: 0 };

/** What happens to a host on which all goes well. */
function goodHost(host: string): RunEvent[] {
  return [
    { type: 'host-connected', host, elapsedMs: 84 },
    { type: 'task-started', ...on(host, 'pkg', 'Install packages') },
    { type: 'task-ended', ...on(host, 'pkg', 'Install packages'), module: 'apt', status: 'ok', elapsedMs: 310 },
    { type: 'task-started', ...on(host, 'conf', 'Write the config') },
    {
      type: 'step-intended',
      ...on(host, 'conf', 'Write the config'),
      step: '1',
      say: 'write /etc/x',
      reversible: true,
    },
    { type: 'step-done', ...on(host, 'conf', 'Write the config'), step: '1', say: 'write /etc/x', changed: true },
    {
      type: 'task-ended',
      ...on(host, 'conf', 'Write the config'),
      module: 'copy',
      status: 'changed',
      elapsedMs: 1234,
      steps: [{ say: 'write /etc/x', reversible: true, diff: { of: '/etc/x', before: 'a\n', after: 'b\n' } }],
    },
    { type: 'task-ended', ...on(host, 'skip', 'Only on Debian'), module: 'apt', status: 'skipped', elapsedMs: 0 },
  ];
}

/** n1 and n2 change, n3 fails and goes back, n4 is not there. */
export const recordedRun: readonly RunEvent[] = [
  {
    type: 'run-started',
    run: '20261122-103012-4f2a',
    mode: 'run',
    title: 'site.yaml',
    hosts: ['n1', 'n2', 'n3', 'n4'],
    time: '2026-11-22T10:30:12.000Z',
  },
  { type: 'play-started', play: 'Sysbox on K3s', hosts: ['n1', 'n2', 'n3', 'n4'] },
  { type: 'wave-started', play: 'Sysbox on K3s', wave: 1, waves: 2, hosts: ['n1', 'n2'] },
  ...goodHost('n1'),
  ...goodHost('n2'),
  { type: 'wave-started', play: 'Sysbox on K3s', wave: 2, waves: 2, hosts: ['n3', 'n4'] },
  ...goodHost('n3'),
  { type: 'task-started', ...on('n3', 'start', 'Start K3s') },
  { type: 'step-intended', ...on('n3', 'start', 'Start K3s'), step: '2', say: 'start k3s', reversible: true },
  { type: 'task-output', ...on('n3', 'start', 'Start K3s'), stream: 'stderr', text: 'Job for k3s\u001b[31m fai' },
  { type: 'task-output', ...on('n3', 'start', 'Start K3s'), stream: 'stderr', text: 'led\u001b[0m\nno newline' },
  { type: 'task-retried', ...on('n3', 'start', 'Start K3s'), attempt: 2, of: 3, message: 'not active' },
  {
    type: 'task-ended',
    ...on('n3', 'start', 'Start K3s'),
    module: 'service',
    status: 'failed',
    elapsedMs: 65_000,
    result: { rc: 127 },
    error: {
      code: 'task-failed',
      message: 'start k3s exited with 127',
      command: 'systemctl start k3s',
      output: 'sh: systemctl:\u001b]0;owned\u0007 not found\n\u001b[2Jsecond line\r\n',
      hint: 'Look at `journalctl -u k3s`.',
    },
  },
  { type: 'rollback-started', host: 'n3', steps: 2 },
  { type: 'undo-done', host: 'n3', step: '2', say: 'stop k3s' },
  { type: 'undo-done', host: 'n3', step: '1', say: 'restore /etc/x' },
  { type: 'rollback-ended', host: 'n3', undone: 2, failed: 0 },
  { type: 'host-ended', host: 'n1', status: 'ok', ...counts, roundTrips: 2 },
  { type: 'host-ended', host: 'n2', status: 'ok', ...counts, roundTrips: 2 },
  {
    type: 'host-ended',
    host: 'n3',
    status: 'rolled-back',
    ...counts,
    failed: 1,
    undone: 2,
    roundTrips: 4,
    error: { code: 'task-failed', message: 'start k3s exited with 127' },
  },
  {
    type: 'host-ended',
    host: 'n4',
    status: 'unreachable',
    ok: 0,
    changed: 0,
    skipped: 0,
    failed: 0,
    undone: 0,
    roundTrips: 0,
    error: { code: 'unreachable', message: 'no route to host', hint: 'Is it switched on?' },
  },
  { type: 'warning', message: 'variable `x` is never used', hint: 'Remove it.' },
  {
    type: 'run-finished',
    run: '20261122-103012-4f2a',
    exitCode: 5,
    time: '2026-11-22T10:32:14.000Z',
    hosts: {
      n1: { status: 'ok', ...counts },
      n2: { status: 'ok', ...counts },
      n3: { status: 'rolled-back', ...counts, failed: 1, undone: 2 },
      n4: { status: 'unreachable', ok: 0, changed: 0, skipped: 0, failed: 0, undone: 0 },
    },
  },
];

/** A dry run: n1 to n3 alike, n4 with nothing to do, n5 not there. */
export const recordedPlan: readonly RunEvent[] = [
  { type: 'run-started', run: 'r', mode: 'plan', title: 'site.yaml', hosts: ['n1', 'n2', 'n3', 'n4', 'n5'] },
  ...['n1', 'n2', 'n3'].flatMap((host): RunEvent[] => [
    { type: 'task-planned', ...on(host, 'pkg', 'Install packages'), module: 'apt', action: 'none', steps: [] },
    {
      type: 'task-planned',
      ...on(host, 'conf', 'Write the config'),
      module: 'copy',
      action: 'change',
      steps: [{ say: 'write /etc/x', reversible: true, diff: { of: '/etc/x', before: 'a\n', after: 'b\n' } }],
    },
    {
      type: 'task-planned',
      ...on(host, 'boot', 'Restart the machine'),
      module: 'reboot',
      action: 'change',
      steps: [{ say: 'restart the machine', reversible: false }],
    },
    {
      type: 'task-planned',
      ...on(host, 'join', 'Join the cluster'),
      module: 'command',
      action: 'unknown',
      steps: [],
      note: 'depends on `token.stdout`',
    },
  ]),
  { type: 'task-planned', ...on('n4', 'pkg', 'Install packages'), module: 'apt', action: 'none', steps: [] },
  { type: 'task-planned', ...on('n4', 'x', 'Only on Debian'), module: 'apt', action: 'skip', steps: [] },
  {
    type: 'host-ended',
    host: 'n5',
    status: 'unreachable',
    ok: 0,
    changed: 0,
    skipped: 0,
    failed: 0,
    undone: 0,
    roundTrips: 0,
    error: { code: 'unreachable', message: 'no route to host' },
  },
  { type: 'run-finished', run: 'r', exitCode: 4, hosts: {} },
];
