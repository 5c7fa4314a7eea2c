import type { z } from 'zod';

import { TaskFailedError } from '../../base/errors.ts';
import { sh, type ShellCommand } from '../../base/sh.ts';
import { lastLines } from '../../base/text.ts';
import type { HostReader } from '../../host/reader.ts';
import { hostJson } from './host-json.ts';

/**
 * `kubectl ...` with the administrator's kubeconfig of a server: that of K3s, or of RKE2 where there is no K3s. K3s stands in /usr/local/bin, which sudo on the Red Hat
 * family does not search.
 */
export function kubectl(...words: readonly string[]): ShellCommand {
  return sh`PATH=$PATH:/usr/local/bin:/opt/bin:/var/lib/rancher/rke2/bin; command -v k3s >/dev/null && kubectl='k3s kubectl' || kubectl='kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml'; $kubectl --request-timeout=20s ${words}`;
}

/** Asks for objects as JSON. Unknown objects are absent, not an error. @throws TaskFailedError when the API does not answer */
export async function kubectlJson<Schema extends z.ZodType>(
  host: HostReader,
  words: readonly string[],
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const { exitCode, stdout, stderr } = await host.probe(kubectl('get', ...words, '--ignore-not-found', '-o', 'json'), {
    unguarded: true,
  });
  if (exitCode !== 0) throw apiError(stderr);
  if (stdout.trim() === '') return undefined;
  return hostJson(stdout, schema, `kubectl get ${words.join(' ')}`);
}

/** The API did not answer on this host. */
export function apiError(stderr: string): TaskFailedError {
  return new TaskFailedError('the Kubernetes API does not answer here', {
    output: lastLines(stderr, 5),
    hint: 'Tasks on objects run on a K3s server: delegate_to one, and see that it is up.',
  });
}
