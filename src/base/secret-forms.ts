import { quote } from './sh.ts';
import { sanitise } from './text.ts';

/** Shorter forms would hit ordinary words. */
const shortest = 4;

/**
 * Every way a secret may appear in text: plain, trimmed, line by line (private keys), as JSON, in a URL, quoted for a shell
 * (twice, for `sudo sh -c`), in hex, and in base64 at each of the three alignments a larger text can give it.
 */
export function secretForms(secret: string): ReadonlySet<string> {
  const forms = new Set<string>();
  for (const value of new Set([secret, secret.trim(), ...longLines(secret)])) {
    if (value.length < shortest) continue;
    for (const form of [value, ...textForms(value), ...byteForms(value)]) {
      if (form.length >= shortest) forms.add(form);
    }
  }
  return forms;
}

/** Lines of a key or a certificate are secrets of their own: output is read by the line. Their frames are not. */
function longLines(secret: string): string[] {
  const lines = secret.split(/\r?\n/);
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= 16 && !line.startsWith('-----'));
}

function textForms(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const url = wellFormed(value);
  const once = withinQuotes(value);
  return [
    sanitise(value),
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    json.replaceAll('/', '\\/'),
    ...[url, url.replaceAll('%20', '+')].flatMap((text) => [text, text.replaceAll(/%../g, lower)]),
    url.replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    once,
    withinQuotes(quote(value)),
    value.replaceAll(/[^\w@%+=:,./-]/g, '\\$&'),
    value.replaceAll(/["$`\\]/g, '\\$&'),
    value.replaceAll("'", "''"),
  ];
}

function lower(text: string): string {
  return text.toLowerCase();
}

/** `encodeURIComponent` throws on half a surrogate pair. */
function wellFormed(value: string): string {
  return encodeURIComponent(Buffer.from(value).toString());
}

function withinQuotes(value: string): string {
  return value.replaceAll("'", `'\\''`);
}

function byteForms(value: string): string[] {
  const bytes = Buffer.from(value);
  if (bytes.length < 6) return [];
  const whole = [bytes, Buffer.concat([bytes, Buffer.from('\n')])].map((each) => each.toString('base64'));
  // The `base64` command breaks its lines after 76 characters, PEM after 64.
  const broken = whole.flatMap((text) => [76, 64].flatMap((width) => text.match(new RegExp(`.{${width}}`, 'g')) ?? []));
  const base64 = [0, 1, 2].map((offset) => determined(bytes, offset));
  const hex = bytes.toString('hex');
  return [...base64, ...base64.map(urlSafe), ...broken, hex, hex.toUpperCase()];
}

/** The base64 characters that depend on nothing but these bytes, when they begin `offset` bytes into a group of three. */
function determined(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}
