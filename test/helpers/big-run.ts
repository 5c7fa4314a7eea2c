import type { HostSummary, RunEvent } from '../../src/base/event.ts';

export interface BigRun {
  readonly hosts: number;
  readonly tasks: number;
}

interface HostState {
  readonly host: string;
  atMs: number;
  readonly counts: { ok: number; changed: number; skipped: number; failed: number; undone: number };
  steps: number;
}

type Ended = Extract<RunEvent, { type: 'task-ended' }>;

const began = Date.UTC(2026, 10, 22, 10, 30);
const plays = ['Look at every node', 'Install Sysbox', 'Put nodes into service'];
const taskNames = [
  'Read the release',
  'Write the unit',
  'Install packages',
  'Load the modules',
  'Start the service',
  'Wait until Ready',
];

/**
 * A rollout in waves of a fifth each: most hosts change and end well, every 40th fails at a task and goes back, every 97th cannot be
 * reached. The same for the same numbers.
 */
export function bigRun({ hosts, tasks }: BigRun): readonly RunEvent[] {
  const width = String(hosts).length;
  const names = Array.from({ length: hosts }, (_, i) => `node-${String(i + 1).padStart(width, '0')}.example`);
  const waves = Array.from({ length: 5 }, (_, i) => names.slice((i * hosts) / 5, ((i + 1) * hosts) / 5));
  const states = new Map<string, HostState>();
  const events: RunEvent[] = [
    {
      type: 'run-started',
      run: '20261122-103000-b16b',
      mode: 'run',
      title: 'playbooks/sysbox.yaml',
      hosts: names,
      time: iso(0),
    },
  ];
  let nowMs = 0;
  for (const [p, play] of plays.entries()) {
    events.push({ type: 'play-started', play, hosts: names, time: iso(nowMs) });
    for (const [w, wave] of (p === 2 ? waves : [names]).entries()) {
      if (p === 2) events.push({ type: 'wave-started', play, wave: w + 1, waves: 5, hosts: wave, time: iso(nowMs) });
      const told = wave.flatMap((host) => {
        const state = states.get(host) ?? newState(host);
        states.set(host, state);
        state.atMs = Math.max(nowMs, state.atMs);
        return partOf(state, p, Math.ceil(tasks / 3), names.indexOf(host));
      });
      const inTime = told.toSorted((a, b) => a.atMs - b.atMs);
      for (const { event, atMs } of inTime) events.push({ ...event, time: iso(atMs) });
      nowMs = Math.max(nowMs, ...wave.map((host) => states.get(host)?.atMs ?? 0)) + 200;
    }
  }
  return [...events, ...endOf([...states.values()], nowMs)];
}

function newState(host: string): HostState {
  return { host, atMs: 0, counts: { ok: 0, changed: 0, skipped: 0, failed: 0, undone: 0 }, steps: 0 };
}

interface Timed {
  readonly event: RunEvent;
  readonly atMs: number;
}

function partOf(state: HostState, play: number, tasks: number, index: number): Timed[] {
  const isAway = index % 97 === 96;
  const isOut = isAway || state.counts.failed > 0;
  if (isOut) return [];
  const failsAt = play === 2 && index % 40 === 39 ? Math.floor(tasks / 2) : -1;
  const events: Timed[] =
    play === 0 ? [{ event: { type: 'host-connected', host: state.host, elapsedMs: 90 }, atMs: state.atMs }] : [];
  for (let t = 0; t < tasks; t++) {
    events.push(...taskOf(state, play, t, t === failsAt));
    if (t === failsAt) return [...events, ...rollbackOf(state)];
  }
  return events;
}

function taskOf(state: HostState, play: number, t: number, fails: boolean): Timed[] {
  const { host, counts } = state;
  const name = `${taskNames[t % taskNames.length] ?? ''} ${play + 1}.${t + 1}`;
  const on = {
    host,
    id: `${play}/${t}`,
    task: name,
    at: { file: 'playbooks/sysbox.yaml', line: 10 + t, column: 7, length: 4 },
  };
  const kind = (t * 7 + play * 3) % 5;
  const elapsedMs = kind === 0 ? 0 : 100 + ((t * 37 + host.length * 11 + counts.ok * 13 + state.atMs) % 900);
  const status = fails ? 'failed' : kindOf(kind);
  const startMs = state.atMs;
  state.atMs += elapsedMs + 3;
  counts[status]++;
  const ended: Ended = { type: 'task-ended', ...on, module: 'copy', status, elapsedMs };
  if (status === 'failed') {
    const error = {
      code: 'task-failed',
      message: 'exit code 1: the node did not become Ready in 60s',
      command: 'k3s kubectl wait --for=condition=Ready node --all',
      output: `error: timed out waiting for the condition on nodes/${host}\n`,
      hint: 'Look at `journalctl -u k3s`.',
    } as const;
    const output = { type: 'task-output', ...on, stream: 'stderr', text: 'waiting for the node\n'.repeat(30) } as const;
    return [
      { event: { type: 'task-started', ...on }, atMs: startMs },
      { event: output, atMs: startMs },
      { event: { ...ended, result: { rc: 1 }, error }, atMs: state.atMs },
    ];
  }
  if (status !== 'changed') return [{ event: ended, atMs: state.atMs }];
  const step = String(state.steps++).padStart(4, '0');
  const say = `write /etc/k3sbox/${play}-${t}.conf (mode 644)`;
  const after = `node = ${t % 2 === 0 ? host : 'any'}\nversion = 2\nkeep = yes\n`;
  const diff = { of: `/etc/k3sbox/${play}-${t}.conf`, before: 'version = 1\nkeep = yes\n', after };
  return [
    { event: { type: 'task-started', ...on }, atMs: startMs },
    { event: { type: 'step-intended', ...on, step, say, reversible: true }, atMs: startMs },
    { event: { type: 'step-done', ...on, step, say, changed: true }, atMs: state.atMs },
    { event: { ...ended, steps: [{ say, reversible: true, diff }] }, atMs: state.atMs },
  ];
}

function kindOf(kind: number): 'ok' | 'changed' | 'skipped' {
  if (kind === 0) return 'skipped';
  return kind === 1 ? 'changed' : 'ok';
}

function rollbackOf(state: HostState): Timed[] {
  const { host, steps } = state;
  state.atMs += 900;
  const { atMs } = state;
  state.counts.undone = steps;
  const undone = Array.from({ length: steps }, (_, i): Timed => {
    const step = String(steps - 1 - i).padStart(4, '0');
    return { event: { type: 'undo-done', host, step, say: `take back: step ${step}` }, atMs };
  });
  return [
    { event: { type: 'rollback-started', host, steps }, atMs: atMs - 800 },
    ...undone,
    { event: { type: 'rollback-ended', host, undone: steps, failed: 0 }, atMs },
  ];
}

function endOf(states: readonly HostState[], nowMs: number): RunEvent[] {
  const time = iso(nowMs);
  const hosts: Record<string, HostSummary> = {};
  const ended = states.map(({ host, counts }): RunEvent => {
    const summary: HostSummary = { status: statusOf(counts), ...counts };
    hosts[host] = summary;
    const isAway = summary.status === 'unreachable';
    const error = isAway
      ? { error: { code: 'unreachable', message: 'no route to host', hint: 'Is it switched on?' } as const }
      : {};
    return { type: 'host-ended', host, roundTrips: 6, ...summary, ...error, time };
  });
  const warning: RunEvent = {
    type: 'warning',
    message: 'variable `old_name` is deprecated',
    hint: 'Use `name`.',
    time,
  };
  return [warning, ...ended, { type: 'run-finished', run: '20261122-103000-b16b', exitCode: 5, hosts, time }];
}

function statusOf({ ok, failed }: HostState['counts']): HostSummary['status'] {
  if (failed > 0) return 'rolled-back';
  return ok === 0 ? 'unreachable' : 'ok';
}

function iso(ms: number): string {
  return new Date(began + ms).toISOString();
}
