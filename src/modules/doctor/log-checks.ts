import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import type { K3sNode } from '../k3s/k3s-node.ts';
import { explainError } from '../k3s/known-errors.ts';
import { failure, type Finding, warning } from './finding.ts';

/** A line of a log, event or status, and where it stands. */
export interface SaidLine {
  readonly where: string;
  readonly text: string;
}

/** The last of what K3s, containerd, the daemons of Sysbox and AppArmor said, from the last quarter of an hour. */
export async function readLogs(host: HostReader, node: K3sNode): Promise<readonly SaidLine[]> {
  const { stdout } = await host.probe(
    sh`unit=${node.unit} log=${`${node.dataDir}/agent/containerd/containerd.log`}
${sh.raw(script)}`,
    { unguarded: true },
  );
  return stdout.split('\n').flatMap((line) => {
    const at = line.indexOf('|');
    return at > 0 ? [{ where: line.slice(0, at), text: line.slice(at + 1) }] : [];
  });
}

/** The known errors among lines, each once; what they say is a failure where nothing else explains it. */
export function judgeLines(
  check: 'logs' | 'pods',
  said: readonly SaidLine[],
  severity: Finding['severity'],
): readonly Finding[] {
  const seen = new Map<string, Finding>();
  for (const { where, text } of said) {
    const known = explainError(text);
    if (known === undefined) continue;
    const make = severity === 'failure' ? failure : warning;
    const key = `${known.cause} ${check === 'pods' ? where : ''}`;
    seen.set(key, { ...make(check, `${where}: ${shorten(text)}`, known.advice), cause: known.cause });
  }
  return [...seen.values()];
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}...`;
}

const script = String.raw`
say() { tail -n 200 | cut -c 1-1000 | sed "s|^|$1\||"; }
recent() { journalctl -b --since -15min -n 200 --no-pager -o cat "$@" 2>/dev/null; }
recent -u "$unit" | say "$unit"
recent -u sysbox-mgr | say sysbox-mgr
recent -u sysbox-fs | say sysbox-fs
recent -k | grep -F 'apparmor="DENIED"' | say kernel
[ ! -f "$log" ] || [ -z "$(find "$log" -mmin -15)" ] || tail -n 50 "$log" | say containerd.log
exit 0`;
