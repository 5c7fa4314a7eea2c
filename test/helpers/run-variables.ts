import type { Values } from '../../src/base/value.ts';
import { parseYaml } from '../../src/base/yaml-source.ts';
import { HostScope } from '../../src/plan/host-scope.ts';
import { RunVariables } from '../../src/plan/run-variables.ts';
import type { Play } from '../../src/playbook/playbook.ts';
import { writtenLayer, yamlLayer } from '../../src/template/layer.ts';

/** The variables of a run on these hosts, whose inventory variables are YAML. */
export function runVariables(hosts: Readonly<Record<string, string>>, extraVars = ''): RunVariables {
  const names = Object.keys(hosts);
  return new RunVariables({
    hosts: new Map(
      Object.entries(hosts).map(([name, vars]) => [
        name,
        { name, groups: ['servers'], layers: vars === '' ? [] : [yamlLayer(parseYaml(vars, `host_vars/${name}`))] },
      ]),
    ),
    groups: { all: names, servers: names },
    inventoryFolder: '/inventory',
    extraVars: extraVars === '' ? writtenLayer('-e', new Map()) : yamlLayer(parseYaml(extraVars, '-e'), [], '-e'),
    checkMode: false,
    diffMode: false,
    verbosity: 0,
  });
}

/** The variables of a host in a play of all hosts of the run. */
export function scopeIn(run: RunVariables, name: string, play: Play): HostScope {
  const all = [...run.inputs.hosts.keys()];
  return new HostScope(run, name, play, { all, active: () => all, batch: all });
}

/** Some variables of a scope by name. */
export function valuesOf(
  scope: { get(name: string): Values[string] | undefined },
  names: readonly string[],
): unknown[] {
  return names.map((name) => scope.get(name));
}
