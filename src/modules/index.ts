import { didYouMean } from '../base/suggest.ts';
import { assert } from './assert.ts';
import { asyncStatus } from './async-status.ts';
import { authorizedKey } from './authorized-key.ts';
import { blockinfile } from './blockinfile.ts';
import { command } from './command.ts';
import { containerdRuntime } from './containerd-runtime.ts';
import { copy } from './copy.ts';
import { crioRuntime } from './crio-runtime.ts';
import { cron } from './cron.ts';
import { debug } from './debug.ts';
import { fail } from './fail.ts';
import { fetchModule } from './fetch.ts';
import { file } from './file.ts';
import { find } from './find.ts';
import { getUrl } from './get-url.ts';
import { git } from './git.ts';
import { group } from './group.ts';
import { hostname } from './hostname.ts';
import { includeVars } from './include-vars.ts';
import { iniFile } from './ini-file.ts';
import { k3sInfo } from './k3s-info.ts';
import { k3sPreflight } from './k3s-preflight.ts';
import { k3sReady } from './k3s-ready.ts';
import { k3sRestart } from './k3s-restart.ts';
import { k3sSnapshot } from './k3s-snapshot.ts';
import { k8sDrain } from './k8s-drain.ts';
import { k8sLabel } from './k8s-label.ts';
import { k8sObject } from './k8s-object.ts';
import { knownHosts } from './known-hosts.ts';
import { lineinfile } from './lineinfile.ts';
import { meta } from './meta.ts';
import { modprobe } from './modprobe.ts';
import type { Module } from './module.ts';
import { mount } from './mount.ts';
import { packageModule } from './package.ts';
import { pause } from './pause.ts';
import { ping } from './ping.ts';
import { reboot } from './reboot.ts';
import { replace } from './replace.ts';
import { script } from './script.ts';
import { service } from './service.ts';
import { setFact } from './set-fact.ts';
import { setup } from './setup.ts';
import { shell } from './shell.ts';
import { slurp } from './slurp.ts';
import { stat } from './stat.ts';
import { subordinateIds } from './subordinate-ids.ts';
import { sysboxArtifacts } from './sysbox-artifacts.ts';
import { sysboxBinaries } from './sysbox-binaries.ts';
import { sysboxHealth } from './sysbox-health.ts';
import { sysboxNoPods } from './sysbox-no-pods.ts';
import { sysboxPodCheck } from './sysbox-pod-check.ts';
import { sysboxPreflight } from './sysbox-preflight.ts';
import { sysctlMinimum } from './sysctl-minimum.ts';
import { sysctl } from './sysctl.ts';
import { tempfile } from './tempfile.ts';
import { template } from './template.ts';
import { unarchive } from './unarchive.ts';
import { uri } from './uri.ts';
import { user } from './user.ts';
import { waitForConnection } from './wait-for-connection.ts';
import { waitFor } from './wait-for.ts';

/** Every module a playbook can name. A test keeps this list equal to the files of this folder. */
export const modules: readonly Module[] = [
  assert,
  asyncStatus,
  authorizedKey,
  blockinfile,
  command,
  containerdRuntime,
  copy,
  crioRuntime,
  cron,
  debug,
  fail,
  fetchModule,
  file,
  find,
  getUrl,
  git,
  group,
  hostname,
  includeVars,
  iniFile,
  k3sInfo,
  k3sPreflight,
  k3sReady,
  k3sRestart,
  k3sSnapshot,
  k8sDrain,
  k8sLabel,
  k8sObject,
  knownHosts,
  lineinfile,
  meta,
  modprobe,
  mount,
  packageModule,
  pause,
  ping,
  reboot,
  replace,
  script,
  service,
  setFact,
  setup,
  shell,
  slurp,
  stat,
  subordinateIds,
  sysboxArtifacts,
  sysboxBinaries,
  sysboxHealth,
  sysboxNoPods,
  sysboxPodCheck,
  sysboxPreflight,
  sysctl,
  sysctlMinimum,
  tempfile,
  template,
  unarchive,
  uri,
  user,
  waitFor,
  waitForConnection,
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
