import type { Rule, SimScript } from './sim-script.ts';

/** Taking and freeing the lock of a host. Nothing gets stale here. */
export function lockRules(script: SimScript): readonly Rule[] {
  return [
    [/;R=\$S\/runs\/([^;]+);k_lock=\$S\/lock;umask/, (run = '') => (script.name = run)],
    [/^k_take\(\)\{ .* printf %s '([^']*)' >"\$k_lock\/owner"/, (owner = '') => take(script, owner)],
    [/;R=\$S\/runs\/([^;]+);k_lock=\$S\/lock$/, (run = '') => free(script, run)],
  ];
}

function take(script: SimScript, owner: string): void {
  const { host } = script;
  [, script.nonce = ''] = /^k_taken\(\)\{ printf %s (\w+)/.exec(script.next() ?? '') ?? [];
  script.until((line) => line === 'exec 6>&-;umask 022');
  const holder = /^run=(.*)$/m.exec(host.lock ?? '')?.[1];
  if (holder === undefined || holder === script.name) {
    host.lock = owner;
    script.frame('L taken /var/lib/k3sbox/lock;');
    return;
  }
  script.frame(`L busy 1;${host.lock ?? ''}\n`);
  script.frame('L end;');
  script.exit(0);
}

function free(script: SimScript, run: string): void {
  if (script.host.lock?.startsWith(`run=${run}\n`)) script.host.lock = undefined;
  script.exit(0);
}
