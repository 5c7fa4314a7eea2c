import type { SimFiles } from './sim-files.ts';
import { shellWords } from './sim-words.ts';

export interface CommandEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The few programs that a simulated host has. What it has not is not found, as on a real one. */
export function runCommand(text: string, files: SimFiles): CommandEnd {
  const [program = '', ...args] = shellWords(text.trim());
  switch (program) {
    case 'true':
      return ended(0);
    case 'false':
      return ended(1);
    case 'echo':
      return ended(0, `${args.join(' ')}\n`);
    case 'test':
      return ended(isTrue(args, files) ? 0 : 1);
    case 'cat': {
      const node = files.get(args[0] ?? '');
      if (node?.type !== 'file') return ended(1, '', `cat: ${args[0] ?? ''}: No such file or directory\n`);
      return ended(0, node.content.toString());
    }
    default:
      return ended(127, '', `sh: 1: ${program}: not found\n`);
  }
}

function ended(exitCode: number, stdout = '', stderr = ''): CommandEnd {
  return { exitCode, stdout, stderr };
}

function isTrue([first = '', second = '', third = '']: readonly string[], files: SimFiles): boolean {
  const type = files.get(second)?.type;
  if (first === '-e') return type !== undefined;
  if (first === '-f') return type === 'file';
  if (first === '-d') return type === 'directory';
  return second === '=' ? first === third : second === '!=' && first !== third;
}
