import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { CpuProfile, flameGraph } from '../bench/flame-graph.ts';
import { sourceOfFrame } from '../bench/source-of-frame.ts';
import { startFleet } from './simulated-fleet.ts';

/*
 * `npm run bench:fleet -- --hosts 10000`: what a fleet costs the controller. A play of six tasks changes simulated hosts, which are in
 * another process. Prints one line of JSON: memory at its highest, processor time and wall time, in all and for each host. With
 * `--profile FOLDER` the controller leaves a profile of its processor time there, and `--flame FILE.svg` makes a picture of it.
 */

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    forks: { type: 'string', default: '50' },
    plays: { type: 'string', default: '1' },
    profile: { type: 'string' },
    flame: { type: 'string' },
  },
});
const hosts = Number(values.hosts);

const play = `- hosts: all
  max_fail_percentage: 0
  tasks:
    - file: { path: /etc/app, state: directory, mode: "0755" }
    - copy: { dest: /etc/app/name, content: "{{ inventory_hostname }}\\n", mode: "0640" }
    - copy: { dest: /etc/app/zone, content: "{{ zone }}\\n" }
    - command: echo {{ zone }}
      register: said
      changed_when: false
    - copy: { dest: /etc/app/said, content: "{{ said.stdout }}\\n" }
    - command: test -f /etc/app/said
      changed_when: false
`;

interface Use {
  rssMiB: number;
  cpuSeconds: number;
}

const fleet = await startFleet({ hosts });
try {
  writeFileSync(join(fleet.folder, 'site.yaml'), play.repeat(Number(values.plays)));
  const main = join(import.meta.dirname, '../../dist/cli/main.js');
  const profiles = values.profile ?? (values.flame === undefined ? undefined : join(fleet.folder, 'profile'));
  const profile = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const words = ['run', 'site.yaml', '-i', 'hosts.yaml', '--forks', values.forks, '--output', 'json'];
  const begun = performance.now();
  const child = spawn(process.execPath, [...profile, main, ...words], {
    cwd: fleet.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const { exitCode, rssMiB, cpuSeconds } = await watch(child);
  const seconds = (performance.now() - begun) / 1000;
  const { most, having, locked } = await fleet.look('/etc/app/said');
  const right = exitCode === 0 && having.length === hosts && locked === 0;
  const result = {
    bench: 'fleet',
    hosts,
    forks: Number(values.forks),
    tasksPerHost: 6 * Number(values.plays),
    seconds: rounded(seconds),
    msPerHost: rounded((seconds * 1000) / hosts),
    cpuMsPerHost: rounded((cpuSeconds * 1000) / hosts),
    rssMiB: Math.round(rssMiB),
    mostConnections: most,
    right,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (values.flame !== undefined && profiles !== undefined) {
    const file = readdirSync(profiles).find((name) => name.endsWith('.cpuprofile')) ?? '';
    const seen = CpuProfile.parse(JSON.parse(readFileSync(join(profiles, file), 'utf8')));
    writeFileSync(values.flame, flameGraph(seen, sourceOfFrame()));
  }
  if (!right) process.exitCode = 1;
} finally {
  fleet.stop();
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Looks at the process until it ends. */
async function watch(child: ChildProcess): Promise<Use & { readonly exitCode: number | null }> {
  const use: Use = { rssMiB: 0, cpuSeconds: 0 };
  const timer = setInterval(() => Object.assign(use, usedBy(child.pid) ?? use), 100);
  const exitCode = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  return { ...use, exitCode };
}

/** proc(5): VmHWM is the most memory it has had; clock ticks are hundredths of a second. Undefined when it has ended. */
function usedBy(pid: number | undefined): Use | undefined {
  try {
    const [, most = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (most === '0') return undefined;
    return { rssMiB: Number(most) / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  } catch {
    return undefined;
  }
}
