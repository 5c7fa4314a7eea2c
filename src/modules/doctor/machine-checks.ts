import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { k3sFindings, machineFindings, type PodUserns } from '../sysbox/findings.ts';
import { parseReport, preflightProbe, type NodeReport } from '../sysbox/preflight-probe.ts';
import type { K3sNode } from '../k3s/k3s-node.ts';
import { failure, type Finding, unless, warning } from './finding.ts';

/** What Sysbox needs of the machine and of K3s, as the playbook's preflight asks for it. */
export async function readMachine(host: HostReader, kernelModules: readonly string[]): Promise<NodeReport> {
  return parseReport(await host.probe(preflightProbe(kernelModules), { timeoutMs: 60_000 }));
}

export function judgeMachine(report: NodeReport, style: PodUserns): readonly Finding[] {
  const { problems, warnings } = machineFindings(report, style);
  return [
    ...problems.map((problem) => failure('machine', problem)),
    ...warnings.map((each) => warning('machine', each)),
  ];
}

/** `skewMs`: how far the node's clock is ahead of ours. */
export function judgeClock(skewMs: number): readonly Finding[] {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return unless(
    seconds < 60,
    warning(
      'machine',
      `its clock is ${seconds} s ${direction} this machine's`,
      'set up time synchronisation: heartbeats, certificates and logs are compared by their times',
    ),
  );
}

/** What `k3s check-config` calls a failure, a line each. Its complaint about links is known to be wrong. */
export async function readConfigCheck(host: HostReader, { binary }: K3sNode): Promise<readonly string[]> {
  const { stdout } = await host.probe(
    sh`timeout 25 ${binary} check-config 2>/dev/null | tr -d '\033' | sed 's/\[[0-9;]*m//g' | grep -F '(fail)' | grep -v 'links:\|^STATUS'`,
    { unguarded: true },
  );
  return stdout.split('\n').filter(Boolean);
}

export function judgeConfigCheck(failed: readonly string[]): readonly Finding[] {
  return failed.map((line) =>
    warning('k3s', `k3s check-config: ${line.replace(/^\s*- /, '')}`, 'see what needs it: k3s check-config'),
  );
}

export function judgeK3s(node: K3sNode, style: PodUserns): readonly Finding[] {
  const { problems, warnings } = k3sFindings(node, style);
  return [...problems.map((problem) => failure('k3s', problem)), ...warnings.map((each) => warning('k3s', each))];
}
