import { LockedError } from '../base/errors.ts';
import { quote } from '../base/sh.ts';
import { sanitise } from '../base/text.ts';
import { endScript, type RunEnd } from './prune.ts';
import { runFolder } from './run-folder.ts';

/** Who takes part in a run: stored on the host, shown to whoever comes second. */
export interface LockOwner {
  readonly run: string;
  /** "ana@laptop (pid 4711)". */
  readonly owner: string;
  /** ISO 8601, by the controller's clock. */
  readonly started: string;
}

/** The lock is touched every 10 s by the host; after this long without, its owner is gone. */
const staleSeconds = 30;

/**
 * Takes the lock of this user's state folder, atomically, by the host's clock alone. The same run may take it again. A
 * stale lock whose run left nothing to take back is taken over; any other one is reported: `L busy <age>;` and its text.
 */
export function lockScript({ run, owner, started }: LockOwner, nonce: string, stateFolder?: string): string {
  const text = `run=${run}\nowner=${owner}\nstarted=${started}\n`;
  // Taking over is more than one step: where there is a flock, only one at a time does it. A lock without a beat is being made.
  return `${runFolder({ run, stateFolder })};k_lock=$S/lock;umask 077;[ -d "$S" ]||mkdir -p "$S"||exit 1
! command -v flock >/dev/null 2>&1||{ exec 6>"$S/locking"&&flock 6;}
k_take(){ mkdir "$k_lock"&&{ printf %s ${quote(text)} >"$k_lock/owner"&&true >"$k_lock/beat"||{ rm -rf "$k_lock";false;};};}
k_taken(){ printf %s ${nonce}'L taken '"$k_lock;";}
if k_take 2>/dev/null;then k_taken
elif [ ! -d "$k_lock" ];then k_take||exit 1;k_taken
else o=$(sed -n 's/^run=//p' "$k_lock/owner" 2>/dev/null);a=$(($(date +%s)-$(stat -c %Y "$k_lock/beat" 2>/dev/null||stat -c %Y "$k_lock" 2>/dev/null||date +%s)))
if [ "$o" = ${quote(run)} ];then touch "$k_lock/beat";k_taken
elif [ $a -gt ${staleSeconds} ]&&! ls "$S/runs/$o"/*.undo >/dev/null 2>&1&&mv "$k_lock" "$k_lock.$$"&&rm -rf "$k_lock.$$"&&k_take;then k_taken
else printf %s ${nonce}"L busy $a;";cat "$k_lock/owner" 2>/dev/null;[ ! -f "$S/runs/$o/deadman" ]||printf 'deadman=%s\\n' "$(sh "$S/runs/$o/deadman" state)";printf %s ${nonce}'L end;';exit 0;fi;fi
exec 6>&-;umask 022`;
}

/** Hears how {@link lockScript} went. */
export class LockAnswer {
  /** The lock that is ours now. */
  taken: string | undefined;
  /** Somebody else's was touched so long ago. */
  busySeconds: number | undefined;
  /** What its owner had written, and the state of its dead-man switch. */
  text = '';

  frame(frame: string): void {
    if (frame.startsWith('L taken ')) this.taken = frame.slice('L taken '.length);
    if (frame.startsWith('L busy ')) this.busySeconds = Number(frame.slice('L busy '.length));
  }

  output(output: string): void {
    this.text += output;
  }
}

/**
 * Frees the lock if it is this run's, and leaves all in order there: a session's last script, which removes its folder (`$1`) along. Exit code 1:
 * the lock is still there, or cannot be seen.
 */
export function unlockScript(end: RunEnd, stateFolder?: string): string {
  const { run } = end;
  return `${runFolder({ run, stateFolder })};k_lock=$S/lock
[ -d "$k_lock" ]||{ [ -x "$S" ]||[ ! -e "$S" ];exit;}
o=;IFS= read -r o 2>/dev/null <"$k_lock/owner";[ "$o" = run=${quote(run)} ]||{ [ -r "$k_lock/owner" ];exit;}
${endScript(end)}
mv "$k_lock" "$k_lock.$$"&&rm -rf "$k_lock.$$" "$1"`;
}

/** Frees anybody's lock, and prints the owner that was removed. Its changes stay: no dead-man switch fires later. */
export function breakLockScript(stateFolder?: string): string {
  return `${runFolder({ run: '-', stateFolder })};k_lock=$S/lock;[ -d "$k_lock" ]||exit 0
cat "$k_lock/owner" 2>/dev/null;o=$(sed -n 's/^run=//p' "$k_lock/owner" 2>/dev/null)
[ ! -f "$S/runs/$o/deadman" ]||sh "$S/runs/$o/deadman" disarm
rm -rf "$k_lock"`;
}

/** What to tell the second one. `text` is the owner file, as the host has it; every user that is become has a lock of its own. */
export function lockedError(host: string, ageSeconds: number, text: string, become?: string): LockedError {
  const field = (name: string): string => sanitise(new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? 'unknown');
  const who = `${field('owner')}, run ${field('run')} since ${field('started')}`;
  const rollback = `\`k3sbox rollback ${field('run')}\``;
  const resume = `\`k3sbox resume ${field('run')}\``;
  const unlock = `k3sbox unlock ${host} -i INVENTORY${become === undefined ? '' : ` --become-user ${become}`}`;
  if (ageSeconds <= staleSeconds) {
    return new LockedError(`${host} takes part in another run: ${who}`, {
      hint: `Wait until that run has ended. If it was killed, go on with ${resume}, or take it back with ${rollback}.${deadmanHint(text)}`,
    });
  }
  return new LockedError(`${host} is locked by a run that has stopped ${ageSeconds} s ago: ${who}`, {
    hint: `Go on with ${resume}, take it back with ${rollback}, or leave its changes and free the host with \`${unlock}\`.${deadmanHint(text)}`,
  });
}

function deadmanHint(text: string): string {
  const [, state = '', seconds = '0'] = /^deadman=(\w+) \S+ (-?\d+)/m.exec(text) ?? [];
  const left = Math.max(0, Number(seconds));
  if (state === 'armed') return ` Its dead-man switch takes the host back in ${left} s by itself.`;
  return state === 'fired' ? ' Its dead-man switch has fired: the host takes itself back, or has done so.' : '';
}
