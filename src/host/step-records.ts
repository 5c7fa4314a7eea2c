import { LockedError, TaskFailedError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import { BoundedText } from './bounded-text.ts';
import { jobLibrary } from './job-library.ts';
import { runFolder, type RunPlace } from './run-folder.ts';
import type { Session, Stream } from './session.ts';

/** What a host has written down of a step that it began and that still stands. */
export interface StepRecord {
  /** "0003.1". */
  readonly step: string;
  /** False: its group stands, but not the mark that it has begun. It has not, or a power cut took the mark. */
  readonly begun: boolean;
  /** Undefined: it was cut off, and nobody knows how far it came. */
  readonly exitCode: number | undefined;
  /** Its command is in the background: `lost` when it is gone and left no result. */
  readonly job: 'running' | 'lost' | undefined;
  /** The beginning of what it printed; empty for steps whose output is not kept. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface StepRecordOptions {
  readonly signal?: AbortSignal;
  /** A batch that lost its controller still runs: its end is waited for. */
  readonly onWait?: () => void;
}

/** How long the end of such a batch is waited for; it may hang in a dead connection until TCP gives up on it. */
const orphanLimitSeconds = 900;

/**
 * The records of a run on a host, for one of its users. A batch of the run that still runs behind a lost connection is
 * waited for: its steps are adopted, not done again.
 *
 * @throws LockedError when that batch does not end, UnreachableError, TaskFailedError
 */
export async function readStepRecords(
  session: Session,
  place: RunPlace,
  { signal, onWait }: StepRecordOptions,
): Promise<readonly StepRecord[]> {
  const found: Draft[] = [];
  const stray = new BoundedText();
  let stream: Stream = 'stdout';
  const { exitCode } = await session.run(recordsScript(place, session.nonce), {
    ...(signal && { signal }),
    onData: (from, data) => {
      const draft = found.at(-1);
      if (from === 'stderr' || draft === undefined) stray.push(data);
      else draft[stream].push(data);
    },
    onFrame: (_from, frame) => {
      const [kind, step = '', code = '', job] = frame.split(' ');
      if (kind === 'W') onWait?.();
      if (kind === 'S') {
        stream = 'stdout';
        found.push({ step, begun: true, code, job, stdout: new BoundedText(), stderr: new BoundedText() });
      }
      if (kind === 'M') {
        found.push({ step, begun: false, code, job, stdout: new BoundedText(), stderr: new BoundedText() });
      }
      if (kind === 'e') stream = 'stderr';
    },
  });
  if (exitCode === 75) {
    throw new LockedError('a batch of this run still runs here, behind a connection that was lost', {
      hint: `Wait until it has ended, or end it and take the run back with \`k3sbox rollback ${place.run}\`.`,
    });
  }
  if (exitCode !== 0) {
    throw new TaskFailedError(`the records of run ${place.run} cannot be read: ${sanitise(stray.toString()).trim()}`);
  }
  return found.map(({ step, begun, code, job, stdout, stderr }) => ({
    step,
    begun,
    job: job === 'running' || job === 'lost' ? job : undefined,
    exitCode: /^\d+$/.test(code) ? Number(code) : undefined,
    stdout: stdout.toString(),
    stderr: stderr.toString(),
  }));
}

interface Draft {
  readonly step: string;
  readonly begun: boolean;
  readonly code: string;
  readonly job: string | undefined;
  readonly stdout: BoundedText;
  readonly stderr: BoundedText;
}

/**
 * Frames `W;` when it waits, then for each step that was begun and whose group was not taken back `S step code job;`, its
 * output, `e;` and its errors; at last `M step;` for each that could be taken back and has no mark. What is told of a command in the background is in its own folder, unless nobody waits for it.
 */
function recordsScript(place: RunPlace, nonce: string): string {
  return `${runFolder(place)};N=${nonce}
cd "$R" 2>/dev/null||exit 0
${jobLibrary}
if command -v flock >/dev/null 2>&1;then exec 7>>busy;i=0;until flock -n 7;do [ $i != 0 ]||printf %s "$N""W;";i=$((i+1));[ $i -lt ${orphanLimitSeconds} ]||exit 75;sleep 1;done;fi
for f in *.begun;do s=\${f%.begun};[ -f "$f" ]&&[ -f "\${s%.*}.undo" ]&&[ ! -f "$s.undone" ]||continue
c= j= p=$s.;if [ -d "jobs/$s" ];then [ -f "$s.rc" ]||p=jobs/$s/;if k_runs "jobs/$s";then j=running;elif [ ! -f "jobs/$s/rc" ];then j=lost;fi;fi
[ ! -f "\${p}rc" ]||read -r c k_x <"\${p}rc"||:
[ ! -f "$s.boot" ]||if [ "$(cat "$s.boot")" = "$(cat /proc/sys/kernel/random/boot_id)" ];then c=;else c=0;fi
printf %s "$N""S $s \${c:--} $j;";tail -c 2000000 "\${p}out" 2>/dev/null;printf %s "$N""e;";tail -c 2000000 "\${p}err" 2>/dev/null
done
for f in *.undo;do for s in $(sed -n 's/.*k_step \\([0-9]*[.][0-9]*\\) .*/\\1/p' "$f" 2>/dev/null);do [ -f "$s.begun" ]||[ -f "$s.undone" ]||printf %s "$N""M $s;";done;done;exit 0`;
}
