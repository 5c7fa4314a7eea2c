import { resolve } from 'node:path';

import { UsageError } from '../base/errors.ts';
import type { Redactor } from '../base/redactor.ts';
import type { OpenedRun } from '../journal/run-store.ts';
import { type LoadedRun, loadRun } from '../plan/load.ts';
import { type GatedPlays, gatedPlays } from '../run/rollback-gates.ts';
import type { ActedPlace } from '../run/recorded-steps.ts';
import type { Cli } from './cli.ts';
import { readExtraVars } from './extra-vars.ts';
import { hideValues, hideVariables } from './known-secrets.ts';
import type { InventoryOptions } from './options.ts';
import { optionsOf } from './recorded-options.ts';

interface GatesRequest {
  readonly run: OpenedRun;
  /** What is to be taken back. */
  readonly places: readonly ActedPlace[];
  readonly options: InventoryOptions & { readonly force?: boolean; readonly check?: boolean };
  readonly redactor: Redactor;
}

/**
 * What the rollback of a run is held to: read from its playbooks, as they are today. Undefined when its rollouts had no gates.
 * @throws ConfigError, UsageError when they cannot be read: then `--force` goes without
 */
export async function readGates(cli: Cli, request: GatesRequest): Promise<GatedPlays | undefined> {
  const { run, places, options, redactor } = request;
  const wanted = gatedPlays(run.events, places);
  if (options.check === true || wanted.size === 0) return undefined;
  if (options.force === true) {
    cli.io.stderr.write('warning: the gates of the run are not asked (--force)\n');
    return undefined;
  }
  let loaded: LoadedRun;
  try {
    loaded = await load(cli, request);
  } catch (error) {
    cli.io.stderr.write('the gates of the run are not known; nothing was touched; `--force` goes without them\n');
    throw error;
  }
  const plays = loaded.plays.filter(({ play }) => wanted.has(play.id));
  const missing = [...wanted].filter((id) => !plays.some(({ play }) => play.id === id));
  if (missing.length > 0) {
    throw new UsageError(
      `the playbooks of the run have no play ${missing.join(', ')} any more: its gates are not known`,
      {
        hint: 'Put them back as they were, or go without gates: `--force`.',
      },
    );
  }
  for (const { hosts, scopeFor } of plays) {
    for (const host of hosts) hideVariables(redactor, scopeFor(host, [host]).scope());
  }
  return {
    plays,
    all: loaded.plays,
    filesFor: ({ folders }) => loaded.files.within(folders),
    redact: (text) => redactor.text(text),
  };
}

function load({ io }: Cli, { run: { record }, options, redactor }: GatesRequest): Promise<LoadedRun> {
  const { tags, skipTags } = optionsOf(record);
  const open = Object.entries(record.extraVars).filter(([, value]) => value !== '***');
  const then = open.map(([name, value]) => JSON.stringify({ [name]: value }));
  const extraVars = readExtraVars([...then, ...(options.extraVars ?? [])], io.cwd);
  hideValues(redactor, extraVars);
  return loadRun({
    playbookFiles: record.playbooks.map((file) => resolve(record.cwd, file)),
    inventorySources: options.inventory ?? record.inventories,
    extraVars,
    ...(tags && { tags }),
    ...(skipTags && { skipTags }),
    cwd: options.inventory === undefined ? record.cwd : io.cwd,
    environment: (name) => io.env[name],
    onlyRollbackGates: true,
  });
}
