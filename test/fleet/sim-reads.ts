import { runCommand } from './sim-commands.ts';
import { sha256 } from './sim-files.ts';
import type { Rule, SimScript } from './sim-script.ts';
import { shellWords } from './sim-words.ts';

/** Answering questions about files, accounts, facts and what a program prints; the same questions once more for a guard. */
export function readRules(script: SimScript): readonly Rule[] {
  const { files, name } = script.host;
  let probe = '';
  return [
    [/^printf %s "\$N"'(A [^;]*;)'$/, (frame = '') => script.frame(frame)],
    [
      /^k_stat(?:followed)? (.*)$/,
      (paths = '') => script.printEach(paths, (path) => files.stat(path, script.digest !== undefined)),
    ],
    [/^k_sum(?:followed)? (.*)$/, (paths = '') => script.printEach(paths, (path) => files.sum(path))],
    // There are no links here.
    [/^k_(?:link|real) /, () => {}],
    [/^k_passwd (.*)$/, (names = '') => script.printEach(names, (user) => accounts.passwd.get(user) ?? '')],
    [/^k_group (.*)$/, (names = '') => script.printEach(names, (group) => accounts.group.get(group) ?? '')],
    [/^\[ ! -f (.+) \]\|\|head -c /, (path = '') => script.print(files.get(shellWords(path)[0] ?? '')?.content ?? '')],
    [/^k_facts$/, () => script.print(factsOf(name))],
    [/^k_limit=|^k_probe$|^printf "%s\\n" \$r;head /, () => {}],
    [/^k_run\(\)\{ .* 9<<'(\w+)'$/, (end = '') => (probe = script.hereDocument(end))],
    [/^printf %s "\$N"'(A probe \d+;)';/, (frame = '') => answerProbe(script, frame, probe)],
    [/^k_probeguard$/, () => script.print(guardOfProbe(script, probe))],
    [/^G=1$/, () => {}],
    [/^d=\$\(\{$/, () => (script.digest = '')],
    [/^\}\|sha256sum\)$/, () => {}],
    [/^\[ "\$\{d%% \*\}" = (\w+) \]\|\|k_changed (\d+)$/, (digest, group) => checkGuard(script, digest, group)],
  ];
}

const accounts = {
  passwd: new Map([['root', 'root:x:0:0:root:/root:/bin/sh\troot\n']]),
  group: new Map([['root', 'root:x:0:\n']]),
};

function answerProbe(script: SimScript, frame: string, probe: string): void {
  const { exitCode, stdout, stderr } = runCommand(probe, script.host.files);
  script.frame(`${frame}${exitCode}\n${stdout}`);
  script.output.stderr(`${script.nonce}${frame}${stderr}`);
}

function guardOfProbe(script: SimScript, probe: string): string {
  const { exitCode, stdout, stderr } = runCommand(probe, script.host.files);
  return `${exitCode} ${sha256(stdout)} ${sha256(stderr)}\n`;
}

function checkGuard(script: SimScript, digest = '', group = ''): void {
  const found = sha256(script.digest ?? '');
  script.digest = undefined;
  if (found === digest) return;
  script.frame(`G ${group};`);
  script.exit(0);
}

function factsOf(name: string): string {
  const facts = {
    os_id: 'debian',
    os_version: '12',
    os_codename: 'bookworm',
    os_name: 'Debian GNU/Linux',
    nodename: name,
    kernel: '6.1.0-simulated',
    system: 'Linux',
    architecture: 'x86_64',
    fqdn: name,
    user_id: 'root',
    user_uid: '0',
    service_mgr: 'simulated',
    processor_count: '1',
    memtotal_kb: '1048576',
  };
  return Object.entries(facts)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
