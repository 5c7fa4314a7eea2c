import { quote } from '../../src/base/sh.ts';
import { factsScript } from '../../src/host/facts.ts';
import { readLibrary } from '../../src/host/read-library.ts';
import { simpleLibrary } from '../../src/host/simple-steps.ts';
import { hostLibrary, undoHead, undoTail } from '../../src/host/undo-library.ts';
import { actRules } from './sim-acts.ts';
import type { SimHost } from './sim-host.ts';
import { lockRules } from './sim-locks.ts';
import { readRules } from './sim-reads.ts';
import { undoRules } from './sim-undo.ts';
import { shellWords } from './sim-words.ts';

/** Where a script prints to. */
export interface SimOutput {
  readonly stdout: (text: string | Buffer) => void;
  readonly stderr: (text: string | Buffer) => void;
}

/** A kind of line, and what the host does at one; `words` are the groups of the pattern. */
export type Rule = readonly [pattern: RegExp, act: (...words: readonly string[]) => void];

/** The functions that k3sbox brings are what a simulated host knows by heart. */
const known: readonly (readonly [text: string, word: string])[] = [
  [quote(hostLibrary), "''"],
  [quote(undoHead), "''"],
  [quote(undoTail), "''"],
  [hostLibrary, ''],
  [readLibrary, ''],
  [simpleLibrary, ''],
  [factsScript, 'k_facts'],
];

/** The script ends here. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/**
 * Runs a script that k3sbox has sent, line by line. It is no shell: it knows the lines that reading and writing files, a few
 * programs, locking and undoing are made of. At any other line it ends with exit code 2 and says so.
 * @returns the exit code
 */
export function runScript(host: SimHost, script: string, stdin: Buffer, output: SimOutput): number {
  const text = known.reduce((rest, [library, word]) => rest.replace(library, () => word), script);
  try {
    new SimScript(host, text, stdin, output).run();
    return 0;
  } catch (end) {
    if (end instanceof Exit) return end.code;
    throw end;
  }
}

/** A script that runs, and what its lines share. */
export class SimScript {
  readonly host: SimHost;
  readonly output: SimOutput;
  nonce = '';
  /** The id of the run. */
  name = '';
  /** Of the last command. */
  exitCode = 0;
  /** What is printed into a variable. */
  captured: string | undefined;
  /** The questions of a guard are asked: their answers leave out what changes by itself. */
  isGuard = false;
  readonly #lines: readonly string[];
  #stdin: Buffer;
  #at = 0;

  constructor(host: SimHost, text: string, stdin: Buffer, output: SimOutput) {
    this.host = host;
    this.output = output;
    this.#lines = text.split('\n');
    this.#stdin = stdin;
  }

  run(): void {
    const rules: readonly Rule[] = [
      [
        /^$|^W=|^cd "\$R"\|\|exit 1$|^k_own$|^k_synced |^false;fi$|^\}$|^! command -v flock |^k_lib=''$|^eval "\$k_lib"$|^rm -f "\$1\/s"/,
        () => {},
      ],
      [/^N=(\w+) K=\$1 (?:k_run=\S+ )?G= L=/, (nonce = '') => (this.nonce = nonce)],
      [/^exit (\d)$/, (code) => this.exit(Number(code))],
      [/^case \$\{2:-\$\(id -u\)\} in .*;R=\$S\/runs\/([^;]+)$/, (run = '') => (this.name = run)],
      ...lockRules(this),
      ...readRules(this),
      ...actRules(this),
      ...undoRules(this),
    ];
    for (let line = this.next(); line !== undefined; line = this.next()) this.#obey(line, rules);
  }

  #obey(line: string, rules: readonly Rule[]): void {
    for (const [pattern, act] of rules) {
      const words = pattern.exec(line);
      if (words === null) continue;
      act(...words.slice(1));
      return;
    }
    this.output.stderr(`a simulated host cannot do this: ${line}\n`);
    this.exit(2);
  }

  /** The next line, with those that a quoted text in it goes on over. */
  next(): string | undefined {
    let line = this.#lines[this.#at++];
    while (line !== undefined && isOpen(line)) line = `${line}\n${this.#lines[this.#at++] ?? "'"}`;
    return line;
  }

  /** The lines up to this one, which is passed, too. */
  until(isLast: (line: string) => boolean): readonly string[] {
    const from = this.#at;
    const end = this.#lines.findIndex((line, i) => i >= from && isLast(line));
    this.#at = end + 1;
    return this.#lines.slice(from, end);
  }

  hereDocument(delimiter: string): string {
    return this.until((line) => line === delimiter).join('\n');
  }

  takeInput(size: number): Buffer {
    const bytes = this.#stdin.subarray(0, size);
    this.#stdin = this.#stdin.subarray(size);
    return bytes;
  }

  exit(code: number): never {
    throw new Exit(code);
  }

  /** On standard output, or into a variable. */
  print(text: string | Buffer): void {
    if (this.captured === undefined) this.output.stdout(text);
    else this.captured += text.toString();
  }

  printEach(words: string, line: (word: string) => string): void {
    for (const word of shellWords(words)) this.print(line(word));
  }

  /** What was printed into the variable; what comes now is shown again. */
  release(): string {
    const text = this.captured ?? '';
    this.captured = undefined;
    return text;
  }

  frame(text: string): void {
    this.output.stdout(`${this.nonce}${text}`);
  }

  /** On both streams, as steps begin and end. */
  frameBoth(text: string): void {
    this.frame(text);
    this.output.stderr(`${this.nonce}${text}`);
  }
}

/** Whether the line ends within single quotes. */
function isOpen(line: string): boolean {
  return line.replaceAll(/'[^']*'|\\'/g, '').includes("'");
}
