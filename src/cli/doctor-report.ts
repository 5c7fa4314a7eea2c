import type { Redactor } from '../base/redactor.ts';
import { sanitise } from '../base/text.ts';
import type { Finding } from '../modules/doctor/finding.ts';
import { safeJson } from '../report/json-reporter.ts';
import type { Style } from '../report/style.ts';
import { count } from '../report/words.ts';
import { type Cli, printLine, styleOf } from './cli.ts';

/** What was found, by host of the inventory, and about the cluster as a whole. */
export interface Examined {
  readonly hosts: ReadonlyMap<string, readonly Finding[]>;
  readonly cluster: readonly Finding[];
}

/** 0 healthy, 1 warnings, 2 failures. */
export function exitCodeOf({ hosts, cluster }: Examined): 0 | 1 | 2 {
  return worst([...hosts.values(), cluster].flat());
}

export function printHealth(cli: Cli, examined: Examined, redactor: Redactor, asJson: boolean): void {
  const { hosts, cluster } = examined;
  if (asJson) {
    const document = {
      exitCode: exitCodeOf(examined),
      hosts: Object.fromEntries([...hosts].map(([host, findings]) => [host, asData(findings)])),
      cluster: asData(cluster),
    };
    return printLine(cli, safeJson(redactor.data(document), 2));
  }
  const style = styleOf(cli);
  const lines = [
    ...[...hosts].flatMap(([host, findings]) => section(host, findings, style)),
    ...section('cluster', cluster, style),
  ];
  for (const line of [...lines, summary(examined)]) printLine(cli, redactor.text(line));
}

function asData(findings: readonly Finding[]) {
  return {
    status: statuses[worst(findings)],
    findings: findings.map(({ severity, check, message, cause, advice }) => ({
      severity,
      check,
      message: sanitise(message),
      ...(cause !== undefined && { cause }),
      ...(advice !== undefined && { advice }),
    })),
  };
}

const statuses = { 0: 'healthy', 1: 'warnings', 2: 'failures' } as const;

/** The name, then a paragraph for each finding, failures first. */
function section(name: string, findings: readonly Finding[], style: Style): readonly string[] {
  if (findings.length === 0) return [`${style.strong(name)}  ${style.good('healthy')}`];
  const [failures, warnings] = bySeverity(findings);
  return [
    `${style.strong(name)}  ${[failures.length > 0 ? style.bad(count(failures.length, 'failure')) : '', warnings.length > 0 ? style.changed(count(warnings.length, 'warning')) : ''].filter(Boolean).join(', ')}`,
    ...[...failures, ...warnings].flatMap((finding) => paragraph(finding, style)),
  ];
}

function paragraph({ severity, check, message, cause, advice }: Finding, style: Style): readonly string[] {
  const word = severity === 'failure' ? style.bad('failure') : style.changed('warning');
  return [
    `    ${word}  ${check.padEnd(10)}  ${sanitise(message).replaceAll('\n', ' ')}`,
    ...(cause === undefined ? [] : [`             ${style.quiet('cause')}       ${cause}`]),
    ...(advice === undefined ? [] : [`             ${style.quiet('do')}          ${advice}`]),
  ];
}

function summary({ hosts, cluster }: Examined): string {
  const [failures, warnings] = bySeverity([...hosts.values(), cluster].flat());
  const found =
    failures.length + warnings.length === 0
      ? 'healthy'
      : `${count(failures.length, 'failure')}, ${count(warnings.length, 'warning')}`;
  return `${count(hosts.size, 'host')} and the cluster: ${found}`;
}

function bySeverity(
  findings: readonly Finding[],
): readonly [failures: readonly Finding[], warnings: readonly Finding[]] {
  return [
    findings.filter(({ severity }) => severity === 'failure'),
    findings.filter(({ severity }) => severity === 'warning'),
  ];
}

function worst(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ severity }) => severity === 'failure')) return 2;
  return findings.length > 0 ? 1 : 0;
}
