import type { Emit } from '../base/event.ts';
import type { Host } from '../host/host.ts';
import type { RunEnd } from '../host/prune.ts';

/** Frees a host at the end of a run, and closes it. Where that is impossible, whoever comes next must know why. */
export async function leaveHost(
  host: Host,
  end: RunEnd,
  { emit, hint }: { readonly emit: Emit; readonly hint: string },
): Promise<void> {
  for (const as of await host.leave(end)) {
    const unlock = `k3sbox unlock ${host.name} -i INVENTORY${as === undefined ? '' : ` --become-user ${as.user}`}`;
    emit({
      type: 'warning',
      host: host.name,
      message: `the lock of this run is still there${as === undefined ? '' : `, in the state folder of ${as.user}`}: it could not be removed`,
      hint: `Look at the folder's rights; then \`${unlock}\`${hint} frees the host.`,
      about: 'lock-left',
    });
  }
}
