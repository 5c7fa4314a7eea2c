import type { BenchHost } from '../bench-host.ts';
import type { Stage } from '../stage.ts';
import type { MakeCommand, Tool } from './tool.ts';

// a timeout as no busy machine reaches
const tuned = `interpreter_python = /usr/bin/python3
gathering = explicit
timeout = 60
`;

/** Minutes for a few hosts: 20 tasks take 1 s of CPU on the controller and 7 s on the host. */
const mostHosts = { w1: 100, w2: 50, w3: 10, w4: 1, w5: 50 };

export const ansibleDefault: Tool = {
  ...ansible('ansible-default', '[defaults]\n'),
  title: 'ansible-core as it comes (5 forks)',
  mostHosts: { ...mostHosts, w1: 50, w2: 10, w3: 1, w5: 10 },
  mostRuns: 1,
};

export const ansibleTuned: Tool = {
  ...ansible(
    'ansible-tuned',
    `[defaults]\n${tuned}[ssh_connection]\npipelining = True\nssh_args = -o ControlMaster=auto -o ControlPersist=60s\n`,
    (hosts) => String(hosts.length),
  ),
  title: 'ansible-core, tuned (pipelining, ControlPersist, as many forks as hosts, no fact gathering)',
  mostHosts,
  mostRuns: 1,
};

const strategies = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy';

export const mitogen: Tool = {
  ...ansible(
    'mitogen',
    `[defaults]\n${tuned}strategy = mitogen_linear\nstrategy_plugins = ${strategies}\ndeprecation_warnings = False\n`,
    (hosts) => String(hosts.length),
  ),
  title: 'the same ansible-core with mitogen',
  mostHosts,
  mostRuns: 3,
};

function ansible(name: string, config: string, forks?: (hosts: readonly BenchHost[]) => string): Tool {
  const make =
    (words: (stage: Stage) => readonly string[]): MakeCommand =>
    (stage, hosts) => {
      const [program = '', ...rest] = words(stage);
      return {
        argv: [program, '-i', stage.inventory(hosts), ...rest],
        env: {
          ANSIBLE_CONFIG: stage.write(`${name}.cfg`, config),
          ANSIBLE_NOCOLOR: '1',
          ...(forks !== undefined && { ANSIBLE_FORKS: forks(hosts) }),
        },
      };
    };
  const playbook = (file: string): MakeCommand => make((stage) => ['ansible-playbook', stage.path(file)]);
  return {
    name,
    title: name,
    place: 'base',
    commands: {
      w1: make(() => ['ansible', 'all', '-m', 'command', '-a', 'true']),
      w2: playbook('w2.yaml'),
      w3: playbook('w3.yaml'),
      w4: playbook('w4.yaml'),
      w5: make(() => ['ansible', 'all', '-m', 'setup']),
    },
  };
}
