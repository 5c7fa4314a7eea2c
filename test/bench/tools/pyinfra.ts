import type { BenchHost } from '../bench-host.ts';
import type { Stage } from '../stage.ts';
import { w2Deploy, w3Deploy, w4Deploy } from '../work-items/pyinfra-deploys.ts';
import type { MakeCommand, Tool } from './tool.ts';

export const pyinfra: Tool = {
  name: 'pyinfra',
  title: 'pyinfra',
  place: 'base',
  commands: {
    w1: make(() => ['exec', '--', 'true']),
    w2: make((stage) => [stage.write('w2.py', w2Deploy(stage.path('templates')))]),
    w3: make((stage) => [stage.write('w3.py', w3Deploy(stage.path('blob')))]),
    w4: make((stage) => [stage.write('w4.py', w4Deploy(stage.path('many')))]),
    w5: make(() => [
      'fact',
      'server.OsRelease',
      'server.Kernel',
      'server.Hostname',
      'hardware.Memory',
      'hardware.Cpus',
    ]),
  },
  mostHosts: { w1: 100, w2: 50, w3: 10, w4: 1, w5: 50 },
  mostRuns: 3,
  needs: {
    path: 'opt/pyinfra',
    orElse: 'it is not in Debian, and pip3 could not get it when the base was built (see test/bench/fleet/mk-base.sh)',
  },
};

function make(words: (stage: Stage) => readonly string[]): MakeCommand {
  return (stage, hosts) => ({
    argv: ['python3', '-m', 'pyinfra', '-y', inventory(stage, hosts), ...words(stage)],
    env: { PYTHONPATH: '/opt/pyinfra', PYTHONWARNINGS: 'ignore' },
  });
}

function inventory(stage: Stage, hosts: readonly BenchHost[]): string {
  const entries = hosts.map(
    ({ number, address, role }) => `  ("${address}", {"n": ${number}, "node_ip": "${address}", "role": "${role}"}),`,
  );
  const data = `{"ssh_user": "root", "ssh_key": "${stage.path('keys/user')}"}`;
  return stage.write(`pyinfra/${hosts.length}.py`, ['hosts = ([', ...entries, `], ${data})`, ''].join('\n'));
}
