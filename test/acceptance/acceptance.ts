import { join } from 'node:path';

import { whyNoBuild, whyNoLab } from '../lab/machine.ts';
import { runInForeground } from '../lab/run.ts';

/*
 * `npm run acceptance`: a K3s cluster in the lab, Sysbox brought to it, and everything that goes wrong in the field, story by story.
 * Arguments choose stories: `npm run acceptance -- trouble`.
 */

const real = ['LAB_K3S_BIN', 'LAB_SYSBOX_DIR', 'LAB_IMAGES_DIR'].filter((name) => (process.env[name] ?? '') !== '');

function judged(name: string, variable: string): string {
  return real.includes(variable)
    ? `${name} of ${process.env[variable] ?? ''}`
    : `a stand-in for ${name} (${variable} is not set)`;
}

const why = whyNoBuild() ?? whyNoLab();
if (why === undefined) {
  const what = [
    judged('K3s', 'LAB_K3S_BIN'),
    judged('Sysbox', 'LAB_SYSBOX_DIR'),
    "Debian's containerd, systemd, OpenSSH",
  ];
  process.stdout.write(`acceptance: judged are ${what.join('; ')}\n`);
  const vitest = join(import.meta.dirname, '../../node_modules/.bin/vitest');
  const words = ['run', '--project', 'acceptance', '--reporter=verbose', ...process.argv.slice(2)];
  process.exitCode = await runInForeground([vitest, ...words]);
  process.stdout.write(`acceptance: judged were ${what.join('; ')}\n`);
} else {
  process.stderr.write(`acceptance: it cannot run here: ${why}\n`);
  process.exitCode = 1;
}
