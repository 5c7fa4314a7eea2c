import type { RunEvent } from '../../src/base/event.ts';
import { historyOf } from '../../src/journal/history.ts';
import { buildRunReport } from '../../src/report/html/build-run-report.ts';
import type { RunFacts, RunReport } from '../../src/report/html/run-report.ts';

const facts: RunFacts = {
  run: '20261122-103012-4f2a',
  mode: 'run',
  version: '0.1.0',
  playbooks: ['site.yaml'],
  inventories: ['prod'],
  options: { forks: 50 },
  extraVars: { release: '1.2' },
  cwd: '/srv/ops',
  started: '2026-11-22T10:30:12.000Z',
  controller: { pid: 4711, hostname: 'ops1' },
  user: 'anna',
  isAlive: false,
  damaged: 0,
  isCutShort: false,
};

/** The report of a run that these events tell of. */
export function reportOf(events: readonly RunEvent[], known: Partial<RunFacts> = {}): RunReport {
  return buildRunReport({ facts: { ...facts, ...known }, events, outcomes: [...historyOf(events).hosts.values()] });
}
