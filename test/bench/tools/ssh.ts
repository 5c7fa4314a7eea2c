import type { Tool } from './tool.ts';

/** The floor: OpenSSH's own client, one process a host, all at once, and scripts written by hand. */
export const ssh: Tool = {
  name: 'ssh',
  title: 'plain ssh and one script (the floor)',
  place: 'base',
  command(work, stage, hosts) {
    const each = (...argv: readonly string[]): { readonly argv: readonly string[] } => ({
      argv: ['xargs', '-a', stage.addresses(hosts), '-P', String(hosts.length), '-I{}', ...argv],
    });
    switch (work) {
      case 'w1':
        return each('ssh', '-n', '{}', 'true');
      case 'w2':
        return each('sh', '-c', `exec ssh {} sh -s <${stage.path('w2.sh')}`);
      case 'w3':
      case 'w4':
      case 'w5':
        return undefined;
    }
  },
};
