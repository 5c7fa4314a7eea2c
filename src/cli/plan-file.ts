import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { UsageError } from '../base/errors.ts';
import { describeIoError } from '../journal/io-error.ts';
import { parseSavedPlan, type SavedPlan } from '../plan/saved-plan.ts';
import { Approved } from '../run/approved.ts';
import { readVersion } from './version.ts';

/** Fails before hosts are asked. @throws UsageError */
export function requireWritable(cwd: string, file: string): void {
  try {
    accessSync(dirname(resolve(cwd, file)), constants.W_OK);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** Writes a plan file, readable for its owner only; whole or not at all. @throws UsageError */
export function writePlanFile(cwd: string, file: string, text: string): void {
  const path = resolve(cwd, file);
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw cannotWrite(file, error);
  }
}

/** A plan with the text it was read from. @throws UsageError, ConfigError when it is no plan, StaleError when it is of another version */
export function readPlanFile(cwd: string, file: string): { readonly plan: SavedPlan; readonly text: string } {
  const text = readText(resolve(cwd, file), file);
  return { plan: parseSavedPlan(text, file, readVersion()), text };
}

/** What a run that carries a plan out is bound to when it goes on; nothing for other runs. @throws ConfigError, StaleError */
export function keptPlan(folder: string): { readonly approved?: Approved; readonly seed?: string } {
  const file = join(folder, 'plan.json');
  if (!existsSync(file)) return {};
  const { plan } = readPlanFile(folder, file);
  return { approved: new Approved(plan.hosts, { salt: plan.salt, hasActed: true }), seed: plan.salt };
}

/** Keeps the plan beside the journal of the run that carries it out. */
export function keepPlan(folder: string, text: string): void {
  writeFileSync(join(folder, 'plan.json'), text, { mode: 0o600, flush: true });
}

function readText(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`the plan ${file} cannot be read: ${describeIoError(error)}`, {
      hint: 'Make one with `k3sbox plan PLAYBOOK -i INVENTORY -o FILE`.',
      cause: error,
    });
  }
}

function cannotWrite(file: string, cause: unknown): UsageError {
  return new UsageError(`the plan cannot be written to ${file}: ${describeIoError(cause)}`, { cause });
}
