#!/usr/bin/env node
import { systemIo } from './io.ts';
import { runCli } from './run-cli.ts';

// Not process.exit: what was written to a pipe must get through first.
process.exitCode = await runCli(systemIo(), process.argv.slice(2));
