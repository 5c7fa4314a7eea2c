import { runCommand } from './sim-commands.ts';
import { sha256 } from './sim-files.ts';
import type { Rule, SimScript } from './sim-script.ts';
import { shellWords } from './sim-words.ts';

/** Answering questions about files, accounts, facts and what a program prints; the same questions once more for a guard. */
export function readRules(script: SimScript): readonly Rule[] {
  const { files, name } = script.host;
  let probe = '';
  /** What the guard has found. */
  let state = '';
  return [
    [/^printf %s "\$N"'(A [^;]*;)'$/, (frame = '') => script.frame(frame)],
    [
      /^(?:k_stat|k_statfollowed|k_merged stat \d+) (.*)$/,
      (paths = '') => script.printEach(paths, (path) => files.stat(path, script.isGuard)),
    ],
    [
      /^(?:k_sum|k_sumfollowed|k_merged sum \d+) (.*)$/,
      (paths = '') => script.printEach(paths, (path) => files.sum(path)),
    ],
    [/^k_sums=\$\($/, () => (script.captured = '')],
    [
      /^\);printf %s "\$N"'(A sum;)';printf /,
      (frame = '') => script.print(`${script.nonce}${frame}${script.release()}`),
    ],
    // There are no links here.
    [/^k_(?:link|real) /, () => {}],
    [/^k_passwd (.*)$/, (names = '') => script.printEach(names, (user) => accounts.passwd.get(user) ?? '')],
    [/^k_group (.*)$/, (names = '') => script.printEach(names, (group) => accounts.group.get(group) ?? '')],
    [
      /^(?:k_summed (\w+) .+\|\|)?\[ ! -f (.+) \]\|\|head -c /,
      (sum, path = '') => printContent(script, sum, shellWords(path)[0] ?? ''),
    ],
    [/^k_facts$/, () => script.print(factsOf(name))],
    [/^k_limit=|^k_probe$|^printf "%s\\n" \$r;head /, () => {}],
    [/^k_run\(\)\{ .* 9<<'(\w+)'$/, (end = '') => (probe = script.hereDocument(end))],
    [/^printf %s "\$N"'(A probe \d+;)';/, (frame = '') => answerProbe(script, frame, probe)],
    [/^k_probeguard$/, () => script.print(guardOfProbe(script, probe))],
    [/^G=1$/, () => (script.isGuard = true)],
    [
      /^G= L=;printf %s "\$N"'R;'$/,
      () => {
        script.isGuard = false;
        script.frame('R;');
      },
    ],
    [/^k_g=\$\(\{?$/, () => (script.captured = '')],
    [/^\}\|sha256sum\)$/, () => (state = sha256(script.release()))],
    [/^\)$/, () => (state = script.release().replace(/\n+$/, ''))],
    [
      /^\[ "\$\{k_g%% \*\}" = (\w+) \]\|\|k_changed (\d+)$/,
      (digest, group) => checkGuard(script, state === digest, group),
    ],
    [
      /^\[ "\$k_g" = ([^]*) \]\|\|k_changed (\d+)$/,
      (text = '', group) => checkGuard(script, state === (shellWords(text)[0] ?? ''), group),
    ],
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

function checkGuard(script: SimScript, holds: boolean, group = ''): void {
  if (holds) return;
  script.frame(`G ${group};`);
  script.exit(0);
}

function printContent(script: SimScript, unless: string | undefined, path: string): void {
  const node = script.host.files.get(path);
  if (node?.type === 'file' && sha256(node.content) !== unless) script.print(node.content);
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
