import { quote, type ShellCommand } from '../base/sh.ts';

export interface IsolatedOptions {
  /** Ends the here-document: must not occur in the text. Use something random. */
  readonly delimiter: string;
  /** The interpreter, /bin/sh by default. */
  readonly shell?: string | undefined;
  /** Shell words in front of the interpreter, such as `timeout 30`; not quoted. */
  readonly prefix?: string | undefined;
  readonly stdin?: string | undefined;
  readonly chdir?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** Up to this length the shell itself reads the text, byte by byte: sooner done than another program is started. */
const shortLength = 500;
const posixShells = new Set(['/bin/sh', '/bin/bash']);

/** Variables that are not exported, with names that no command uses. */
const shortReader = `k3sbox_c=;while IFS= read -r k3sbox_l;do k3sbox_c="$k3sbox_c$k3sbox_l
";done<&9;eval "$k3sbox_c" 9<&-`;
const reader = 'eval "$(cat <&9)" 9<&-';

/**
 * Shell text that runs a command in a process of its own. The command's text travels through file descriptor 9, so that it
 * shows in no `ps`; a syntax error, `exit` or `exec` in it harms nothing else. Standard input is empty unless given. The
 * batch's own descriptor 7 (its lock) is closed, since a daemon started here would keep it.
 */
export function renderIsolated(command: ShellCommand, options: IsolatedOptions): string {
  const { delimiter, shell = '/bin/sh', prefix, stdin, chdir, environment = {} } = options;
  const before = [
    ...(chdir === undefined ? [] : [`cd ${quote(chdir)} || exit 1`]),
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`),
  ];
  const text = [...before, command.text].join('\n');
  const read = posixShells.has(shell) && text.length <= shortLength ? shortReader : reader;
  const run = `${prefix === undefined ? '' : `${prefix} `}${quote(shell)} -c '${read}' sh 7>&-`;
  const fed = stdin === undefined ? `${run} </dev/null` : `printf '%s' ${quote(stdin)} | ${run}`;
  return `${fed} 9<<'${delimiter}'\n${text}\n${delimiter}`;
}
