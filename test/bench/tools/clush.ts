import type { BenchHost } from '../bench-host.ts';
import type { Stage } from '../stage.ts';
import { w3 } from '../work-items/w3.ts';
import { w4Dest } from '../work-items/w4.ts';
import type { Command, Tool } from './tool.ts';

/** ClusterShell: the same scripts by way of its workers, and its own way to copy. */
export const clush: Tool = {
  name: 'clush',
  title: 'clush and the same scripts',
  place: 'base',
  commands: {
    w1: (stage, hosts) => onAll(stage, hosts, ['true']),
    w2: (stage, hosts) => onAll(stage, hosts, ['sh', '-s'], 'w2.sh'),
    w3: (stage, hosts) => onAll(stage, hosts, ['--copy', stage.path('blob'), '--dest', w3.dest]),
    w4: (stage, hosts) => onAll(stage, hosts, ['--copy', stage.path('many'), '--dest', w4Dest]),
    w5: (stage, hosts) => onAll(stage, hosts, ['sh', '-s'], 'w5.sh'),
  },
};

function onAll(stage: Stage, hosts: readonly BenchHost[], words: readonly string[], input?: string): Command {
  const clushWords = ['clush', '-S', '-f', String(hosts.length), '--hostfile', stage.addresses(hosts), ...words];
  if (input === undefined) return { argv: clushWords };
  return { argv: ['sh', '-c', 'exec "$@" <"$0"', stage.path(input), ...clushWords] };
}
