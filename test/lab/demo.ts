import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Lab } from './lab.ts';
import { whyNoBuild, whyNoLab, whyNoRootless } from './machine.ts';
import { run, runInForeground } from './run.ts';
import { isRootless } from './settings.ts';

/*
 * `npm run demo`: a fleet of four nodes on this machine, Sysbox brought to it, and what to do with it next. Without root: light
 * nodes, which have no systemd and so no K3s, and a smaller playbook.
 */

const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'dist/cli/main.js');
const inventory = join(root, 'inventories/lab/hosts.yaml');

function say(text: string): void {
  process.stdout.write(`\n\u001b[1m${text}\u001b[0m\n`);
}

async function demo(): Promise<number> {
  if (isRootless) return fleetDemo({ light: true }, 'test/lab/light-demo.yaml');
  const whyNot = whyNoBuild() ?? whyNoLab();
  if (whyNot === undefined) return fleetDemo({ base: 'forky+ctd+k3s' }, 'playbooks/sysbox.yaml');
  if (process.getuid?.() === 0) return stop(whyNot);
  const whyNoLight = whyNoBuild() ?? whyNoRootless();
  if (whyNoLight !== undefined) return stop(whyNoLight);
  say(
    'Without root the nodes have no systemd, so no K3s: a smaller playbook shows the same. As root you see all of it.',
  );
  return runInForeground(['npm', 'run', '--silent', 'lab', '--', 'rootless', 'npx', 'tsx', 'test/lab/demo.ts']);
}

function stop(why: string): number {
  process.stderr.write(`demo: it cannot run here: ${why}\n`);
  return 1;
}

async function fleetDemo(
  options: { readonly base?: string; readonly light?: boolean },
  playbook: string,
): Promise<number> {
  const lab = new Lab();
  say('Building k3sbox');
  if ((await runInForeground(['npm', 'run', '--silent', 'build'])) !== 0) return 1;
  say('Starting four nodes (the first time, their system is built: one to three minutes)');
  await lab.up(4, options);
  mkdirSync(join(root, 'inventories/lab'), { recursive: true });
  writeFileSync(inventory, await lab.inventoryYaml());
  if (options.light !== true) {
    const artifacts = await run(['sh', join(root, 'test/lab/stand-ins/sysbox/build.sh')]);
    if (artifacts.code !== 0) return stop(artifacts.stderr);
  }
  say(`k3sbox run ${playbook} -i lab`);
  const code = await runInForeground(lab.inHub([process.execPath, main, 'run', playbook, '-i', 'lab']));
  say(code === 0 ? 'Done. What next?' : `It ended with exit code ${code}. What next?`);
  if (isRootless) return code;
  process.stdout.write(`
  what it would do now (nothing):  npm run lab -- k3sbox plan ${playbook} -i lab
  look at a node:                  npm run lab -- ssh n2 sudo /usr/local/bin/k3s crictl info
  what was done, again:            npm run lab -- k3sbox runs show
  take everything back:            npm run lab -- k3sbox rollback --last -i lab
  remove the nodes:                npm run lab -- down
`);
  return code;
}

process.exitCode = await demo();
