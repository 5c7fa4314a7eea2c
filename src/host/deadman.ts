import { TaskFailedError } from '../base/errors.ts';
import { quote } from '../base/sh.ts';
import { sanitise } from '../base/text.ts';
import { BoundedText } from './bounded-text.ts';
import { runFolder, type RunPlace } from './run-folder.ts';
import type { Session } from './session.ts';
import { readUndone, type Undone } from './undo.ts';

/** What a batch does about the host's dead-man switch before it acts. */
export interface BatchDeadman {
  /** Random: names this switch among the run's. */
  readonly id: string;
  /** Undefined: it is armed already, and the batch acts only if it has not fired since. */
  readonly afterMs: number | undefined;
  /** The host has armed it: the time runs. */
  readonly onArmed: () => void;
}

/**
 * How a run's dead-man switch stands on a host, for one of its users. `lost`: it was armed, and the host has restarted since, so
 * nothing fires any more. `fired` without `exitCode`: the host is taking the run back right now; 0: it has, 6: something is left.
 */
export type DeadmanState =
  | { readonly state: 'none' | 'confirmed' | 'disarmed' | 'lost' }
  | { readonly state: 'armed'; readonly id: string; readonly remainingMs: number }
  | { readonly state: 'fired'; readonly exitCode?: number };

/**
 * `$R/deadman` on the host. Its state is one file, whose last name wins: `deadman.ID.armed` becomes `.confirmed` (over a new
 * connection), `.fired` (the time is up) or `.disarmed` (the run was taken back); a rename is atomic, so there is one winner,
 * and the loser knows it. What holds the time is a transient timer of systemd, or else a detached `sleep`: both count by the
 * monotonic clock, so that a clock that jumps neither fires it early nor never.
 */
const program = String.raw`#!/bin/sh
# The dead-man switch of a k3sbox run: takes the run back on this host unless k3sbox confirms in time.
# "sh deadman disarm" leaves everything as it is now.
cd "$(dirname -- "$0")"||exit 6
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin;umask 077
U=k3sbox-deadman-$2
k_now(){ read -r k_up k_x </proc/uptime;printf %s "${'$'}{k_up%%.*}";}
k_boot(){ cat /proc/sys/kernel/random/boot_id;}
k_quiet(){ { systemctl --no-ask-password stop "$U.timer";} >/dev/null 2>&1
if [ -f "deadman.$2.pid" ];then read -r p <"deadman.$2.pid";! tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null|grep -q "deadman wait $2"||kill -TERM -"$p" 2>/dev/null;rm -f "deadman.$2.pid";fi;}
k_arm(){ rm -f rollback deadman.done deadman.log deadman.frames deadman.told deadman.*.confirmed deadman.*.fired deadman.*.disarmed
printf '%s %s %s\n' "$3" "$(($(k_now)+$3))" "$(k_boot)" >"deadman.$2.new"&&sync "deadman.$2.new" 2>/dev/null||sync;mv "deadman.$2.new" "deadman.$2.armed"||return
if [ "$(id -u)" = 0 ]&&[ -d /run/systemd/system ]&&systemd-run -q --collect --unit="$U" --description="takes a k3sbox run back unless it is confirmed" --on-active="$3" --timer-property=AccuracySec=100ms -p KillMode=process /bin/sh "$PWD/deadman" fire "$2" </dev/null >/dev/null 2>&1;then return;fi
command -v setsid >/dev/null 2>&1||{ rm -f "deadman.$2.armed";echo 'there is neither systemd nor setsid, which would keep it alive' >&2;return 1;}
setsid /bin/sh "$PWD/deadman" wait "$2" "$3" </dev/null >/dev/null 2>&1 &
echo $! >"deadman.$2.pid";}
k_claim(){ mv "deadman.$1.armed" "deadman.$1.$2" 2>/dev/null;}
k_busy(){ command -v flock >/dev/null 2>&1&&! (exec 7>>busy;flock -n 7);}
k_fire(){ k_claim "$2" fired||exit 0;i=0;while [ -f rollback ]&&k_busy&&[ $i -lt 600 ];do i=$((i+1));sleep 1;done
K=$(mktemp -d);N=$(printf '\nx');N=${'$'}{N%x} K=$K sh ./undo >deadman.frames 2>"$K/e" </dev/null;r=$?
{ date '+fired at %F %T %z by the clock of this host; exit code '$r;sed -n 's/^U \([^ ]*\) 0 \(.*\);$/undone     \1  \2/p;s/^U \([^ ]*\) same \(.*\);$/as it was  \1  \2/p;s/^U \([^ ]*\) [^ ]* \(.*\);$/FAILED     \1  \2/p' deadman.frames|tr '\001' ';';echo;cat "$K/e";} >deadman.log
rm -rf "$K";printf '%s\n' $r >deadman.new;mv deadman.new deadman.done;sync;rm -f "deadman.$2.pid";}
case $1 in
arm)k_arm "$@";;
wait)trap '' HUP;sleep "$3";exec /bin/sh "$PWD/deadman" fire "$2";;
fire)k_fire "$@";;
now)k_arm now "$2" 0;;
confirm)if k_claim "$2" confirmed;then k_quiet "$@";else [ -f "deadman.$2.confirmed" ]||exit 3;fi;;
disarm)for f in deadman.*.armed;do [ -f "$f" ]||continue;i=${'$'}{f#deadman.};i=${'$'}{i%.armed};U=k3sbox-deadman-$i;! k_claim "$i" disarmed||k_quiet disarm "$i";done;;
state)for f in deadman.*.armed deadman.*.fired deadman.*.confirmed deadman.*.disarmed;do [ -f "$f" ]||continue;i=${'$'}{f#deadman.};s=${'$'}{i##*.};i=${'$'}{i%.*};read -r a d b <"$f"
[ "$s" != armed ]||[ "$b" = "$(k_boot)" ]||s=lost;c=;[ ! -f deadman.done ]||read -r c <deadman.done;echo "$s $i $((d-$(k_now))) $c";exit 0;done;echo none;;
esac`;

/** Shell text in front of a batch's groups: arms the switch, or stops the batch when it has fired. In the run's folder. */
export function renderDeadman({ id, afterMs }: BatchDeadman, nonce: string): string {
  if (afterMs === undefined) return `[ -f deadman.${id}.armed ]||{ printf %s "$N""A fired;";exit 0;}`;
  return `cat >deadman.new <<'${nonce}DEADMAN'&&mv deadman.new deadman||exit 1
${program}
${nonce}DEADMAN
if sh ./deadman arm ${id} ${Math.max(1, Math.ceil(afterMs / 1000))} 7>&-;then printf %s "$N""A armed;";else printf %s "$N""A failed;";exit 0;fi`;
}

/** Claims the switch for us. False: it has fired, and the host is as it was before the run, or on its way there. */
export async function confirmDeadman(session: Session, place: RunPlace, id: string): Promise<boolean> {
  const { exitCode, output } = await ask(session, `${runFolder(place)};sh "$R/deadman" confirm ${quote(id)}`);
  if (exitCode === 0 || exitCode === 3) return exitCode === 0;
  throw new TaskFailedError('the dead-man switch cannot be confirmed', { output });
}

/** How the run's switch stands here. The next batch, or a rollback, changes nothing of what this says. */
export async function readDeadman(session: Session, place: RunPlace): Promise<DeadmanState> {
  const { output } = await ask(session, `${runFolder(place)};[ ! -f "$R/deadman" ]||sh "$R/deadman" state`);
  const [state = 'none', id = '', seconds = '', code = ''] = output.trim().split(' ');
  if (state === 'armed') return { state, id, remainingMs: Math.max(0, Number(seconds) * 1000) };
  if (state === 'fired') return { state, ...(code !== '' && { exitCode: Number(code) }) };
  return { state: state === 'confirmed' || state === 'disarmed' || state === 'lost' ? state : 'none' };
}

/** Has the host take the run back by itself, now, whatever becomes of this connection: {@link deadmanStory} tells how it went. */
export async function startUndo(session: Session, place: RunPlace, id: string): Promise<void> {
  const write = `cat >deadman.new <<'${session.nonce}DEADMAN'&&mv deadman.new deadman||exit 1\n${program}\n${session.nonce}DEADMAN`;
  const script = `${runFolder(place)}\n[ -f "$R/undo" ]||exit 0\ncd "$R"||exit 1\n${write}\nsh ./deadman now ${quote(id)}`;
  const { exitCode, output } = await ask(session, script);
  if (exitCode !== 0) throw new TaskFailedError('the host cannot take the run back by itself', { output });
}

/** A run that was interrupted goes on: what is armed is confirmed, since we are here; what has fired is waited for, and told. */
export async function takeOverDeadman(session: Session, place: RunPlace): Promise<DeadmanStory | undefined> {
  await ask(session, `${runFolder(place)};[ ! -f "$R/deadman" ]||sh "$R/deadman" disarm`);
  return deadmanStory(session, place);
}

/** What a host has done by itself. */
export interface DeadmanStory {
  /** False: we had asked for it, with {@link startUndo}. */
  readonly byItself: boolean;
  readonly undone: readonly Undone[];
}

/** Waits for an undo that the host began by itself, and tells how it went; each is told once. Undefined: there is none. */
export async function deadmanStory(session: Session, place: RunPlace): Promise<DeadmanStory | undefined> {
  let byItself: boolean | undefined;
  const undone: Undone[] = [];
  await session.run(storyScript(place, session.nonce), {
    onFrame: (_stream, frame) => {
      const [kind, seconds] = frame.split(' ');
      if (kind === 'X') byItself = seconds !== '0';
      const item = readUndone(frame, undefined);
      if (item !== undefined) undone.push(item);
    },
  });
  return byItself === undefined ? undefined : { byItself, undone };
}

/** A frame `X seconds;` and the frames `U step result text;` of the undo. It is over when the lock has been free for 5 s. */
function storyScript(place: RunPlace, nonce: string): string {
  return `${runFolder(place)};cd "$R" 2>/dev/null||exit 0
for f in deadman.*.fired;do [ -f "$f" ]&&[ ! -f deadman.told ]||continue;i=0
until [ -f deadman.done ]||[ $i = 5 ];do sleep 1;if command -v flock >/dev/null 2>&1&&(exec 7>>busy;flock -n 7);then i=$((i+1));else i=0;fi;done
read -r a b <"$f";printf %s ${nonce}"X $a;"
N=${nonce} awk 'BEGIN{RS=";"}{sub(/^\\n/,"")}/^U /{printf "%s%s;",ENVIRON["N"],$0}' deadman.frames 2>/dev/null;true >deadman.told;done`;
}

async function ask(session: Session, script: string): Promise<{ readonly exitCode: number; readonly output: string }> {
  const output = new BoundedText();
  const { exitCode } = await session.run(script, { onData: (_stream, data) => output.push(data) });
  return { exitCode, output: sanitise(output.toString()) };
}
