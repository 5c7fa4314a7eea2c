import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { serveFleet } from './server.ts';

/*
 * A fleet in a process of its own: `serve.ts HOSTS KEYFILE SCRIPT_MS BROKEN,BROKEN`. Prints its port; then, for a line on standard input,
 * its open connections, the most there were, and how many hosts have a file (a path is the line). Ends with its input.
 */
const [hosts = '0', keyFile = '', scriptMs = '0', broken = ''] = process.argv.slice(2);
const numbers = broken.split(',').filter((word) => word !== '');
const fleet = await serveFleet({
  hosts: Number(hosts),
  hostKey: readFileSync(keyFile, 'utf8'),
  scriptMs: Number(scriptMs),
  broken: new Set(numbers.map(Number)),
});
process.stdout.write(`${JSON.stringify({ port: fleet.port })}\n`);
const input = createInterface({ input: process.stdin });
input.on('line', (path) => {
  const having = fleet.hosts.filter((host) => host.files.get(path) !== undefined).map(({ name }) => name);
  const locked = fleet.hosts.filter((host) => host.lock !== undefined).length;
  process.stdout.write(`${JSON.stringify({ ...fleet.connections(), mostScripts: fleet.work.most, having, locked })}\n`);
});
input.on('close', () => process.exit(0));
