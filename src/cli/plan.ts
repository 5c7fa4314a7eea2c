import { randomBytes } from 'node:crypto';

import { UsageError } from '../base/errors.ts';
import type { RunEvent } from '../base/event.ts';
import { renderSavedPlan } from '../plan/saved-plan.ts';
import { hostNames } from '../report/host-names.ts';
import { type Cli, printLine } from './cli.ts';
import { readExtraVars } from './extra-vars.ts';
import { limitOf } from './failed-hosts.ts';
import { splitSecrets } from './known-secrets.ts';
import { requireWritable, writePlanFile } from './plan-file.ts';
import { PlanRecorder } from './plan-recorder.ts';
import { type RunOptions, runPlaybooks } from './playbook-run.ts';
import { planReporters } from './reporters.ts';
import { readVersion } from './version.ts';

export interface PlanOptions extends RunOptions {
  /** Where the plan is saved. */
  readonly out?: string;
  readonly offline?: boolean;
  readonly detailedExitCode?: boolean;
}

/** Shows what playbooks would change, and saves that when a file is given. Returns the exit code. */
export async function planPlaybooks(cli: Cli, playbooks: readonly string[], options: PlanOptions): Promise<number> {
  const { out, offline = false, detailedExitCode = false } = options;
  if (out !== undefined && offline) {
    throw new UsageError('a plan that asked no host cannot be saved', { hint: 'Leave out -o, or --offline.' });
  }
  if (out !== undefined) requireWritable(cli.io.cwd, out);
  const salt = randomBytes(16).toString('hex');
  const recorder = new PlanRecorder(salt, cli.io.cwd);
  const changes = new ChangeCounter();
  const exitCode = await runPlaybooks(cli, {
    mode: 'plan',
    playbooks,
    options,
    reporters: planReporters(cli, options),
    onLoaded: recorder.onLoaded,
    onEvent(event) {
      changes.note(event);
      recorder.onEvent(event);
    },
    engine: { offline, seed: salt, ...(out !== undefined && { onPlanned: recorder.onPlanned }) },
  });
  if (out !== undefined && exitCode !== 130) save(cli, playbooks, out, { options, recorder, salt });
  return exitCode === 0 && detailedExitCode && changes.count > 0 ? 1 : exitCode;
}

/** What is not known may be a change. */
class ChangeCounter {
  count = 0;

  note(event: RunEvent): void {
    if (event.type === 'task-planned' && (event.action === 'change' || event.action === 'unknown')) this.count++;
  }
}

interface Saving {
  readonly options: PlanOptions;
  readonly recorder: PlanRecorder;
  readonly salt: string;
}

function save(cli: Cli, playbooks: readonly string[], out: string, { options, recorder, salt }: Saving): void {
  const { cwd } = cli.io;
  const { tags, skipTags, startAt, user, privateKey, become, becomeUser, hostKeyPolicy } = options;
  const limit = limitOf(options.limit, cwd);
  const { open, withheld } = splitSecrets(readExtraVars(options.extraVars ?? [], cwd), recorder.redactor);
  const { hosts } = recorder;
  const text = renderSavedPlan({
    k3sbox: readVersion(),
    made: new Date().toISOString(),
    cwd,
    playbooks: [...playbooks],
    inventories: [...(options.inventory ?? [])],
    selection: {
      ...(limit !== undefined && { limit }),
      ...(tags !== undefined && { tags: [...tags] }),
      ...(skipTags !== undefined && { skipTags: [...skipTags] }),
      ...(startAt !== undefined && { startAt }),
    },
    connection: {
      ...(user !== undefined && { user }),
      ...(privateKey !== undefined && { privateKey }),
      ...(become !== undefined && { become }),
      ...(becomeUser !== undefined && { becomeUser }),
      ...(hostKeyPolicy !== undefined && { hostKeyPolicy }),
    },
    extraVars: open,
    withheld: [...withheld],
    salt,
    sources: recorder.sources,
    hosts,
  });
  writePlanFile(cwd, out, text);
  const broken = Object.keys(hosts).filter((name) => hosts[name]?.error !== undefined);
  const line = `saved to ${out}; carry it out with: k3sbox apply ${out}`;
  const without = broken.length === 0 ? '' : `\n${hostNames(broken)} without a whole plan: apply refuses them`;
  if (options.output === 'json') return;
  printLine(cli, line + without);
}
