import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { saltedDigest } from '../base/digest.ts';
import { quote } from '../base/sh.ts';
import type { SavedHost, SavedPlan } from '../plan/saved-plan.ts';

/** Files of the controller that are not as they were when the plan was made: "site.yaml has changed". */
export async function sourceChanges({ sources, salt }: SavedPlan, cwd: string): Promise<readonly string[]> {
  const changes: string[] = [];
  for (const [file, digest] of Object.entries(sources)) {
    const sum = await sumOf(resolve(cwd, file));
    if (sum === undefined) changes.push(`${file} is gone`);
    else if (saltedDigest(salt, sum) !== digest) changes.push(`${file} has changed`);
  }
  return changes;
}

async function sumOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}

/** The same of files that were read just now: other ones than then count, too. */
export function newSources({ sources }: SavedPlan, now: SavedPlan['sources']): readonly string[] {
  return Object.entries(now).flatMap(([file, digest]) => {
    if (sources[file] === digest) return [];
    return [sources[file] === undefined ? `${file} is new` : `${file} has changed`];
  });
}

/** Hosts that came, went, or are reached in another way. */
export function inventoryChanges(
  then: Readonly<Record<string, SavedHost>>,
  now: Readonly<Record<string, SavedHost>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  return names.flatMap((name) => {
    const [old, fresh] = [then[name]?.reached, now[name]?.reached];
    if (old === undefined) return [`the host ${name} is new`];
    if (fresh === undefined) return [`the host ${name} is gone`];
    return [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
      .filter((member) => old[member] !== fresh[member])
      .map((member) => `${member} of ${name} was ${old[member] ?? 'not set'} and is ${fresh[member] ?? 'not set'}`);
  });
}

/** The command that makes the plan again. */
export function againHint(file: string, plan: SavedPlan): string {
  const { playbooks, inventories, selection, connection, extraVars, withheld } = plan;
  const words = [
    'k3sbox',
    'plan',
    ...playbooks,
    ...inventories.flatMap((source) => ['-i', source]),
    ...flag('--limit', selection.limit),
    ...flag('--tags', selection.tags?.join(',')),
    ...flag('--skip-tags', selection.skipTags?.join(',')),
    ...flag('--start-at', selection.startAt),
    ...flag('--user', connection.user),
    ...flag('--private-key', connection.privateKey),
    ...(connection.become === true ? ['--become'] : []),
    ...flag('--become-user', connection.becomeUser),
    ...flag('--host-key-policy', connection.hostKeyPolicy),
    ...Object.entries(extraVars).flatMap(([name, value]) => ['-e', JSON.stringify({ [name]: value })]),
  ].map(quote);
  // Not quoted: it is to be filled in.
  return [...words, ...withheld.map((name) => `-e ${name}=...`), '-o', quote(file)].join(' ');
}

function flag(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}
