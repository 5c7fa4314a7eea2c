import { buildBase } from './build.ts';
import type { Lab } from './lab.ts';
import { runInForeground } from './run.ts';

/**
 * Runs a program as root of a user namespace with a network of its own, in which the lab works with light nodes.
 * The lab lives as long as the program: its processes and networks end with the namespaces. Answers the exit code.
 */
export async function enterRootless(lab: Lab, command: readonly string[]): Promise<number> {
  // there is no way out of the closed network, so what nodes stand on has to be there before
  for (const base of ['edge', 'forky']) await buildBase(base);
  const namespaces = [
    '--user',
    '--map-root-user',
    '--map-auto',
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  // the nodes' files belong to ids that only this user namespace has
  const script =
    'mount -t tmpfs tmpfs /run; mkdir /run/netns; rm -rf "$0"; code=0; "$@" || code=$?; rm -rf "$0"; exit $code';
  return runInForeground(
    ['unshare', ...namespaces, '--propagation', 'private', 'sh', '-ec', script, lab.dir, ...command],
    { LAB_ROOTLESS: '1' },
  );
}
