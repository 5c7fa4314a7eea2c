import { runCommand } from './sim-commands.ts';
import { directory, type SimNode } from './sim-files.ts';
import type { SimGroup } from './sim-host.ts';
import type { Rule, SimScript } from './sim-script.ts';
import { shellWords } from './sim-words.ts';

/** Groups of steps: what stood there, the way back, and the steps themselves. */
export function actRules(script: SimScript): readonly Rule[] {
  const group = new Group(script);
  const file = new NewFile(script);
  const texts = new Map<string, string>();
  return [
    [/^\[ -f "\$R\/undo" \]\|\|exit 1$|^\{ \[ -f "\$R\/undo" \].*\|\|\{ umask /, () => {}],
    [
      /^\{ (?:if k_linked (.*?);then k_look .*|k_look (.*));echo '# end';\} >\d+\.before/,
      (checked, paths) => group.lookBefore(shellWords(checked ?? paths ?? '')),
    ],
    // What will be replaced is remembered when it is looked at; drafts beside their targets are nobody's business.
    [/^true >\S+\.begun\|\|exit 1$|^\{$|^\} 2>&1$|^k_save .*\|\|exit 1$|^k_prepare |^k_modes |^k_together /, () => {}],
    [/^(k_t\d+_\d+)=([^]*)$/, (name = '', text = '') => texts.set(name, shellWords(text)[0] ?? '')],
    [/^k_print ([^]*) >(\d+)\.undo\|\|exit 1$/, (text = '', id = '') => group.log(id, shellWords(text)[0] ?? '')],
    [/^true >(\S+)\.begun\|\|exit 1;(?:k_synced .*;)?k_begin /, (step = '') => script.frameBoth(`B ${step};`)],
    [/^k_r=\$\?;k_did (\S+) \$k_r$/, (step = '') => script.frame(`X ${step} ${script.exitCode};`)],
    [/^k_r=\$\?;cd "\$R";.*k_end (\S+) \$k_r$/, (step = '') => script.frameBoth(`D ${step} ${script.exitCode};`)],
    [/^k_leave\(\)\{ (?:k_seen (\d+) (.*?);)?(?::|k_drop);\}$/, (id, paths) => group.leaveBy(id, paths)],
    [/^case \$k_r in 0\);;\*\)k_leave;exit 0;;esac$/, () => (script.exitCode === 0 ? undefined : group.leave())],
    [/^k_leave;exit 0$/, () => group.leave()],
    // It looks anew, and sees the same.
    [/^k_wrote="/, () => {}],
    [/^(?:k_seen|k_seenall) (\d+) (?:\d+ )?(.*)$/, (id = '', paths = '') => group.lookAfter(id, paths)],
    [/^k_folder (\S+) (.+)$/, (step = '', words = '') => group.pass(step, () => makeDirectory(script, words))],
    [
      /^k_file (\S+) (.+) "\$(k_t\d+_\d+)" "\$\w+"(?: \w+)?$/,
      (step = '', words = '', name = '') => {
        const [path = '', mode = ''] = shellWords(words);
        group.pass(step, () => file.write(path, Buffer.from(texts.get(name) ?? ''), mode));
      },
    ],
    [/^k_mkdir (.+)$/, (words = '') => makeDirectory(script, words)],
    [/^k_nolink .+&&k_rights (.+)$/, (rights = '') => setRights(script, rights)],
    [/^k_remove \S+ (.+)$/, (path = '') => script.host.files.set(shellWords(path)[0] ?? '', undefined)],
    [
      /^k_text (.+) "\$(k_t\d+_\d+)" "\$\w+"$/,
      (paths = '', name = '') => {
        file.make(shellWords(paths)[0] ?? '');
        file.fill(Buffer.from(texts.get(name) ?? ''));
      },
    ],
    [/^if k_temp (.+);then k_ok=1;else k_ok=;fi$/, (words = '') => file.make(shellWords(words)[0] ?? '')],
    [/^if \[ -n "\$k_ok" \];then k_payload (\d+) /, (size) => file.fill(script.takeInput(Number(size)))],
    [/^r=\$\?;\[ \$r = 0 \]&&k_keep (.*)$/, (words = '') => file.setMode(shellWords(words)[2] ?? '')],
    [/^r=\$\?;\[ \$r = 0 \]&&k_replace /, () => file.replace()],
    [/^r=\$\?;\[ \$r = 0 \]\|\|rm -f /, () => {}],
    [/^(?:k_record \S+ &&\{ )?\/bin\/sh -c [^]* 9<<'(\w+)'$/, (end = '') => perform(script, script.hereDocument(end))],
    [/^\} >"\$K\/out"/, () => {}],
  ];
}

class Group {
  readonly #script: SimScript;
  #before = new Map<string, string>();
  #saved = new Map<string, SimNode | undefined>();
  #last: { readonly id: string | undefined; readonly paths: string } = { id: undefined, paths: '' };

  constructor(script: SimScript) {
    this.#script = script;
  }

  lookBefore(paths: readonly string[]): void {
    const { host } = this.#script;
    this.#before = new Map(paths.map((path) => [path, host.look(path)]));
    this.#saved = new Map(paths.map((path) => [path, host.files.get(path)]));
  }

  log(id: string, text: string): void {
    const steps = [...text.matchAll(/^if k_step (.*);then\nk_undo_path (.*)\nfi$/gm)];
    const undo = steps.map(([, words = '', path = '']) => {
      const [step = '', say = ''] = shellWords(words);
      return { step, say, path: shellWords(path)[0] ?? '' };
    });
    const group: SimGroup = { before: this.#before, saved: this.#saved, after: new Map(), undo };
    this.#script.host.groupsOf(this.#script.name).set(id, group);
  }

  lookAfter(id: string, paths: string): void {
    const { host, name } = this.#script;
    const group = host.groupsOf(name).get(id);
    for (const path of shellWords(paths)) group?.after.set(path, host.look(path));
  }

  /** What is looked at when the host stops in the midst of the group. */
  leaveBy(id: string | undefined, paths = ''): void {
    this.#last = { id, paths };
  }

  /** A simple step, and the end of the script when it fails. */
  pass(step: string, act: () => void): void {
    act();
    this.#script.frame(`X ${step} ${this.#script.exitCode};`);
    if (this.#script.exitCode !== 0) this.leave();
  }

  leave(): void {
    const { id, paths } = this.#last;
    if (id !== undefined) this.lookAfter(id, paths);
    this.#script.exit(0);
  }
}

/** A file on its way: it appears when all of it is there. */
class NewFile {
  readonly #script: SimScript;
  #draft: { readonly path: string; readonly node: SimNode } | undefined;

  constructor(script: SimScript) {
    this.#script = script;
  }

  write(path: string, content: Buffer, mode: string): void {
    this.make(path);
    this.fill(content);
    this.setMode(mode);
    this.replace();
  }

  make(path: string): void {
    const { files } = this.#script.host;
    this.#script.exitCode = 0;
    this.#draft = undefined;
    if (files.get(path)?.type === 'directory') fail(this.#script, `is a directory: ${path}`);
    else if (!files.hasFolderOf(path)) fail(this.#script, `no such directory: ${path.slice(0, path.lastIndexOf('/'))}`);
    else this.#draft = { path, node: { type: 'file', mode: 0o600, content: Buffer.alloc(0) } };
  }

  fill(content: Buffer): void {
    if (this.#draft !== undefined) this.#draft = { ...this.#draft, node: { ...this.#draft.node, content } };
  }

  setMode(mode: string): void {
    if (this.#draft === undefined) return;
    const { path, node } = this.#draft;
    const old = this.#script.host.files.get(path)?.mode ?? 0o644;
    this.#draft = { path, node: { ...node, mode: isMode(mode) ? Number.parseInt(mode, 8) : old } };
  }

  replace(): void {
    if (this.#draft !== undefined) this.#script.host.files.set(this.#draft.path, this.#draft.node);
  }
}

function isMode(word: string): boolean {
  return /^\d+$/.test(word);
}

function fail(script: SimScript, reason: string): void {
  script.output.stderr(`${reason}\n`);
  script.exitCode = 1;
}

function makeDirectory(script: SimScript, words: string): void {
  const { files } = script.host;
  const [path = ''] = shellWords(words);
  script.exitCode = 0;
  if (!files.hasFolderOf(path)) {
    fail(script, `mkdir: cannot create directory '${path}': No such file or directory`);
    return;
  }
  if (files.get(path) === undefined) files.set(path, directory(0o755));
  setRights(script, words);
}

function setRights({ host: { files } }: SimScript, rights: string): void {
  const [path = '', mode = ''] = shellWords(rights);
  const node = files.get(path);
  if (node !== undefined && isMode(mode)) files.set(path, { ...node, mode: Number.parseInt(mode, 8) });
}

function perform(script: SimScript, command: string): void {
  const { exitCode, stdout, stderr } = runCommand(command, script.host.files);
  script.exitCode = exitCode;
  script.output.stdout(stdout);
  script.output.stderr(stderr);
}
