import { Secret } from './secret.ts';

/**
 * Shell text whose every interpolated value has been quoted. `redacted` is the form that may be shown or stored;
 * it differs from `text` exactly when the command holds a secret.
 */
export interface ShellCommand {
  readonly text: string;
  readonly redacted: string;
}

type Word = string | number | Secret | ShellCommand | readonly (string | number)[];

/**
 * Builds a {@link ShellCommand}. Interpolated values become exactly one word each (arrays: one word per item).
 *
 * @example sh`systemctl restart ${unit}`
 */
export function sh(strings: TemplateStringsArray, ...words: readonly Word[]): ShellCommand {
  let text = strings[0] ?? '';
  let redacted = text;
  for (const [i, word] of words.entries()) {
    const rest = strings[i + 1] ?? '';
    text += expand(word, false) + rest;
    redacted += expand(word, true) + rest;
  }
  return { text, redacted };
}

/** Takes text as it is: for what the playbook's author wrote as shell, and for programs of our own. */
sh.raw = (text: string): ShellCommand => ({ text, redacted: text });

/** Several commands as one script, a line each. */
sh.lines = (commands: readonly ShellCommand[]): ShellCommand => ({
  text: commands.map(({ text }) => text).join('\n'),
  redacted: commands.map(({ redacted }) => redacted).join('\n'),
});

/**
 * A short command that is not ended in its midst: the tools for accounts lock and replace files of /etc, and leave their
 * locks behind when a signal meets them.
 */
export function undisturbed(command: ShellCommand): ShellCommand {
  return sh`trap '' HUP TERM;${command}`;
}

/** POSIX single-quoting; safe words stay bare so that commands read well in logs. */
export function quote(word: string): string {
  if (word === '') return "''";
  // A leading ~ or = is expanded by some shells; neither is in the safe set at the start.
  return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function expand(word: Word, hide: boolean): string {
  if (word instanceof Secret) return hide ? '***' : quote(word.reveal());
  if (typeof word === 'string' || typeof word === 'number') return quote(String(word));
  if ('text' in word) return hide ? word.redacted : word.text;
  return word.map((item) => quote(String(item))).join(' ');
}
