import { sha256Hex } from '../base/digest.ts';
import type { Diff } from '../base/op.ts';
import { sanitise } from '../base/text.ts';
import type { PathConflict } from '../host/undo.ts';

/**
 * What somebody has changed of a path since a run left it: in words, and as a diff when the journal has what the run wrote.
 * A diff that was recorded without its secrets does not have the checksum of the file and is not used: nothing that was
 * hidden then is shown now. Pure.
 */
export function describeConflict(
  { left, now, content }: PathConflict,
  recorded: Diff | undefined,
): { readonly words: string; readonly diff?: Diff } {
  const [ours, theirs] = [readLook(left), readLook(now)];
  const words = differences(ours, theirs).join('; ');
  const isWhatWeWrote = recorded !== undefined && sha256Hex(recorded.after) === ours?.sha256;
  if (!isWhatWeWrote || content === undefined || ours.sha256 === theirs?.sha256) return { words };
  return { words, diff: { of: recorded.of, before: recorded.after, after: content.toString() } };
}

interface Look {
  readonly type: string;
  readonly mode: string;
  readonly owner: string;
  readonly sha256: string | undefined;
  readonly target: string | undefined;
}

function differences(ours: Look | undefined, theirs: Look | undefined): readonly string[] {
  if (theirs === undefined) return ['it is gone'];
  if (ours === undefined) return [`the run had removed it, and now there is ${theirs.type}`];
  if (ours.type !== theirs.type) return [`it was ${ours.type} and is ${theirs.type}`];
  return [
    ...(ours.sha256 === theirs.sha256 ? [] : ['its content is another one']),
    ...(ours.target === theirs.target ? [] : [`it points to ${theirs.target ?? ''}, not to ${ours.target ?? ''}`]),
    ...(ours.mode === theirs.mode ? [] : [`its mode is ${theirs.mode}, not ${ours.mode}`]),
    ...(ours.owner === theirs.owner ? [] : [`it belongs to ${theirs.owner}, not to ${ours.owner}`]),
  ];
}

/** File types of st_mode: inode(7). */
const types: Readonly<Record<number, string>> = {
  0o14: 'a socket',
  0o12: 'a link',
  0o10: 'a file',
  0o6: 'a block device',
  0o4: 'a folder',
  0o2: 'a device',
  0o1: 'a pipe',
};

function named(name: string, id: string): string {
  return name === 'UNKNOWN' ? id : name;
}

/** What `k_look` prints of one path: `mode uid gid user group path`, its checksum, and where a link points to. */
function readLook(text: string): Look | undefined {
  const stat = /^([0-9a-f]+) (\d+) (\d+) (\S+) (\S+) /.exec(text);
  if (stat === null) return undefined;
  const [, hex = '0', uid = '', gid = '', user = '', group = ''] = stat;
  const mode = Number.parseInt(hex, 16);
  const target = /^\/[^\n]*\t(.*)$/m.exec(text)?.[1];
  return {
    type: types[mode >> 12] ?? 'something else',
    mode: (mode & 0o7777).toString(8),
    owner: sanitise(`${named(user, uid)}:${named(group, gid)}`),
    sha256: /^([0-9a-f]{64}) [ *]/m.exec(text)?.[1],
    target: target === undefined ? undefined : sanitise(target),
  };
}
