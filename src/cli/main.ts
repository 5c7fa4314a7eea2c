#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

import { engineFlags } from './engine-flags.ts';
import { systemIo } from './io.ts';
import { runCli } from './run-cli.ts';

for (const flag of engineFlags(process.versions.node)) setFlagsFromString(flag);

const io = systemIo();

// What nobody caught is a bug, and still ends with a message and the exit code of one.
process.once('uncaughtException', (error) => void die(error));

// Not process.exit: what was written to a pipe must get through first.
process.exitCode = await runCli(io, process.argv.slice(2));

async function die(error: unknown): Promise<never> {
  const { renderBug } = await import('./print-error.ts');
  io.stderr.write(renderBug(error));
  process.exit(70);
}
