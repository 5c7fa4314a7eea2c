/** W5: what somebody asks a host by hand who wants to know what it is. */
export const w5Script = `cat /etc/os-release /proc/meminfo /proc/uptime
uname -a; hostname; id; date +%s
grep -c ^processor /proc/cpuinfo
ip -o addr 2>/dev/null; ip route 2>/dev/null; df -P
`;

/** The release of the hosts: every tool prints it for every host. */
const release = 'trixie';

export function w5Problem(output: string, hosts: number): string | undefined {
  const count = output.split(release).length - 1;
  return count >= hosts ? undefined : `facts of ${count} hosts only`;
}
