import type { Value, Values } from '../base/value.ts';
import type { Learnt } from '../modules/module.ts';
import type { Inherited, Play, RoleVars } from '../playbook/playbook.ts';
import { finalLayer, writtenLayer } from '../template/layer.ts';
import type { Layer } from '../template/layer.ts';
import type { Written } from '../template/value.ts';
import { VariableScope } from '../template/variable-scope.ts';
import type { HostVariables, RunVariables } from './run-variables.ts';
import { readVarsFiles } from './vars-files.ts';

/** The hosts of a play, as its tasks see them. */
export interface PlayHosts {
  readonly all: readonly string[];
  /** Those that have not failed so far. */
  readonly active: () => readonly string[];
  /** Those of the wave. */
  readonly batch: readonly string[];
}

/** What of a task decides about its variables. */
export type TaskVars = Pick<Inherited, 'vars' | 'params' | 'roles'>;

const noTask: TaskVars = { vars: [], params: [], roles: [] };

/**
 * The variables of one host in one play. From the lowest to the highest: role defaults, inventory, facts, play vars,
 * vars_files, role vars, block and task vars, include_vars, set_fact and registered results, parameters of roles and
 * includes, extra vars, magic variables, loop variables. As measured with Ansible 2.14.
 */
export class HostScope {
  readonly host: HostVariables;
  readonly #play: Play;
  readonly #run: RunVariables;
  readonly #magic: Layer;
  #varsFiles: readonly Layer[] | undefined;
  /** Tasks with the same lists share a scope, and what it has rendered. */
  readonly #scopes = new Map<TaskVars['roles'], Map<TaskVars['vars'], Map<TaskVars['params'], VariableScope>>>();

  constructor(run: RunVariables, name: string, play: Play, hosts: PlayHosts) {
    this.#run = run;
    this.host = run.host(name);
    this.#play = play;
    this.#magic = finalLayer('k3sbox', {
      ansible_play_name: play.name,
      playbook_dir: play.folder,
      ansible_play_hosts_all: hosts.all,
      ansible_play_batch: hosts.batch,
      get ansible_play_hosts() {
        return hosts.active();
      },
      get play_hosts() {
        return hosts.active();
      },
    });
  }

  /** The variables of the play, outside its tasks. */
  scope(): VariableScope {
    return this.forTask(noTask);
  }

  /** The variables of a task, or of an include, with some more (of its loop) on top. @throws ConfigError */
  forTask({ roles, vars, params }: TaskVars, more: Values = {}): VariableScope {
    const byVars = getOrAdd(
      this.#scopes,
      roles,
      () => new Map<TaskVars['vars'], Map<TaskVars['params'], VariableScope>>(),
    );
    const byParams = getOrAdd(byVars, vars, () => new Map<TaskVars['params'], VariableScope>());
    const scope = getOrAdd(byParams, params, () => this.#build({ roles, vars, params }));
    return Object.keys(more).length === 0 ? scope : scope.child(finalLayer('loop variables', more));
  }

  /** Remembers a registered result, or a variable set by a task, for the rest of the run. */
  set(name: string, value: Value): void {
    this.host.results.set(name, value);
  }

  /** Remembers what a module found out, or was told, each in its layer. */
  setFacts({ host, included = {}, set = {} }: Learnt): void {
    if (host !== undefined) this.host.setFacts(host);
    for (const [name, value] of Object.entries(included)) this.host.included.set(name, value);
    for (const [name, value] of Object.entries(set)) this.set(name, value);
  }

  /** Which layer a variable comes from, and what was written there. */
  explain(name: string, task: TaskVars = noTask): { readonly layer: string; readonly written: Written } | undefined {
    return this.forTask(task).origin(name);
  }

  #build({ roles, vars, params }: TaskVars): VariableScope {
    const { host } = this;
    const { extraVars, environment } = this.#run.inputs;
    const seen = [...withDependencies(this.#play.roles), ...withDependencies(roles)];
    const below = [
      ...seen.map((role) => writtenLayer(`defaults of the role ${role.name}`, role.defaults)),
      ...host.inventory,
      host.facts,
      writtenLayer('play vars', this.#play.vars),
    ];
    const learnt = [host.included, host.results];
    const own = roles.at(-1);
    const magic = [extraVars, host.magic, this.#magic, ...(own === undefined ? [] : [roleMagic(own)])];
    this.#varsFiles ??= readVarsFiles(this.#play, VariableScope.of([...below, ...learnt, ...magic], environment));
    return VariableScope.of(
      [
        ...below,
        ...this.#varsFiles,
        ...seen.map((role) => writtenLayer(`vars of the role ${role.name}`, role.vars)),
        ...vars.map((map) => writtenLayer('vars of the task or its blocks', map)),
        ...learnt,
        ...params.map((map) => writtenLayer('parameters of a role or include', map)),
        ...magic,
      ].filter((layer) => !isEmpty(layer)),
      environment,
    );
  }
}

/** The roles with the ones they depend on, which come first. */
function withDependencies(roles: readonly RoleVars[]): readonly RoleVars[] {
  return roles.flatMap((role) => [...withDependencies(role.dependencies), role]);
}

function roleMagic({ name, folder }: RoleVars): Layer {
  return finalLayer('k3sbox', { role_name: name, role_path: folder });
}

/** A layer that will never have a name only costs time. */
function isEmpty(layer: Layer): boolean {
  return layer.version === undefined && layer.names()[Symbol.iterator]().next().done === true;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
