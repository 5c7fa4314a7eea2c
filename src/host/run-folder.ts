import { quote, sh, type ShellCommand } from '../base/sh.ts';

/** A run's place on a host. */
export interface RunPlace {
  readonly run: string;
  /** Undefined: /var/lib/k3sbox, or ~/.local/state/k3sbox for others than root. */
  readonly stateFolder?: string | undefined;
}

/** Shell text that sets S (the state folder of this user) and R (the folder of a run). A session's scripts have the user's number in `$2`. */
export function runFolder({ run, stateFolder }: RunPlace): string {
  const own = 'case ${2:-$(id -u)} in 0)S=/var/lib/k3sbox;;*)S=$HOME/.local/state/k3sbox;;esac';
  return `${stateFolder === undefined ? own : `S=${quote(stateFolder)}`};R=$S/runs/${quote(run)}`;
}

/** Which part of a run is taken back, and how. */
export interface UndoChoice {
  /** Also overwrite what somebody changed since. */
  readonly force?: boolean;
  /** Only look: nothing is changed. */
  readonly check?: boolean;
  /** These steps alone ("0003.1"); undefined: all. */
  readonly only?: readonly string[] | undefined;
}

/** Whether the undo program is there, and was not cut off while it was written. */
export const undoIsWhole = `{ [ -f "$R/undo" ]&&[ "$(tail -n 1 "$R/undo")" = 'exit 0' ];}`;

/** Takes the run back on this host; frames `U step result text;` with the nonce. */
export function undoScript(place: RunPlace, nonce: string, { force, check, only }: UndoChoice): string {
  const flags = `FORCE=${force ? '1' : ''} CHECK=${check ? '1' : ''} ONLY=${quote(only?.join(' ') ?? '')}`;
  return `${runFolder(place)}\n${undoIsWhole}||{ printf %s ${nonce}'U - missing ;';exit 0;}\nN=${nonce} K=$1 ${flags} exec /bin/sh "$R/undo"`;
}

/** How a file comes into a stage. */
export interface Receiving {
  /** Prints its bytes; without it they come on stdin. */
  readonly receive?: ShellCommand;
  /** They belong behind what has come before. */
  readonly append?: boolean;
}

/** What {@link stageCommand} ends with when the checksum is another one: the file may not be whole yet. */
export const notWhole = 98;

/** Puts bytes into the run's stage under their checksum; refuses anything else. */
export function stageCommand(
  place: RunPlace,
  sha256: string,
  { receive = sh`cat`, append = false }: Receiving = {},
): ShellCommand {
  const [part, whole] = [`"$R/stage/.${sha256}"`, `"$R/stage/${sha256}"`];
  const check = `s=$(sha256sum <${part})&&{ [ "\${s%% *}" = ${sha256} ]||{ echo 'it is not what was planned: has it changed?' >&2;exit ${notWhole};};}`;
  const keep = sh.raw(`${append ? '>>' : '>'}${part}&&${check}&&mv ${part} ${whole}`);
  return sh`${stageFolder(place)}&&${receive} ${keep}`;
}

/** Makes the run's stage: large files by checksum, with a dot before it as long as they are not complete. */
export function stageFolder(place: RunPlace): ShellCommand {
  return sh.raw(`${runFolder(place)};umask 077;mkdir -p "$R/stage"&&chmod 700 "$S" "$R"`);
}

/** Removes the stage of a run, and its folder if that is all there is. */
export function unstageCommand(place: RunPlace): ShellCommand {
  return sh.raw(`${runFolder(place)};rm -rf -- "$R/stage";rmdir -- "$R" 2>/dev/null;:`);
}
