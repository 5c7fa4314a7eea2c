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
  // The script goes by stdin: the command is what a failure shows.
  const command = sh`pods=${names.join(' ')} timeout=${timeoutSeconds}; eval "$(cat)"`;
  return {
    say: `wait until ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} Running`,
    do: { kind: 'exec', command, stdin: waiting(), timeoutMs: (timeoutSeconds + 60) * 1000 },
    changes: false,
  };
}

/** Events that differ by their numbers and ids alone are one; exit code 3: a failure among them has come a second time. */
const eachOnce = String.raw`
{ times = $1 > 1 ? $1 : 1; sub(/^[0-9]* /, ""); key = $0; gsub(/[0-9a-f]/, "", key) }
/^Failed/ && (failures[key] += times) > 1 { again = 3 }
!(key in seen) { seen[key] = 1; print }
END { exit again }`;

function waiting(): string {
  const phase = kubectl('get', 'pod', '-n').text;
  const events = kubectl('get', 'events', '-n').text;
  return sh`${sh.raw(explainScript())}
start=$(date +%s)
for pod in $pods; do
  ns=${sh.raw('${pod%%/*}')} name=${sh.raw('${pod#*/}')}
  while :; do
    phase=$(${sh.raw(phase)} "$ns" "$name" -o ${'jsonpath={.status.phase} {.status.reason} {.status.message}'})
    case $phase in Running*) echo "$pod is Running"; break;; Failed*) echo "$pod failed: $phase" >&2; explain "$phase" >&2; exit 1;; esac
    all=$(${sh.raw(events)} "$ns" --field-selector "involvedObject.name=$name,type=Warning" -o ${'jsonpath={range .items[*]}{.count} {.reason}: {.message}{"\\n"}{end}'})
    said=$(printf '%s\\n' "$all" | awk ${eachOnce})
    if [ $? = 3 ] || [ $(( $(date +%s) - start )) -ge "$timeout" ]; then
      echo "$pod is not Running but ${sh.raw('${phase:-unknown}')}" >&2
      [ -z "$said" ] || printf '%s\\n' "$said" >&2
      explain "$phase $said" >&2; exit 1
    fi
    sleep 1
  done
done`.text;
}
