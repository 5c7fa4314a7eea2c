import { TaskFailedError } from '../../base/errors.ts';
import { type ShellCommand, sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { curlConfig } from './curl-config.ts';
import { baseName } from './paths.ts';

/** A file of the network, as the host is to get it. */
export interface Download {
  /** http, https, ftp, or file for a path of the host. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly agent?: string | undefined;
  /** For the connection, and for how long nothing may arrive. */
  readonly timeoutSeconds: number;
  readonly validateCerts: boolean;
}

export interface DownloadScript {
  readonly command: ShellCommand;
  /** curl's configuration: what may be secret stays out of `ps`. */
  readonly stdin: string;
}

/** Shell text that writes a download to the file named by the shell variable `$t`. */
export function downloadScript(download: Download): DownloadScript {
  const { url, timeoutSeconds, validateCerts } = download;
  if (url.startsWith('file://')) return { command: sh`cp -- ${decodeURI(url.slice(7))} "$t"`, stdin: '' };
  const seconds = Math.max(1, Math.ceil(timeoutSeconds));
  const curl = ['-fsSL', '--connect-timeout', seconds, '--speed-limit', 1, '--speed-time', seconds];
  const wget = ['-q', '-T', seconds, ...(validateCerts ? [] : ['--no-check-certificate'])];
  const fallBack = needsCurl(download)
    ? sh`else echo 'needs curl on the host: only it takes headers and passwords out of sight' >&2; exit 127`
    : sh`elif command -v wget >/dev/null 2>&1; then wget ${wget} -O "$t" -- ${url}
else echo 'needs curl or wget on the host' >&2; exit 127`;
  return {
    command: sh`if command -v curl >/dev/null 2>&1; then curl ${[...curl, ...(validateCerts ? [] : ['-k'])]} -K - -o "$t"
${fallBack}
fi`,
    stdin: configOf(download),
  };
}

function needsCurl({ headers, user, password, agent }: Download): boolean {
  return Object.keys(headers).length > 0 || (user ?? password ?? agent) !== undefined;
}

function configOf({ url, headers, user, password, agent }: Download): string {
  return curlConfig([
    ['url', url],
    ...Object.entries(headers).map(([name, value]) => ['header', `${name}: ${value}`] as const),
    ...(user === undefined ? [] : [['user', `${user}:${password ?? ''}`] as const]),
    ...(agent === undefined ? [] : [['user-agent', agent] as const]),
  ]);
}

/** The sum that a list of sums (as sha256sum makes it) on the network gives a file. @throws TaskFailedError */
export async function readSumFrom(host: HostReader, download: Download, fileUrl: string): Promise<string> {
  const { command, stdin } = downloadScript(download);
  const script = sh`t=$(mktemp) || exit 1
trap 'rm -f "$t"' EXIT
{ ${command}
} && cat "$t"`;
  const { exitCode, stdout, stderr } = await host.probe(script, { stdin, timeoutMs: 60_000 });
  if (exitCode !== 0) throw new TaskFailedError(`cannot read the sums at ${download.url}: ${stderr.trim()}`);
  const name = nameInUrl(fileUrl);
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  const [only] = lines;
  const line =
    lines.find((one) => baseName(one.split(/\s+\*?/)[1] ?? '') === name) ?? (lines.length === 1 ? only : undefined);
  const sum = line?.trim().split(/\s/)[0] ?? '';
  if (/^[0-9a-f]+$/i.test(sum)) return sum.toLowerCase();
  throw new TaskFailedError(`the sums at ${download.url} do not name ${name}`);
}

/** The last part of a URL's path. */
export function nameInUrl(url: string): string {
  return decodeURIComponent(baseName(url.replace(/[?#].*$/, '').replace(/^[a-z]+:\/\/[^/]*/, '')));
}
