import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import pLimit from 'p-limit';

import type { Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { SourceLog } from '../base/source-log.ts';
import { parseYaml } from '../base/yaml-source.ts';
import type { Inventory } from './inventory.ts';
import { InventoryBuilder } from './inventory-builder.ts';
import { isListing, readHostVars, readListing } from './read-json.ts';
import { readIniInventory } from './read-ini.ts';
import { readYamlInventory } from './read-yaml.ts';
import { resolveInventory } from './resolve-inventory.ts';
import { runScript } from './run-script.ts';

/**
 * Reads inventories and merges them in order: later ones add hosts and groups, and their variables win.
 *
 * Each source is what `-i` takes: a name (`prod` for inventories/prod.yaml, .yml, .json, .ini or the folder
 * inventories/prod/), a path, or hosts with commas (`h1,h2,`). `cwd` is what paths are relative to;
 * `log` hears of every file.
 * @throws ConfigError with the problems of all of them
 */
export async function loadInventory(
  sources: readonly string[],
  cwd: string,
  log = new SourceLog(),
): Promise<Inventory> {
  const builder = new InventoryBuilder();
  for (const source of sources) {
    if (source.includes(',')) addHostList(source, cwd, builder);
    else await addPath(await resolveInventory(source, cwd), { cwd, builder, log });
  }
  const inventory = builder.finish();
  const hasErrors = builder.problems.some(({ severity }) => severity === 'error');
  if (hasErrors) throw new ConfigError(builder.problems);
  return inventory;
}

function addHostList(source: string, cwd: string, builder: InventoryBuilder): void {
  builder.addFolder(cwd);
  const span: Span = { file: '-i', line: 1, column: 1, length: source.length };
  for (const name of source.split(',')) if (name.trim() !== '') builder.addHosts(name.trim(), 'ungrouped', span);
}

/** What is in a folder of inventories without being one. */
const skipped = /^\.|~$|\.(?:md|txt|rst|cfg|orig|bak|retry|rpm|pyc|pyo|swp|toml)$/;

interface Reading {
  readonly cwd: string;
  readonly builder: InventoryBuilder;
  readonly log: SourceLog;
}

async function addPath(file: string, reading: Reading): Promise<void> {
  const { cwd, builder } = reading;
  if (!(await stat(file)).isDirectory()) {
    builder.addFolder(path.dirname(file));
    return addFile(file, reading);
  }
  builder.addFolder(file);
  const names = (await readdir(file)).filter((name) => !skipped.test(name)).toSorted();
  // Links are followed: group_vars/ may be one, to a folder that several inventories share.
  const states = await Promise.all(names.map((name) => stat(path.join(file, name))));
  const files = names.filter((_name, i) => states[i]?.isDirectory() === false);
  for (const name of files) await addFile(path.join(file, name), reading);
  if (files.length > 0) return;
  builder.report(
    fileSpan(shown(file, cwd)),
    'there is no inventory in this folder',
    'Add a file like hosts.yaml or hosts.ini.',
  );
}

async function addFile(file: string, { cwd, builder, log }: Reading): Promise<void> {
  const text = log.text(file, await readFile(file));
  const name = shown(file, cwd);
  const isProgram = text.startsWith('#!') || text.startsWith('\u007FELF');
  if (isProgram) return addScript(file, name, builder);
  if (text.startsWith('$ANSIBLE_VAULT;')) {
    builder.report(
      fileSpan(name),
      'the file is encrypted with ansible-vault',
      'Decrypt it, and keep secrets in the environment: {{env "NAME"}}.',
    );
  } else if (/\.ya?ml$/.test(file)) readYamlInventory(text, name, builder);
  else if (file.endsWith('.json')) readJson(text, name, builder);
  else if (file.endsWith('.toml')) {
    builder.report(fileSpan(name), 'TOML inventories are not read', 'Write YAML, or INI.');
  } else if (looksLikeYaml(text, file)) readYamlInventory(text, name, builder);
  else readIniInventory(text, name, builder);
}

function readJson(text: string, name: string, builder: InventoryBuilder): void {
  if (isListing(parseYaml(text, name).value)) readListing(text, name, builder);
  else readYamlInventory(text, name, builder);
}

/** A file called `hosts` may be either; a YAML one starts with a key or a document mark. */
function looksLikeYaml(text: string, file: string): boolean {
  if (path.extname(file) === '.ini') return false;
  const first = text.split('\n').find((line) => /^\s*[^\s#;]/.test(line)) ?? '';
  return /^(?:---|\{|[\w.-]+:\s*(?:#.*)?$)/.test(first.trimEnd());
}

async function addScript(file: string, name: string, builder: InventoryBuilder): Promise<void> {
  // Any of the three x bits: whether it is ours is for the system to say.
  const isExecutable = ((await stat(file)).mode & 0o111) !== 0;
  if (!isExecutable) {
    builder.report(fileSpan(name), 'the inventory is a script, but not executable', `Run chmod +x ${name}.`);
    return;
  }
  const listed = await runScript(file, ['--list']);
  if ('problem' in listed) {
    builder.report(fileSpan(name), listed.problem, listed.hint);
    return;
  }
  const hosts = readListing(listed.output, name, builder);
  const limit = pLimit(5);
  const answers = await Promise.all(hosts.map((host) => limit(() => runScript(file, ['--host', host]))));
  for (const [i, answer] of answers.entries()) {
    if ('problem' in answer) builder.report(fileSpan(name), answer.problem, answer.hint);
    else readHostVars(answer.output, hosts[i] ?? '', name, builder);
  }
}

function fileSpan(file: string): Span {
  return { file, line: 1, column: 1, length: 1 };
}

function shown(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
