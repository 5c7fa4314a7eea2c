import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { startDelay } from '../lab/delay.ts';
import { Lab } from '../lab/lab.ts';

/*
 * `npm run bench:round-trips`: what a play of 20 file tasks costs over a link with 50 ms round trip, in round trips after
 * connecting and in time, the first time and when all is as wanted. The baseline of the same run is one hand-written script over
 * plain ssh that does the same.
 */

const rttMs = 50;
const files = Array.from({ length: 18 }, (_, i) => ({ path: `/opt/bench/f${i}`, text: `content ${i}\n` }));

const playbook = `
- hosts: n1
  become: true
  tasks:
    - file: { path: /opt/bench, state: directory, mode: "0755" }
${files.map(({ path, text }) => `    - copy: { dest: ${path}, content: ${JSON.stringify(text)}, mode: "0644" }`).join('\n')}
    - file: { path: /opt/bench/link, src: f0, state: link }
`;

const script = [
  'mkdir -p /opt/bench && chmod 755 /opt/bench',
  ...files.map(({ path, text }) => `printf '%s' ${JSON.stringify(text)} >${path} && chmod 644 ${path}`),
  'ln -sfn f0 /opt/bench/link',
].join('\n');

const HostEnded = z.object({ type: z.literal('host-ended'), roundTrips: z.number(), changed: z.number() });

interface Measured {
  readonly what: string;
  readonly ms: number;
  readonly roundTrips: number | undefined;
  readonly changed: number | undefined;
}

async function measure(): Promise<readonly Measured[]> {
  const lab = new Lab('bench');
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-bench-'));
  let delay: AsyncDisposable | undefined;
  try {
    await lab.up(1, { base: 'forky' });
    delay = await startDelay(lab, rttMs);
    const inventory = await lab.inventoryYaml({ delayed: true });
    writeFileSync(join(folder, 'hosts.yaml'), inventory);
    writeFileSync(join(folder, 'play.yaml'), playbook);
    const floor = await plainSsh(lab, inventory);
    await lab.ssh('n1', 'sudo rm -rf /opt/bench');
    const first = await k3sbox(lab, folder, 'k3sbox, first run');
    return [floor, first, await k3sbox(lab, folder, 'k3sbox, second run')];
  } finally {
    await delay?.[Symbol.asyncDispose]();
    await lab.down();
    rmSync(folder, { recursive: true });
  }
}

/** The floor: connect, run one script as root, leave. */
async function plainSsh(lab: Lab, inventory: string): Promise<Measured> {
  const address = /ansible_host: (\S+)/.exec(inventory)?.[1] ?? '';
  const options = ['-F', '/dev/null', '-i', lab.keyFile, '-o', `UserKnownHostsFile=${lab.knownHostsFile}`, '-T'];
  const begun = performance.now();
  const { code, stderr } = await lab.exec(['ssh', ...options, `ops@${address}`, 'sudo sh'], { input: script });
  if (code !== 0) throw new Error(`the script ended with ${code}: ${stderr}`);
  return { what: 'plain ssh, one script', ms: performance.now() - begun, roundTrips: undefined, changed: undefined };
}

async function k3sbox(lab: Lab, folder: string, what: string): Promise<Measured> {
  const main = [process.execPath, join(import.meta.dirname, '../../dist/cli/main.js')];
  const args = ['run', 'play.yaml', '-i', join(folder, 'hosts.yaml'), '--output', 'json'];
  const begun = performance.now();
  const { code, stdout, stderr } = await lab.exec([...main, ...args], { cwd: folder });
  const ms = performance.now() - begun;
  if (code !== 0) throw new Error(`k3sbox ended with ${code}: ${stderr}`);
  const events = stdout.trim().split('\n');
  const ended = events.flatMap((line) => HostEnded.safeParse(JSON.parse(line)).data ?? [])[0];
  return { what, ms, roundTrips: ended?.roundTrips, changed: ended?.changed };
}

const results = await measure();
const floorMs = results[0]?.ms ?? 1;
process.stdout.write(
  `20 file tasks on one host, ${rttMs} ms round trip; times with connecting and starting the program\n`,
);
for (const { what, ms, roundTrips, changed } of results) {
  const trips = roundTrips === undefined ? '' : `${roundTrips} round trips after connecting, ${changed} changed`;
  process.stdout.write(`${what.padEnd(24)} ${(ms / 1000).toFixed(2)} s  ${(ms / floorMs).toFixed(2)} x  ${trips}\n`);
}
