import type { BenchHost } from '../bench-host.ts';
import type { Stage } from '../stage.ts';
import { w3 } from '../work-items/w3.ts';
import { w4Dest } from '../work-items/w4.ts';
import type { Command, Tool } from './tool.ts';

/** The floor: OpenSSH's own clients, one process a host, all at once, and what one writes by hand. */
export const ssh: Tool = {
  name: 'ssh',
  title: 'plain ssh (the floor)',
  place: 'base',
  commands: {
    w1: (stage, hosts) => each(stage, hosts, ['ssh', '-n', '{}', 'true']),
    w2: (stage, hosts) => each(stage, hosts, ['sh', '-c', `exec ssh {} sh -s <${stage.path('w2.sh')}`]),
    w3: (stage, hosts) => each(stage, hosts, ['scp', '-q', stage.path('blob'), `{}:${w3.dest}`]),
    w4: (stage, hosts) => {
      const unpack = `mkdir ${w4Dest} && tar -xf - -C ${w4Dest}`;
      return each(stage, hosts, ['sh', '-c', `tar -cf - -C ${stage.path('many')} . | ssh {} '${unpack}'`]);
    },
    w5: (stage, hosts) => each(stage, hosts, ['sh', '-c', `exec ssh {} sh -s <${stage.path('w5.sh')}`]),
  },
};

function each(stage: Stage, hosts: readonly BenchHost[], argv: readonly string[]): Command {
  return { argv: ['xargs', '-a', stage.addresses(hosts), '-P', String(hosts.length), '-I{}', ...argv] };
}
