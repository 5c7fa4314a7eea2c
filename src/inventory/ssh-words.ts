import type { HostKeyPolicy } from '../base/connection.ts';

/** What the words for the system's `ssh` say that the built-in client can do as well. */
export interface SshOptions {
  readonly proxyJump?: string;
  readonly hostKeyPolicy?: HostKeyPolicy;
  readonly knownHostsFiles?: readonly string[];
  readonly identityFile?: string;
  readonly port?: string;
  readonly user?: string;
  readonly connectTimeout?: string;
  /** Words that the built-in client cannot follow. */
  readonly unknown: readonly string[];
}

/** Options that change nothing for the built-in client: it keeps one connection, and stays alive by itself. */
const harmless = new Set(
  [
    'ControlMaster ControlPersist ControlPath ServerAliveInterval ServerAliveCountMax TCPKeepAlive Compression LogLevel',
    'BatchMode PreferredAuthentications PubkeyAuthentication PasswordAuthentication KbdInteractiveAuthentication',
    'GSSAPIAuthentication IdentitiesOnly RequestTTY UpdateHostKeys CheckHostIP HashKnownHosts ConnectionAttempts',
  ]
    .join(' ')
    .toLowerCase()
    .split(' '),
);
const harmlessFlags = /^-[CqTtx46v]+$/;
/** Flags of ssh(1) that take a word. */
const withWord = /^-([BbcDEeFIiJLlmOopQRSWw])(.*)$/;

/** Splits text into words as a shell does, for `ansible_ssh_common_args`. */
export function splitWords(text: string): readonly string[] {
  const words = text.match(/(?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(
      /\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g,
      (_, escaped?: string, double?: string, single?: string) => {
        return escaped ?? double?.replaceAll(/\\([\\"$`])/g, '$1') ?? single ?? '';
      },
    ),
  );
}

/** Reads words for `ssh`; the first of several that say the same wins, as in ssh itself. */
export function readSshWords(words: readonly string[]): SshOptions {
  const options: Record<string, string> = {};
  const unknown: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const flag = withWord.exec(word);
    if (flag === null) {
      if (!harmlessFlags.test(word)) unknown.push(word);
      continue;
    }
    const [, letter = '', attached = ''] = flag;
    const value = attached === '' ? (words[++i] ?? '') : attached;
    const [name, setting] = optionOf(letter, value);
    if (Object.hasOwn(readers, name)) options[name] ??= setting;
    else if (!harmless.has(name)) unknown.push(attached === '' ? `-${letter} ${value}` : word);
  }
  const read = Object.entries(options).map(([name, setting]) => readers[name]?.(setting) ?? {});
  return Object.assign({ unknown }, ...read);
}

function optionOf(letter: string, value: string): readonly [string, string] {
  const flags: Readonly<Record<string, string>> = { J: 'proxyjump', i: 'identityfile', p: 'port', l: 'user' };
  if (letter !== 'o') return [flags[letter] ?? `-${letter}`, value];
  const [, name = value, setting = ''] = /^\s*(\w+)\s*[=\s]\s*(.*)$/.exec(value) ?? [];
  return [name.toLowerCase(), setting.replace(/^"(.*)"$/, '$1')];
}

const policies: Readonly<Record<string, HostKeyPolicy>> = {
  yes: 'strict',
  ask: 'strict',
  'accept-new': 'accept-new',
  no: 'off',
  off: 'off',
};

const readers: Readonly<Record<string, (setting: string) => Partial<SshOptions>>> = {
  proxyjump: (proxyJump) => ({ proxyJump }),
  identityfile: (identityFile) => ({ identityFile }),
  port: (port) => ({ port }),
  user: (user) => ({ user }),
  connecttimeout: (connectTimeout) => ({ connectTimeout }),
  stricthostkeychecking: (setting) => ({ hostKeyPolicy: policies[setting.toLowerCase()] ?? 'strict' }),
  userknownhostsfile: (setting) => ({ knownHostsFiles: setting.split(/\s+/).filter((file) => file !== '/dev/null') }),
};
