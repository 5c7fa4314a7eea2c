import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { onTestFinished } from 'vitest';

import { renderDiagnostic } from '../../src/base/diagnostic.ts';
import type { Diagnostic } from '../../src/base/diagnostic.ts';
import { ConfigError } from '../../src/base/errors.ts';
import { loadPlaybooks } from '../../src/playbook/load-playbook.ts';
import type { ModuleIndex, ModuleShape } from '../../src/playbook/loader.ts';
import type { Include, Play, Task, TaskNode } from '../../src/playbook/playbook.ts';
import { Problems } from '../../src/playbook/problems.ts';

/** A folder with these files, removed after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-playbook-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const shapes: Readonly<Record<string, ModuleShape>> = {
  command: { name: 'command', freeForm: 'cmd', background: true },
  shell: { name: 'shell', freeForm: 'cmd', background: true },
  async_status: { name: 'async_status' },
  debug: { name: 'debug', freeForm: 'msg', raw: ['var'] },
  copy: { name: 'copy' },
  reboot: { name: 'reboot' },
  template: { name: 'template' },
  file: { name: 'file' },
  service: { name: 'service' },
  set_fact: { name: 'set_fact' },
};

/** A small catalogue: what the loader needs to know of modules is little. */
export const someModules: ModuleIndex = {
  find: (name) => (Object.hasOwn(shapes, name) ? shapes[name] : undefined),
  names: () => Object.keys(shapes),
};

/** Reads `site.yaml` of these files. @throws ConfigError with everything that is wrong */
export function loadSite(
  files: Readonly<Record<string, string>> | string,
  modules = someModules,
): {
  readonly plays: readonly Play[];
  readonly folder: string;
  readonly warnings: readonly Diagnostic[];
} {
  const folder = folderWith(typeof files === 'string' ? { 'site.yaml': files } : files);
  const problems = new Problems();
  const [playbook] = loadPlaybooks([join(folder, 'site.yaml')], modules, problems);
  problems.throwIfAny();
  return { plays: playbook?.plays ?? [], folder, warnings: problems.warnings };
}

/** The first play of it. */
export function loadFirstPlay(files: Readonly<Record<string, string>> | string): Play {
  const [play] = loadSite(files).plays;
  if (play === undefined) throw new Error('no play');
  return play;
}

/** The first task of a play whose tasks are given, indentation and all. */
export function loadOneTask(task: string): Task {
  const body = loadFirstPlay(`- hosts: all\n  tasks:\n${indent(task, 4)}`).body;
  const [node] = body;
  if (node?.kind !== 'task') throw new Error('no task');
  return node;
}

export function indent(text: string, by: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(by) + line))
    .join('\n');
}

/** Everything that is printed about these files, as a user sees it; empty when nothing is wrong. */
export function printedProblems(files: Readonly<Record<string, string>> | string): string {
  const folder = folderWith(typeof files === 'string' ? { 'site.yaml': files } : files);
  const problems = new Problems();
  loadPlaybooks([join(folder, 'site.yaml')], someModules, problems);
  return print(problems.all, folder);
}

/** Diagnostics as they are printed, the folder left out. */
export function print(diagnostics: readonly Diagnostic[], folder: string): string {
  const shown = diagnostics.map((one) => renderDiagnostic(one, (file) => readFileSync(resolve(folder, file), 'utf8')));
  return shown.join('\n\n').replaceAll(`${folder}/`, '').replaceAll(folder, '.');
}

/** What `work` throws, printed. */
export function printedError(work: () => unknown, folder: string): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return print(error.diagnostics, folder);
    throw error;
  }
  return '';
}

/** The shape of a list of nodes in a few words, for tests about structure. */
export function outline(nodes: readonly TaskNode[]): unknown[] {
  return nodes.map((node) => {
    if (node.kind === 'flush') return 'flush';
    if (node.kind === 'task') return node.id;
    if (node.kind === 'include') return { include: node.id, known: node.known && outline(node.known.nodes) };
    return { block: outline(node.block), rescue: outline(node.rescue), always: outline(node.always) };
  });
}

export function firstInclude(play: Play): Include {
  const include = play.body.find((node) => node.kind === 'include');
  if (include === undefined) throw new Error('no include');
  return include;
}
