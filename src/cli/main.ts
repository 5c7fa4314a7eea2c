#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

import { systemIo } from './io.ts';
import { runCli } from './run-cli.ts';

// A fleet leaves much behind that is soon garbage. Left alone, V8 lets it grow to four times what is in use before it looks.
setFlagsFromString('--heap-growing-percent=30');

// A run is over in seconds. Left alone, V8 spends two fifths of its CPU time on optimising code that is then hardly used any more.
setFlagsFromString('--interrupt-budget=1000000');

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
