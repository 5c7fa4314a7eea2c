import { sh, type ShellCommand } from '../../base/sh.ts';

/** What `--version` of the programs must say. */
export interface SysboxVersion {
  readonly version: string;
  /** Empty: any. */
  readonly commit: string;
}

/**
 * Prints what is wrong with Sysbox on a node, a line each; nothing and exit code 0 when all is well. Both daemons tell systemd
 * that they are ready before anybody can connect, so the units' state is not enough.
 */
export function healthProbe(wanted: SysboxVersion): ShellCommand {
  return sh`version=${wanted.version} commit=${wanted.commit}
${sh.raw(functions)}
problems=$(look); [ -z "$problems" ] || { printf '%s\n' "$problems"; exit 1; }`;
}

/** Waits up to 30 s until all is well, and looks once more 5 s later: a daemon may have died of its first work. */
export function healthWait(wanted: SysboxVersion): ShellCommand {
  return sh`version=${wanted.version} commit=${wanted.commit}
${sh.raw(functions)}
end=$(($(date +%s) + 30))
settle() { while problems=$(look); [ -n "$problems" ]; do [ "$(date +%s)" -lt "$end" ] || return 1; sleep 1; done; }
if settle; then sleep 5; problems=$(look); fi
[ -n "$problems" ] || exit 0
# what is wrong comes last: of long output only the end is shown
for unit in sysbox-mgr sysbox-fs; do journalctl -u "$unit" -n 25 --no-pager -o cat >&2; done
printf '%s\n' "$problems" >&2
exit 1`;
}

const functions = String.raw`
look() {
  for unit in sysbox-mgr sysbox-fs sysbox; do
    state=$(systemctl is-active "$unit"); [ "$state" = active ] || echo "$unit.service is $state"
  done
  [ -S /run/sysbox/sysmgr.sock ] || echo 'sysbox-mgr does not listen on /run/sysbox/sysmgr.sock'
  [ -S /run/sysbox/sysfs.sock ] || echo 'sysbox-fs does not listen on /run/sysbox/sysfs.sock'
  /usr/bin/sysbox-runc features 2>/dev/null | tr -d ' \t\r' | tr '\n' ' ' | grep -q '"namespaces":[^]]*"user"' ||
    echo 'sysbox-runc features does not offer user namespaces'
  for name in sysbox-runc sysbox-mgr sysbox-fs; do
    said=$("/usr/bin/$name" --version 2>/dev/null | sed -n 's/^[[:space:]]*version:[[:space:]]*v\{0,1\}//p')
    [ "$said" = "$version" ] || echo "$name has the version ${'$'}{said:-unknown}, not $version"
    said=$("/usr/bin/$name" --version 2>/dev/null | sed -n 's/^[[:space:]]*commit:[[:space:]]*//p')
    [ -z "$commit" ] || [ "$said" = "$commit" ] || echo "$name is of commit ${'$'}{said:-unknown}, not $commit"
  done
  for file in /etc/subuid /etc/subgid; do
    [ "$(grep -c '^sysbox:' "$file" 2>/dev/null)" = 1 ] || echo "$file has not one line for sysbox"
  done
  kernel
}
# What sysbox-mgr found when it was started last. Its journal may have been rotated away since: then nobody knows.
kernel() {
  started=$(systemctl show sysbox-mgr -p InvocationID --value)
  log=$(journalctl "_SYSTEMD_INVOCATION_ID=$started" -o cat --no-pager 2>/dev/null)
  case $log in *Ready*) ;; *) return;; esac
  case $log in *'ID-mapped mounts supported by kernel: no'*) echo 'the kernel has no id-mapped mounts';; esac
  case $log in *'Overlayfs on ID-mapped mounts supported by kernel: no'*) echo 'the kernel has no overlayfs on id-mapped mounts';; esac
}
`.trim();
