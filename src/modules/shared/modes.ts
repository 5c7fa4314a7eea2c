/** Octal digits ("644", "0644", "4755") or symbolic clauses as chmod takes them ("u=rw,go=r", "a+X", "g=u"). */
export function isMode(text: string): boolean {
  return octal.test(text) || symbolic.test(text);
}

/**
 * A mode as octal text without a leading zero. Symbolic clauses start from `current`; clauses without `ugoa` leave out the
 * bits of the umask 022, as chmod does.
 */
export function resolveMode(mode: string, current: { readonly mode: string; readonly isDirectory: boolean }): string {
  const bits = octal.test(mode) ? Number.parseInt(mode, 8) : applyClauses(mode, current);
  return bits.toString(8);
}

const octal = /^[0-7]{3,5}$/;
const clause = '[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+';
const symbolic = new RegExp(`^${clause}(?:,${clause})*$`);

const umask = 0o022;
const setId = 0o6000;
const everyExecute = 0o111;
const everyBit = 0o7777;
const bitsOf: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: setId, t: 0o1000 };
const reachOf: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: everyBit };
const copyShift: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

function applyClauses(mode: string, current: { readonly mode: string; readonly isDirectory: boolean }): number {
  let bits = Number.parseInt(current.mode, 8);
  for (const part of mode.split(',')) {
    const who = /^[ugoa]*/.exec(part)?.[0] ?? '';
    for (const [, action = '', what = ''] of part.slice(who.length).matchAll(/([-+=])([rwxXstugo]*)/g)) {
      bits = applyAction({ who, action, what }, bits, current.isDirectory);
    }
  }
  return bits;
}

interface Action {
  readonly who: string;
  readonly action: string;
  readonly what: string;
}

/** GNU chmod's rules, of which one is not in POSIX: a directory keeps its set-id bits unless the clause names them. */
function applyAction({ who, action, what }: Action, bits: number, isDirectory: boolean): number {
  const reach = who.split('').reduce((sum, letter) => sum | (reachOf[letter] ?? 0), 0);
  const named = namedBits(what, bits, isDirectory);
  const mentioned = /[ugo]/.test(what) ? 0 : named & (reach || everyBit);
  const kept = isDirectory ? setId & ~mentioned : 0;
  const value = named & (reach || everyBit & ~umask) & ~kept;
  if (action === '+') return bits | value;
  if (action === '-') return bits & ~value;
  return (bits & ((reach === 0 ? 0 : everyBit & ~reach) | kept)) | value;
}

function namedBits(what: string, bits: number, isDirectory: boolean): number {
  const from = copyShift[what];
  if (from !== undefined) {
    const three = (bits >> from) & 0o7;
    return (three << 6) | (three << 3) | three;
  }
  const conditional = what.includes('X') && (isDirectory || (bits & everyExecute) !== 0) ? everyExecute : 0;
  return what.split('').reduce((sum, letter) => sum | (bitsOf[letter] ?? 0), conditional);
}
