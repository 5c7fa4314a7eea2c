import { type ShellCommand, sh } from '../../base/sh.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** How long one attempt may take. */
  readonly connectSeconds: number;
}

/**
 * Exits 0 when the port takes connections. POSIX has no way to connect, so whatever the host has is used: bash with timeout
 * (Debian), nc in its two dialects (Alpine: busybox), curl, and for the host's own ports the kernel's list.
 */
export function portIsOpen({ host, port, connectSeconds }: Endpoint): ShellCommand {
  return sh`has() { command -v "$1" >/dev/null 2>&1; }
if has bash && has timeout; then timeout ${connectSeconds} bash -c 'exec 3<>"/dev/tcp/$0/$1"' ${host} ${port} 2>/dev/null
elif has nc && nc --help 2>&1 | grep -q BusyBox; then nc -w ${connectSeconds} ${host} ${port} -e true </dev/null >/dev/null 2>&1
elif has nc; then nc -z -w ${connectSeconds} ${host} ${port} </dev/null >/dev/null 2>&1
elif has curl; then curl -s --connect-timeout ${connectSeconds} ${`telnet://${authority(host)}:${port}`} </dev/null >/dev/null
${isLocal(host) ? sh`else ${countSockets(port, '0A')} | grep -qv '^0$'` : sh`else echo 'needs bash, nc or curl on the host' >&2; exit 2`}
fi`;
}

/** Exits 0 when what the port says fits an extended regular expression. */
export function portSays({ host, port, connectSeconds }: Endpoint, expression: string): ShellCommand {
  return sh`command -v bash >/dev/null 2>&1 || { echo 'needs bash on the host' >&2; exit 2; }
timeout ${connectSeconds} bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit 1; cat <&3' ${host} ${port} 2>/dev/null | grep -Eq -- ${expression}`;
}

/** Exits 0 when no connection to one of the host's own ports is left. */
export function portIsDrained(port: number): ShellCommand {
  return sh`${countSockets(port, '01')} | grep -q '^0$'`;
}

/** Prints how many of the kernel's TCP sockets have this local port and state: proc(5), /proc/net/tcp. */
function countSockets(port: number, state: '01' | '0A'): ShellCommand {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return sh`cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v s=${state} -v p=${suffix} '$4 == s && substr($2, length($2) - 4) == p { n++ } END { print n + 0 }'`;
}

function isLocal(host: string): boolean {
  return ['127.0.0.1', 'localhost', '::1'].includes(host);
}

function authority(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
