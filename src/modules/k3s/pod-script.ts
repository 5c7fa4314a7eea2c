import type { Step } from '../../base/op.ts';
import { sh } from '../../base/sh.ts';
import { explainScript } from './known-errors.ts';
import { kubectl } from './kubectl.ts';

/** Names of one pod. */
export interface PodName {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/**
 * Waits until pods are Running. A pod that cannot be started is seen by its events at once, with their text, and not only
 * when the time is up; the first such event may be a passing one, the second is not.
 */
export function waitForPods(pods: readonly PodName[], timeoutSeconds: number): Step {
  const names = pods.map(({ name, namespace = 'default' }) => `${namespace}/${name}`);
  const phase = kubectl('get', 'pod', '-n').text;
  const events = kubectl('get', 'events', '-n').text;
  const command = sh`${sh.raw(explainScript())}
timeout=${timeoutSeconds}; start=$(date +%s)
for pod in ${names}; do
  ns=${sh.raw('${pod%%/*}')} name=${sh.raw('${pod#*/}')}
  while :; do
    phase=$(${sh.raw(phase)} "$ns" "$name" -o ${'jsonpath={.status.phase} {.status.reason} {.status.message}'})
    case $phase in Running*) echo "$pod is Running"; break;; Failed*) echo "$pod failed: $phase" >&2; explain "$phase" >&2; exit 1;; esac
    said=$(${sh.raw(events)} "$ns" --field-selector "involvedObject.name=$name,type=Warning" -o ${'jsonpath={range .items[*]}{.count} {.reason}: {.message}{"\\n"}{end}'})
    if printf '%s\n' "$said" | grep -Eq '^([2-9]|[0-9][0-9]+) Failed' || [ $(( $(date +%s) - start )) -ge "$timeout" ]; then
      echo "$pod is not Running but ${sh.raw('${phase:-unknown}')}" >&2; printf '%s\n' "$said" >&2; explain "$phase $said" >&2; exit 1
    fi
    sleep 1
  done
done`;
  return {
    say: `wait until ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} Running`,
    do: { kind: 'exec', command, timeoutMs: (timeoutSeconds + 60) * 1000 },
    changes: false,
  };
}
