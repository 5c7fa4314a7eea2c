import { didYouMean } from '../base/suggest.ts';
import { assert } from './assert.ts';
import { blockinfile } from './blockinfile.ts';
import { command } from './command.ts';
import { copy } from './copy.ts';
import { debug } from './debug.ts';
import { fail } from './fail.ts';
import { file } from './file.ts';
import { lineinfile } from './lineinfile.ts';
import type { Module } from './module.ts';
import { packageModule } from './package.ts';
import { ping } from './ping.ts';
import { replace } from './replace.ts';
import { service } from './service.ts';
import { setFact } from './set-fact.ts';
import { shell } from './shell.ts';
import { slurp } from './slurp.ts';
import { stat } from './stat.ts';
import { template } from './template.ts';

/** Every module a playbook can name. A test keeps this list equal to the files of this folder. */
export const modules: readonly Module[] = [
  assert,
  blockinfile,
  command,
  copy,
  debug,
  fail,
  file,
  lineinfile,
  packageModule,
  ping,
  replace,
  service,
  setFact,
  shell,
  slurp,
  stat,
  template,
];

const byName: ReadonlyMap<string, Module> = new Map(
  modules.flatMap((module) => [module.name, ...(module.aliases ?? [])].map((name) => [name, module])),
);

/** The module a playbook's key means: a name or an alias, with or without the name of Ansible's collection before it. */
export function findModule(key: string): Module | undefined {
  return byName.get(key.replace(/^(?:ansible\.(?:builtin|legacy|posix)|community\.general)\./, ''));
}

/** All names and aliases, sorted. */
export function moduleNames(): readonly string[] {
  return [...byName.keys()].toSorted();
}

/** "Did you mean `template`?" for a key that is no module. */
export function suggestModule(key: string): string | undefined {
  return didYouMean(key.split('.').at(-1) ?? key, byName.keys());
}
