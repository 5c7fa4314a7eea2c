/**
 * Makes host output safe for a terminal: escape sequences and control characters are removed or shown as `^X`, except
 * tab and newline; a carriage return keeps only what it would have left visible.
 */
export function sanitise(text: string): string {
  return text
    .replaceAll(/\r+\n/g, '\n')
    .replaceAll(/^.*\r(?=.)/gm, '')
    .replaceAll(escapeSequences, '')
    .replaceAll(controls, (char) => `^${String.fromCharCode((char.charCodeAt(0) + 64) % 128)}`)
    .replaceAll(/[\u0080-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

// CSI, OSC (ended by BEL or ST), other string controls, and two-character escapes: ECMA-48 section 5.
// oxlint-disable-next-line no-control-regex -- control characters are the subject
const escapeSequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|[ -/]*[0-~])/g;
// oxlint-disable-next-line no-control-regex -- control characters are the subject
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** The last `count` lines, for error messages: host output can be endless. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
