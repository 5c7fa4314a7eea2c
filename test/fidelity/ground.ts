import { type ChildProcess, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildCli } from '../helpers/built-cli.ts';
import type { Lab } from '../lab/lab.ts';
import type { Ground } from './round.ts';

/** Shell text: what the cases need of a Debian node. */
export const installPrograms = 'apt-get -qq update && apt-get -qq install -y cron git curl >/dev/null 2>&1';

const tool = '#!/bin/sh\necho tool\n';

/** A controller for the nodes of a lab: the built k3sbox, the files that the cases name, a web server. */
export async function makeGround(lab: Lab): Promise<Ground & { readonly remove: () => void }> {
  const cwd = mkdtempSync(join(tmpdir(), 'k3sbox-fidelity-'));
  writeFiles(cwd);
  writeFileSync(join(cwd, 'hosts.yaml'), await lab.inventoryYaml());
  const [first] = await lab.nodes();
  const { url, server } = await serveWeb(lab, first?.address ?? '');
  const cli = await buildCli((argv) => lab.inHub(argv));
  return {
    cwd,
    web: { url, sum: createHash('sha256').update(tool).digest('hex') },
    k3sbox: (...words) => cli.run(cwd, ...words),
    root: async (node, script) => {
      const { code, ...said } = await lab.ssh(node, 'sh -s', { user: 'root', input: script });
      if (code !== 0) throw new Error(`${node}: a script ended with ${code}: ${said.stderr}`);
      return said;
    },
    remove: () => {
      server.kill();
      cli.remove();
      rmSync(cwd, { recursive: true });
    },
  };
}

function writeFiles(cwd: string): void {
  for (const folder of ['files/tree/sub', 'templates', 'vars', 'archive/inner']) {
    mkdirSync(join(cwd, folder), { recursive: true });
  }
  const write = (file: string, text: string): void => writeFileSync(join(cwd, file), text);
  write('files/wanted.txt', 'wanted\n');
  chmodSync(join(cwd, 'files/wanted.txt'), 0o640);
  write('files/large.bin', '\0\u00ff large\n'.repeat(40_000));
  write('files/tree/one', 'one\n');
  write('files/tree/sub/two', 'two\n');
  write('files/script.sh', '#!/bin/sh\ncd / && touch "$1"\n');
  write('templates/wanted.hbs', '{{ word }}\n');
  write('vars/more.yaml', 'more: "{{ word }}"\n');
  write('archive/inner/x', 'unpacked\n');
  execFileSync('tar', ['-czf', join(cwd, 'files/tree.tgz'), '-C', join(cwd, 'archive'), 'inner']);
}

/** In the fleet's network, as long as the lab is up: `/tool` is there, nothing else. */
async function serveWeb(lab: Lab, address: string): Promise<{ readonly url: string; readonly server: ChildProcess }> {
  const program = `require('node:http').createServer((asked, answer) => {
    if (asked.url !== '/tool') answer.statusCode = 404;
    answer.end(asked.url === '/tool' ? ${JSON.stringify(tool)} : 'nothing');
  }).listen(0, function () { console.log(this.address().port) })`;
  const server = lab.spawn([process.execPath, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<string>((resolve) =>
    server.stdout?.once('data', (data) => resolve(String(data).trim())),
  );
  return { server, url: `http://${address.split('.').slice(0, 2).join('.')}.255.254:${port}` };
}
