import { dirname, resolve } from 'node:path';

import type { Diagnostic } from '../base/diagnostic.ts';
import { ConfigError, UsageError } from '../base/errors.ts';
import { SourceLog } from '../base/source-log.ts';
import type { Value, Values } from '../base/value.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { groupsOf, hostsOf } from '../inventory/inventory.ts';
import type { InventoryVariables } from '../inventory/inventory-variables.ts';
import { readInventoryVariables } from '../inventory/inventory-variables.ts';
import { loadInventory } from '../inventory/load-inventory.ts';
import { localNames } from '../inventory/patterns.ts';
import { findModule, moduleNames } from '../modules/index.ts';
import { loadPlaybooks } from '../playbook/load-playbook.ts';
import type { Play, Playbook } from '../playbook/playbook.ts';
import { Problems } from '../playbook/problems.ts';
import { finalLayer, writtenLayer } from '../template/layer.ts';
import type { Layer } from '../template/layer.ts';
import type { Environment } from '../template/scope.ts';
import { VariableScope } from '../template/variable-scope.ts';
import { HostScope } from './host-scope.ts';
import { FileStore } from './local-files.ts';
import { hostsOfPlay, wavesOfPlay } from './play-hosts.ts';
import { preflight } from './preflight.ts';
import type { KnownHost } from './run-variables.ts';
import { RunVariables } from './run-variables.ts';
import { checkTags, selectTags } from './select-tags.ts';
import { startAt } from './start-at.ts';

/** What a run is asked to do. */
export interface LoadRequest {
  readonly playbookFiles: readonly string[];
  /** What `-i` takes. */
  readonly inventorySources: readonly string[];
  /** `-e`: they win over everything; their texts may be templates. */
  readonly extraVars?: Values;
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  /** The name or id of the task to start at. */
  readonly startAt?: string;
  /** What relative paths start from. */
  readonly cwd: string;
  /** The controller's environment, for the helper `env`. */
  readonly environment?: Environment;
  readonly checkMode?: boolean;
  readonly diffMode?: boolean;
  readonly verbosity?: number;
  /** Of the plays only what a rollback is held to is wanted: the rest of them may be wrong by now. */
  readonly onlyRollbackGates?: boolean;
}

/** A play with everything the engine needs to carry it out. */
export interface LoadedPlay {
  readonly play: Play;
  /** In the play's order; none when `--limit` leaves none. */
  readonly hosts: readonly string[];
  readonly waves: readonly (readonly string[])[];
  /** A host's variables in this play. `active` are the hosts that have not failed so far. */
  readonly scopeFor: (host: string, wave: readonly string[], active?: () => readonly string[]) => HostScope;
}

export interface LoadedRun {
  readonly playbooks: readonly Playbook[];
  readonly inventory: Inventory;
  readonly variables: RunVariables;
  readonly files: FileStore;
  /** Every file that was read so far; those that tasks read come when they are planned. */
  readonly sources: SourceLog;
  readonly plays: readonly LoadedPlay[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Reads playbooks and inventories, selects hosts and tasks, and checks all that can be checked before a host is reached.
 * @throws ConfigError with everything that is wrong in any file, UsageError for a wrong selection
 */
export async function loadRun(request: LoadRequest): Promise<LoadedRun> {
  const problems = new Problems();
  const files = request.playbookFiles.map((file) => resolve(request.cwd, file));
  const sources = new SourceLog();
  const playbooks = loadPlaybooks(files, { find: findModule, names: moduleNames }, problems, sources);
  const read = await problems.tryAsync(() => readInventory(request, files[0] ?? request.cwd, sources));
  if (read === undefined) throw new ConfigError(sorted(problems.all));
  const { inventory, ofHosts } = read;
  problems.add([...inventory.warnings, ...ofHosts.warnings]);
  const variables = new RunVariables(inputsOf(request, inventory, ofHosts));
  const store = new FileStore(sources);
  const selected = select(playbooks, request, problems);
  const plays = selected.flatMap((play) => problems.try(() => loadPlay(play, inventory, variables, request)) ?? []);
  const onlyGates = plays.map((loaded) => ({ ...loaded, play: rollbackGatesOf(loaded.play) }));
  const found =
    request.onlyRollbackGates === true
      ? preflight(onlyGates, variables, store, plays)
      : preflight(plays, variables, store);
  problems.add(await found);
  if (problems.hasErrors) throw new ConfigError(sorted(problems.all));
  requireHosts(plays, request);
  return { playbooks, inventory, variables, files: store, sources, plays, warnings: sorted(problems.warnings) };
}

/** The play without what a rollback does not ask again. */
function rollbackGatesOf({ rollout, ...play }: Play): Play {
  return { ...play, body: [], ...(rollout && { rollout: { ...rollout, verify: [] } }) };
}

/** What is wrong with playbooks on any inventory: for `validate` without `-i`. */
export async function checkPlaybooks(files: readonly string[], cwd: string): Promise<readonly Diagnostic[]> {
  const problems = new Problems();
  const paths = files.map((file) => resolve(cwd, file));
  const playbooks = loadPlaybooks(paths, { find: findModule, names: moduleNames }, problems);
  const nobody = new RunVariables({
    hosts: new Map(),
    groups: {},
    inventoryFolder: cwd,
    extraVars: extraLayer({}),
    checkMode: false,
    diffMode: false,
    verbosity: 0,
  });
  const plays = playbooks
    .flatMap((playbook) => playbook.plays)
    .map((play) => ({
      play,
      hosts: [],
      scopeFor: (host: string) => scopeOf(nobody, host, play, []),
    }));
  problems.add(await preflight(plays, nobody, new FileStore()));
  return sorted(problems.all);
}

async function readInventory({ inventorySources, cwd }: LoadRequest, playbook: string, log: SourceLog) {
  const inventory = await loadInventory(inventorySources, cwd, log);
  const ofHosts = await readInventoryVariables(inventory, { playbookFolder: dirname(playbook), cwd, log });
  return { inventory, ofHosts };
}

function inputsOf(request: LoadRequest, inventory: Inventory, ofHosts: InventoryVariables): RunVariables['inputs'] {
  const known = (name: string): KnownHost => ({
    name,
    layers: ofHosts.layersOf(name),
    groups: groupsOf(inventory, name)
      .map((group) => group.name)
      .toSorted(),
  });
  return {
    hosts: new Map([...inventory.hosts.keys()].map((name) => [name, known(name)])),
    local: (name) => (localNames.has(name) ? known(name) : undefined),
    groups: Object.fromEntries([...inventory.groups.keys()].map((name) => [name, hostsOf(inventory, name)])),
    inventoryFolder: inventory.folders[0] ?? request.cwd,
    extraVars: extraLayer(request.extraVars ?? {}),
    checkMode: request.checkMode ?? false,
    diffMode: request.diffMode ?? false,
    verbosity: request.verbosity ?? 0,
    isRollback: request.onlyRollbackGates ?? false,
    ...(request.environment !== undefined && { environment: request.environment }),
  };
}

function extraLayer(vars: Values): Layer {
  return writtenLayer('-e', new Map(Object.entries(vars).map(([name, value]) => [name, { value, at: atOption }])));
}

function atOption() {
  return { file: '-e' };
}

function select(playbooks: readonly Playbook[], request: LoadRequest, problems: Problems): readonly Play[] {
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  // What could not be read may have the tag or the task that is asked for.
  if (problems.hasErrors) return plays;
  const selection = { tags: request.tags ?? [], skipTags: request.skipTags ?? [] };
  checkTags(plays, selection);
  const tagged = plays.map((play) => selectTags(play, selection));
  return request.startAt === undefined ? tagged : startAt(tagged, request.startAt);
}

function loadPlay(play: Play, inventory: Inventory, variables: RunVariables, { limit }: LoadRequest): LoadedPlay {
  const { extraVars, groups, environment } = variables.inputs;
  const layers = [writtenLayer('play vars', play.vars), extraVars, finalLayer('k3sbox', { groups })];
  const scope = VariableScope.of(layers, environment);
  const valueOf = (host: string, name: string): Value | undefined =>
    scopeOf(variables, host, play, [host]).scope().get(name);
  const hosts = hostsOfPlay(play, inventory, scope, { limit, valueOf });
  return {
    play,
    hosts,
    waves: wavesOfPlay(play, hosts, scope, valueOf),
    scopeFor: (host, wave, active) => scopeOf(variables, host, play, hosts, wave, active),
  };
}

function scopeOf(
  variables: RunVariables,
  host: string,
  play: Play,
  all: readonly string[],
  batch = all,
  active = () => all,
): HostScope {
  return new HostScope(variables, host, play, { all, batch, active });
}

function requireHosts(plays: readonly LoadedPlay[], { limit }: LoadRequest): void {
  if (plays.some(({ hosts }) => hosts.length > 0)) return;
  if (plays.length === 0) throw new UsageError('there is nothing to run', { hint: 'The playbook has no plays.' });
  if (limit === undefined) throw new UsageError('no play has a host');
  throw new UsageError(`--limit ${limit} leaves no host of any play`);
}

/** File by file, in the order in which they first appear, then by line. */
function sorted(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ span }) => span.file))];
  return diagnostics.toSorted(
    ({ span: a }, { span: b }) =>
      files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
