import { didYouMean } from '../base/suggest.ts';
import { assert } from './assert.ts';
import { blockinfile } from './blockinfile.ts';
import { command } from './command.ts';
import { containerdRuntime } from './containerd-runtime.ts';
import { copy } from './copy.ts';
import { debug } from './debug.ts';
import { fail } from './fail.ts';
import { file } from './file.ts';
import { k3sInfo } from './k3s-info.ts';
import { k3sReady } from './k3s-ready.ts';
import { k3sRestart } from './k3s-restart.ts';
import { k3sSnapshot } from './k3s-snapshot.ts';
import { k8sLabel } from './k8s-label.ts';
import { k8sObject } from './k8s-object.ts';
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
import { sysboxArtifacts } from './sysbox-artifacts.ts';
import { sysboxBinaries } from './sysbox-binaries.ts';
import { sysboxHealth } from './sysbox-health.ts';
import { sysboxPodCheck } from './sysbox-pod-check.ts';
import { sysboxPreflight } from './sysbox-preflight.ts';
import { sysctlMinimum } from './sysctl-minimum.ts';
import { template } from './template.ts';

/** Every module a playbook can name. A test keeps this list equal to the files of this folder. */
export const modules: readonly Module[] = [
  assert,
  blockinfile,
  command,
  containerdRuntime,
  copy,
  debug,
  fail,
  file,
  k3sInfo,
  k3sReady,
  k3sRestart,
  k3sSnapshot,
  k8sLabel,
  k8sObject,
  lineinfile,
  packageModule,
  ping,
  replace,
  service,
  setFact,
  shell,
  slurp,
  stat,
  sysboxArtifacts,
  sysboxBinaries,
  sysboxHealth,
  sysboxPodCheck,
  sysboxPreflight,
  sysctlMinimum,
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
