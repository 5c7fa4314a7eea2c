import { actLibrary, lookLibrary } from '../../src/host/act-library.ts';
import { factsScript } from '../../src/host/facts.ts';
import { readLibrary } from '../../src/host/read-library.ts';
import { undoProgram } from '../../src/host/undo-library.ts';
import { runCommand } from './sim-commands.ts';
import { directory, sha256, type SimNode } from './sim-files.ts';
import type { SimGroup, SimHost, SimUndo } from './sim-host.ts';
import { shellWords } from './sim-words.ts';

/** Where a script prints to. */
export interface SimOutput {
  readonly stdout: (text: string | Buffer) => void;
  readonly stderr: (text: string | Buffer) => void;
}

/** The functions that k3sbox brings are what a simulated host knows by heart: it has them as methods. */
const known: readonly (readonly [text: string, word: string])[] = [
  [undoProgram(readLibrary), ''],
  [readLibrary, ''],
  [lookLibrary, ''],
  [actLibrary, ''],
  [factsScript, 'k_facts'],
];

class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/**
 * Runs a script that k3sbox has sent, line by line. It is no shell: it knows the lines that reading and writing files, running
 * {@link runCommand}'s programs, locking and undoing are made of. At any other line it ends with exit code 2 and says so.
 * @returns the exit code
 */
export function runScript(host: SimHost, script: string, stdin: Buffer, output: SimOutput): number {
  const text = known.reduce((rest, [library, word]) => rest.replace(library, () => word), script);
  try {
    new Script(host, text, stdin, output).run();
    return 0;
  } catch (end) {
    if (end instanceof Exit) return end.code;
    throw end;
  }
}

type Rule = readonly [pattern: RegExp, act: (words: readonly string[], line: string) => void];

class Script {
  readonly #host: SimHost;
  readonly #lines: readonly string[];
  readonly #output: SimOutput;
  #stdin: Buffer;
  #at = 0;
  #nonce = '';
  #run = '';
  #isGuard = false;
  /** Collects what a guard prints. */
  #digest: string | undefined;
  #exitCode = 0;
  #before = new Map<string, string>();
  #saved = new Map<string, SimNode | undefined>();
  #probe = '';
  #temporary: { readonly path: string; node: SimNode } | undefined;

  constructor(host: SimHost, text: string, stdin: Buffer, output: SimOutput) {
    this.#host = host;
    this.#lines = text.split('\n');
    this.#stdin = stdin;
    this.#output = output;
  }

  run(): void {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at++] ?? '';
      const rule = this.#rules.find(([pattern]) => pattern.test(line));
      if (rule === undefined) {
        this.#output.stderr(`a simulated host cannot do this: ${line}\n`);
        throw new Exit(2);
      }
      rule[1](rule[0].exec(line)?.slice(1) ?? [], line);
    }
  }

  readonly #rules: readonly Rule[] = [
    [/^$|^W=|^cd "\$R"\|\|exit 1$|^k_own$|^k_synced |^false;fi$|^exec 6>&-$|^! command -v flock /, () => {}],
    [/^N=(\w+) K=\$1 G= L=( F=)?$/, ([nonce = '']) => (this.#nonce = nonce)],
    [/^exit (\d)$/, ([code]) => this.#exit(Number(code))],
    ...this.#lockRules(),
    [/^if \[ "\$\(id -u\)" = 0 \];then S=.*;R=\$S\/runs\/(\S+)$/, ([run = '']) => (this.#run = run)],
    ...this.#readRules(),
    ...this.#groupRules(),
    ...this.#stepRules(),
    ...this.#undoRules(),
  ];

  #lockRules(): readonly Rule[] {
    return [
      [/R=\$S\/runs\/(\S+);k_lock=\$S\/lock;\(umask/, ([run = '']) => (this.#run = run)],
      [/^k_take\(\)\{ .* printf %s '(.*)$/, ([first = '']) => this.#takeLock(first)],
      [/R=\$S\/runs\/(\S+);k_lock=\$S\/lock;\[ -d "\$k_lock" \]/, ([run = '']) => this.#unlock(run)],
    ];
  }

  #readRules(): readonly Rule[] {
    return [
      [/^printf %s "\$N"'(A .*;)'$/, ([frame = '']) => this.#print(`${this.#nonce}${frame}`)],
      [/^k_stat (.*)$/, ([paths = '']) => this.#each(paths, (path) => this.#host.files.stat(path, this.#isGuard))],
      [
        /^k_statfollowed (.*)$/,
        ([paths = '']) => this.#each(paths, (path) => this.#host.files.stat(path, this.#isGuard)),
      ],
      [/^k_sum(?:followed)? (.*)$/, ([paths = '']) => this.#each(paths, (path) => this.#host.files.sum(path))],
      // There are no links here.
      [/^k_(?:link|real) /, () => {}],
      [
        /^k_passwd (.*)$/,
        ([names = '']) => this.#each(names, (name) => (name === 'root' ? 'root:x:0:0:root:/root:/bin/sh\troot\n' : '')),
      ],
      [/^k_group (.*)$/, ([names = '']) => this.#each(names, (name) => (name === 'root' ? 'root:x:0:\n' : ''))],
      [/^\[ ! -f (.+) \]\|\|head -c /, ([path = '']) => this.#printContent(shellWords(path)[0] ?? '')],
      [/^k_facts$/, () => this.#print(factsOf(this.#host.name))],
      [/^k_limit=/, () => {}],
      [/^k_run\(\)\{ .* 9<<'(\w+)'$/, ([end = '']) => (this.#probe = this.#hereDocument(end))],
      [/^k_probe$/, () => {}],
      [/^printf %s "\$N"'(A probe \d+;)';/, ([frame = '']) => this.#answerProbe(frame)],
      [/^printf "%s\\n" \$r;head /, () => {}],
      [/^k_probeguard$/, () => this.#guardProbe()],
      [/^\}$/, () => {}],
    ];
  }

  #groupRules(): readonly Rule[] {
    return [
      [/^\[ -f "\$R\/undo" \]\|\|\{ umask .* <<'(\w+)'/, ([end = '']) => void this.#hereDocument(end)],
      [/^G=1$/, () => (this.#isGuard = true)],
      [/^d=\$\(\{$/, () => (this.#digest = '')],
      [/^\}\|sha256sum\)$/, () => {}],
      [
        /^\[ "\$\{d%% \*\}" = (\w+) \]\|\|k_changed (\d+)$/,
        ([digest = '', group = '']) => this.#checkGuard(digest, group),
      ],
      [/^\{ k_look (.*);echo '# end';\} >\d+\.before/, ([paths = '']) => this.#lookBefore(shellWords(paths))],
      [/^\{ k_save \S+ (.*)$/, ([path = '']) => this.#save(shellWords(path)[0] ?? '')],
      [/^\}\|\|exit 1$/, () => {}],
      [/^cat >(\d+)\.undo\.new <<'(\w+)'/, ([group = '', end = '']) => this.#log(group, this.#hereDocument(end))],
      [/^mv \S+\.undo\.new /, () => {}],
      [/^k_seen (\d+) (.*)$/, ([group = '', paths = '']) => this.#lookAfter(group, shellWords(paths))],
    ];
  }

  #stepRules(): readonly Rule[] {
    return [
      [/^true >(\S+)\.begun\|\|exit 1;/, ([step = '']) => this.#both(`B ${step};`)],
      [/^k_r=\$\?;cd "\$R";.*k_end (\S+) \$k_r$/, ([step = '']) => this.#both(`D ${step} ${this.#exitCode};`)],
      [/^case \$k_r in 0\);;\*\)(.*)exit 0;;esac$/, ([look = '']) => this.#stopIfFailed(look)],
      [
        /^k_mkdir (.+)&&k_rights (.+)$/,
        ([path = '', rights = '']) => this.#makeDirectory(shellWords(path)[0] ?? '', rights),
      ],
      [/^k_nolink (.+)&&k_rights (.+)$/, ([, rights = '']) => this.#setRights(rights)],
      [/^if k_temp (.+);then k_ok=1;else k_ok=;fi$/, ([words = '']) => this.#makeTemporary(shellWords(words)[0] ?? '')],
      [/^if \[ -n "\$k_ok" \];then k_payload (\d+) /, ([size = '']) => this.#takePayload(Number(size))],
      [
        /^r=\$\?;\[ \$r = 0 \]&&k_keep (\S+) (\S+)(?:&&k_rights \S+ (\S+) .*)?$/,
        ([, , mode = '']) => this.#keepRights(mode),
      ],
      [/^r=\$\?;\[ \$r = 0 \]&&k_replace /, () => this.#replace()],
      [/^r=\$\?;\[ \$r = 0 \]\|\|rm -f /, () => {}],
      [/^k_remove \S+ (.+)$/, ([path = '']) => this.#host.files.set(shellWords(path)[0] ?? '', undefined)],
      [/^(?:k_record \S+ &&\{ )?\/bin\/sh -c .* 9<<'(\w+)'$/, ([end = '']) => this.#perform(this.#hereDocument(end))],
      [/^\} >"\$K\/out"/, () => {}],
    ];
  }

  #undoRules(): readonly Rule[] {
    return [
      [/^\[ -f "\$R\/undo" \]\|\|\{ printf %s (\w+)'U - missing/, ([nonce = '']) => this.#needLog(nonce)],
      [/^N=\w+ K=\$1 FORCE=(1?) CHECK=(1?) ONLY=''/, ([force, check]) => this.#takeBack(force === '1', check === '1')],
    ];
  }

  #exit(code: number): never {
    throw new Exit(code);
  }

  #print(text: string | Buffer): void {
    if (this.#digest === undefined) this.#output.stdout(text);
    else this.#digest += text.toString();
  }

  #both(frame: string): void {
    this.#output.stdout(`${this.#nonce}${frame}`);
    this.#output.stderr(`${this.#nonce}${frame}`);
  }

  #each(words: string, line: (word: string) => string): void {
    for (const word of shellWords(words)) this.#print(line(word));
  }

  #hereDocument(end: string): string {
    const from = this.#at;
    this.#at = this.#lines.indexOf(end, from) + 1;
    return this.#lines.slice(from, this.#at - 1).join('\n');
  }

  #printContent(path: string): void {
    const node = this.#host.files.get(path);
    if (node?.type === 'file') this.#print(node.content);
  }

  #answerProbe(frame: string): void {
    const { exitCode, stdout, stderr } = runCommand(this.#probe, this.#host.files);
    this.#output.stdout(`${this.#nonce}${frame}${exitCode}\n${stdout}`);
    this.#output.stderr(`${this.#nonce}${frame}${stderr}`);
  }

  #guardProbe(): void {
    const { exitCode, stdout, stderr } = runCommand(this.#probe, this.#host.files);
    this.#print(`${exitCode} ${sha256(stdout)} ${sha256(stderr)}\n`);
  }

  #takeLock(first: string): void {
    const from = this.#at - 1;
    const end = this.#lines.findIndex((line, i) => i >= from && line.startsWith('\' >"$k_lock/owner"'));
    const text = [first, ...this.#lines.slice(this.#at, end)].join('\n');
    this.#at = this.#lines.indexOf('exec 6>&-');
    const nonce = /k_taken\(\)\{ printf %s (\w+)/.exec(this.#lines.slice(end).join('\n'))?.[1] ?? '';
    const owner = /^run=(.*)$/m.exec(this.#host.lock ?? '')?.[1];
    if (owner === undefined || owner === this.#run) {
      this.#host.lock = text;
      this.#output.stdout(`${nonce}L taken /var/lib/k3sbox/lock;`);
      return;
    }
    this.#output.stdout(`${nonce}L busy 1;${this.#host.lock ?? ''}\n${nonce}L end;`);
    this.#exit(0);
  }

  #unlock(run: string): never {
    if (this.#host.lock?.startsWith(`run=${run}\n`)) this.#host.lock = undefined;
    return this.#exit(0);
  }

  #checkGuard(digest: string, group: string): void {
    const found = sha256(this.#digest ?? '');
    this.#digest = undefined;
    if (found === digest) return;
    this.#output.stdout(`${this.#nonce}G ${group};`);
    this.#exit(0);
  }

  #lookBefore(paths: readonly string[]): void {
    this.#before = new Map(paths.map((path) => [path, this.#host.look(path)]));
    this.#saved = new Map(paths.map((path) => [path, this.#host.files.get(path)]));
  }

  #save(path: string): void {
    this.#saved.set(path, this.#host.files.get(path));
  }

  #log(group: string, text: string): void {
    const undo = [...text.matchAll(/^if k_step (.*);then\nk_undo_path (.*)\nfi$/gm)].map(
      ([, step = '', path = '']): SimUndo => {
        const [id = '', say = ''] = shellWords(step);
        return { step: id, say, path: shellWords(path)[0] ?? '' };
      },
    );
    const entry: SimGroup = { before: this.#before, saved: this.#saved, after: new Map(), undo };
    this.#host.groupsOf(this.#run).set(group, entry);
  }

  #lookAfter(group: string, paths: readonly string[]): void {
    const entry = this.#host.groupsOf(this.#run).get(group);
    for (const path of paths) entry?.after.set(path, this.#host.look(path));
  }

  #stopIfFailed(look: string): void {
    if (this.#exitCode === 0) return;
    const [, group = '', paths = ''] = /^k_seen (\d+) (.*);$/.exec(look) ?? [];
    if (group !== '') this.#lookAfter(group, shellWords(paths));
    this.#exit(0);
  }

  #fail(reason: string): void {
    this.#output.stderr(`${reason}\n`);
    this.#exitCode = 1;
  }

  #makeDirectory(path: string, rights: string): void {
    this.#exitCode = 0;
    const { files } = this.#host;
    if (!files.hasFolderOf(path)) {
      this.#fail(`mkdir: cannot create directory '${path}': No such file or directory`);
      return;
    }
    if (files.get(path) === undefined) files.set(path, directory(0o755));
    this.#setRights(rights);
  }

  #setRights(rights: string): void {
    const [path = '', mode = ''] = shellWords(rights);
    const node = this.#host.files.get(path);
    if (node === undefined || !/^\d+$/.test(mode)) return;
    this.#host.files.set(path, { ...node, mode: Number.parseInt(mode, 8) });
  }

  #makeTemporary(path: string): void {
    this.#exitCode = 0;
    const { files } = this.#host;
    this.#temporary = undefined;
    if (files.get(path)?.type === 'directory') this.#fail(`is a directory: ${path}`);
    else if (!files.hasFolderOf(path)) this.#fail(`no such directory: ${path.slice(0, path.lastIndexOf('/'))}`);
    else this.#temporary = { path, node: { type: 'file', mode: 0o600, content: Buffer.alloc(0) } };
  }

  #takePayload(size: number): void {
    const content = this.#stdin.subarray(0, size);
    this.#stdin = this.#stdin.subarray(size);
    if (this.#temporary !== undefined) this.#temporary.node = { ...this.#temporary.node, content };
  }

  #keepRights(mode: string): void {
    if (this.#temporary === undefined) return;
    const { path, node } = this.#temporary;
    const kept = /^\d+$/.test(mode) ? Number.parseInt(mode, 8) : (this.#host.files.get(path)?.mode ?? 0o644);
    this.#temporary.node = { ...node, mode: kept };
  }

  #replace(): void {
    if (this.#temporary !== undefined) this.#host.files.set(this.#temporary.path, this.#temporary.node);
  }

  #perform(command: string): void {
    const { exitCode, stdout, stderr } = runCommand(command, this.#host.files);
    this.#exitCode = exitCode;
    this.#output.stdout(stdout);
    this.#output.stderr(stderr);
  }

  #needLog(nonce: string): void {
    this.#nonce = nonce;
    if (this.#host.runs.has(this.#run)) return;
    this.#output.stdout(`${nonce}U - missing ;`);
    this.#exit(0);
  }

  #takeBack(force: boolean, check: boolean): void {
    const groups = this.#host.groupsOf(this.#run);
    let isLeft = false;
    for (const [id, group] of [...groups].toReversed()) {
      const results = group.undo.map((undo) => this.#takeBackOne(group, undo, force, check));
      if (results.includes('conflict')) isLeft = true;
      else if (!check) groups.delete(id);
    }
    this.#exit(isLeft ? 6 : 0);
  }

  #takeBackOne(group: SimGroup, { step, say, path }: SimUndo, force: boolean, check: boolean): string {
    const now = this.#host.look(path);
    const tell = (result: string, text = say): string => {
      this.#output.stdout(`${this.#nonce}U ${step} ${result} ${text.replaceAll(';', '\u0001')};`);
      return result;
    };
    if (now === group.before.get(path)) return tell('same');
    if (!force && now !== group.after.get(path)) {
      return tell('conflict', `${say}: somebody changed ${path} since; not touched`);
    }
    if (check) return tell('would');
    const saved = group.saved.get(path);
    if (saved === undefined && !this.#host.files.isEmpty(path)) {
      return tell('0', `${say}: kept ${path}, which is not empty`);
    }
    this.#host.files.set(path, saved);
    return tell('0');
  }
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
