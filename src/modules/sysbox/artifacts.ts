import { z } from 'zod';

import { programs } from './sysbox-node.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');

/** `manifest.json` of a folder with the programs of one version for one architecture. */
export const manifestSchema = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+\S*$/, 'must be a version such as 0.7.1'),
  commit: z.string().default(''),
  arch: z.enum(['amd64', 'arm64']),
  files: z.array(z.object({ name: z.string(), sha256: hash })),
});

export type Manifest = z.output<typeof manifestSchema>;

/** Checksums by program. Undefined when the manifest does not name each of them once. */
export function checksums({ files }: Manifest): Readonly<Record<(typeof programs)[number], string>> | undefined {
  const sums = programs.map((name) => files.filter((file) => file.name === name));
  if (sums.some((found) => found.length !== 1)) return undefined;
  const [runc = '', mgr = '', fs = ''] = sums.map(([found]) => found?.sha256);
  return { 'sysbox-runc': runc, 'sysbox-mgr': mgr, 'sysbox-fs': fs };
}

/** ELF's `e_machine`. */
const machines: Readonly<Record<Manifest['arch'], number>> = { amd64: 0x3e, arm64: 0xb7 };

/** Why the start of a file is not that of a static program for this architecture; undefined when it is. (ELF-64, System V ABI.) */
export function whyNotProgram(start: Buffer, arch: Manifest['arch']): string | undefined {
  const isElf = start.length >= 64 && start.readUInt32BE(0) === 0x7f454c46 && start[4] === 2 && start[5] === 1;
  if (!isElf) return 'is not a 64-bit Linux program';
  if (start.readUInt16LE(18) !== machines[arch]) return `is not a program for ${arch}`;
  const [offset, size, count] = [Number(start.readBigUInt64LE(32)), start.readUInt16LE(54), start.readUInt16LE(56)];
  for (let i = 0; i < count; i++) {
    const at = offset + i * size;
    if (at + 4 > start.length) return 'has its program headers in an unusual place';
    // PT_INTERP: a program that needs a dynamic linker, and with it the libraries of the machine it was built on
    if (start.readUInt32LE(at) === 3) return 'is not static: build it with `make sysbox-static`';
  }
  return undefined;
}
