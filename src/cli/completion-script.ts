import type { Command, Option } from 'commander';

import { quote } from '../base/sh.ts';

/** What can stand after a command: its subcommands, its flags, and the words its arguments are chosen from. */
interface Words {
  /** "runs show". */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly flags: readonly { readonly flag: string; readonly about: string }[];
  /** Flags that want a value, with the values when they are known. */
  readonly values: readonly { readonly flag: string; readonly choices: readonly string[] }[];
  readonly choices: readonly string[];
}

/** A completion script. Whatever is no known word completes to file names. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', program: Command): string {
  const all = wordsOf(program, '');
  if (shell === 'fish') return fishScript(all);
  const bash = bashScript(all);
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

function wordsOf(command: Command, path: string): Words[] {
  const flags = command.options.flatMap((option) =>
    flagsOf(option).map((flag) => ({ flag, about: option.description })),
  );
  const own: Words = {
    path,
    commands: command.commands.map((each) => ({ name: each.name(), about: each.description() })),
    flags: [...flags, { flag: '--help', about: 'show help' }],
    values: command.options
      .filter((option) => option.required || option.optional)
      .flatMap((option) => flagsOf(option).map((flag) => ({ flag, choices: option.argChoices ?? [] }))),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  };
  return [own, ...command.commands.flatMap((each) => wordsOf(each, `${path} ${each.name()}`.trim()))];
}

function flagsOf({ short, long }: Option): string[] {
  return [short, long].filter((flag) => flag !== undefined);
}

function bashScript(all: readonly Words[]): string {
  const cases = all.map(({ path, commands, flags, choices }) => {
    const words = [...commands.map(({ name }) => name), ...choices, ...flags.map(({ flag }) => flag)];
    return `    ${quote(path)}) words=${quote(words.join(' '))} ;;`;
  });
  const values = all.flatMap(({ path, values: each }) =>
    each.map(({ flag, choices }) => `    ${quote(`${path} ${flag}`.trim())}) values=${quote(choices.join(' '))} ;;`),
  );
  const paths = all.map(({ path }) => path).filter((path) => path !== '');
  return `_k3sbox() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path= word words= values=-
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
${paths.map((path) => `    ${quote(path)}) path=${quote(path)} ;;`).join('\n')}
    esac
  done
  case "\${path:+$path }$previous" in
${values.join('\n')}
  esac
  case $path in
${cases.join('\n')}
  esac
  [ "$values" = - ] || words=$values
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _k3sbox k3sbox
`;
}

function fishScript(all: readonly Words[]): string {
  const lines = all.flatMap(({ path, commands, flags, values, choices }) => {
    const names = path.split(' ').filter((name) => name !== '');
    const inside = names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    const here = commands.map(({ name }) => name).join(' ');
    const before =
      here === ''
        ? inside
        : [inside, `not __fish_seen_subcommand_from ${here}`].filter((part) => part !== '').join('; and ');
    const when = before === '' ? '' : ` -n ${quote(before)}`;
    return [
      ...commands.map(({ name, about }) => `complete -c k3sbox -f${when} -a ${name} -d ${quote(about)}`),
      ...choices.map((choice) => `complete -c k3sbox -f${when} -a ${quote(choice)}`),
      ...flags.map(({ flag, about }) => {
        const value = values.find((each) => each.flag === flag);
        const kind = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
        return `complete -c k3sbox${when} ${kind}${valueKind(value)} -d ${quote(about)}`;
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}

/** Known values are the only ones; a value that is not known may be a file. */
function valueKind(value: Words['values'][number] | undefined): string {
  if (value === undefined) return '';
  return value.choices.length === 0 ? ' -r' : ` -x -a ${quote(value.choices.join(' '))}`;
}
