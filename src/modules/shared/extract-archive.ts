import { sha256Hex } from '../../base/digest.ts';
import { type ShellCommand, sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import type { Rights } from './args.ts';
import { folderOf } from './paths.ts';

/** An archive of the host that is to be unpacked in a folder of it. */
export interface Extraction {
  readonly archive: string;
  /** It was brought for this alone, and is removed afterwards. */
  readonly isOurs: boolean;
  readonly dest: string;
  /** Remembers what was unpacked: a line with the sum of the archive and of how, then a line for each path. */
  readonly stamp: string;
  /** Keeps what is replaced, for undo: a folder of this extraction alone. */
  readonly backup: string;
  readonly options: readonly string[];
  readonly rights: Rights;
}

/** True when this archive was unpacked here, in the same way, and everything it brought is still there. */
export async function isExtracted(host: HostReader, extraction: Extraction, sha256: string): Promise<boolean> {
  const { stamp, dest } = extraction;
  const command = sh`cd ${dest} 2>/dev/null && [ -r ${stamp} ] || exit 1
{ IFS= read -r how && [ "$how" = ${`${sha256} ${howOf(extraction)}`} ] || exit 1
while IFS= read -r path; do [ -e "$path" ] || [ -L "$path" ] || exit 1; done; } <${stamp}`;
  return (await host.probe(command)).exitCode === 0;
}

function howOf({ options, rights }: Extraction): string {
  return sha256Hex(JSON.stringify([options, rights.mode, rights.owner, rights.group])).slice(0, 16);
}

/**
 * Unpacks beside the target and then copies over it: what replaces running programs must not write into them, half an
 * archive must not look like a whole one, and only then is known what there is to keep for {@link extractUndo}.
 */
export function extractScript(extraction: Extraction): ShellCommand {
  const { archive, isOurs, dest, stamp, backup } = extraction;
  const ours = isOurs ? [archive] : [];
  return sh`a=${archive} d=${dest} s=${stamp} b=${backup} t=
[ -d "$d" ] || { echo "there is no directory $d" >&2; exit 1; }
finish() { rm -rf "$t" "$s.new" ${ours}; }
trap finish EXIT
trap 'exit 143' HUP INT TERM
sum=$(sha256sum <"$a") || exit 1
t=${scratchOf(extraction)}; rm -rf "$t" && mkdir -m 700 "$t" || exit 1
${unpackScript(extraction)} || exit
${rightsScript(extraction)}
mkdir -p ${folderOf(stamp)} || exit
(cd "$t" && find . -mindepth 1 | cut -c3- | sort) >"$s.list" || exit
{ printf '%s %s\\n' "\${sum%% *}" ${howOf(extraction)}; cat "$s.list"; } >"$s.new" || exit
rm -rf "$s.list" "$s".*.undo && mkdir -p "$b/old" || exit
sed 1d "$s.new" | while IFS= read -r p; do
if [ -d "$d/$p" ] && [ -d "$t/$p" ]; then stat -c '%a %u:%g %n' "$d/$p" >>"$b/folders"; mkdir -p "$b/old/$p"
elif [ -e "$d/$p" ] || [ -L "$d/$p" ]; then cp -a "$d/$p" "$b/old/$p" || exit
else printf '%s\\n' "$p" >>"$b/added"; fi || exit
done || exit
sync -f "$b" 2>/dev/null || sync
${copyOver('$t')}
rm -rf "$t" ${ours}
sync -f "$d" 2>/dev/null || sync
mv -f "$s.new" "$s"`;
}

/** By what the archive starts with: not every tar recognises compression by itself. */
function unpackScript({ options }: Extraction): ShellCommand {
  const tar = sh`tar -xf - -C "$t" ${options}`;
  return sh`case $(head -c 4 "$a" | od -An -tx1 | tr -d ' ') in
504b*) unzip -oq ${options} "$a" -d "$t";;
1f8b*) gzip -dc <"$a" | ${tar};;
425a*) bzip2 -dc <"$a" | ${tar};;
fd37*) xz -dc <"$a" | ${tar};;
28b52ffd) zstd -dc <"$a" | ${tar};;
*) ${tar} <"$a";;
esac`;
}

function rightsScript({ rights: { mode, owner, group } }: Extraction): ShellCommand {
  // GNU chmod lets folders keep set-id bits unless there are five digits.
  const bits = mode !== undefined && /^[0-7]+$/.test(mode) ? mode.padStart(5, '0') : mode;
  const isOwned = owner !== undefined || group !== undefined;
  const account = `${owner ?? ''}${group === undefined ? '' : `:${group}`}`;
  return sh`${isOwned ? sh`find "$t" -mindepth 1 -exec chown -h ${account} {} + || exit` : sh`:`}
${bits === undefined ? sh`:` : sh`find "$t" -mindepth 1 ! -type l -exec chmod ${bits} {} + || exit`}`;
}

/** Everything in a folder over `$d`, but not the folder's own rights. */
function copyOver(from: string): ShellCommand {
  return sh.raw(`for f in "${from}"/* "${from}"/.[!.]* "${from}"/..?*; do
if [ -e "$f" ] || [ -L "$f" ]; then cp -af "$f" "$d"/ || exit; fi
done`);
}

/** Where it is unpacked first: on the target's file system, under a name that undo knows when unpacking was cut off. */
function scratchOf({ dest, backup }: Extraction): string {
  return `${dest === '/' ? '' : dest}/.k3sbox.${sha256Hex(backup).slice(0, 16)}`;
}

/** Removes what was added and brings back what was replaced; what was kept stays as long as that fails. Nothing happens when nothing was unpacked. */
export function extractUndo(extraction: Extraction): ShellCommand {
  const { dest, stamp, backup } = extraction;
  return sh`d=${dest} s=${stamp} b=${backup}
rm -rf ${scratchOf(extraction)} "$s.new" "$s.list" || exit
[ -d "$b" ] && cd "$d" || exit 0
[ ! -f "$b/added" ] || sort -r "$b/added" | while IFS= read -r p; do
if [ ! -d "$p" ] || [ -L "$p" ]; then rm -f "$p" || exit
else rmdir "$p" 2>/dev/null || [ -n "$(ls -A "$p")" ] || exit; fi
done || exit
${copyOver('$b/old')}
[ ! -f "$b/folders" ] || while read -r mode owner p; do chown "$owner" "$p" && chmod "$mode" "$p" || exit; done <"$b/folders"
rm -rf "$b" "$s"`;
}
