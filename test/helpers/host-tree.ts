import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import * as fc from 'fast-check';
import { onTestFinished } from 'vitest';

import type { Op, Step } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import type { ActGroup } from '../../src/host/act-group.ts';
import { makeGuard, type Answered } from '../../src/host/guard.ts';
import type { Host } from '../../src/host/host.ts';
import type { Query } from '../../src/host/query.ts';
import { localHost, type LocalHost, type LocalHostOptions } from './local-host.ts';

/** The shells that a host may have; busybox also stands for its own tools. */
export const shells: [name: string, shell: [string, ...string[]]][] = [
  ['dash', ['dash', '-c']],
  ['bash', ['bash', '-c']],
  ['busybox ash', ['busybox', 'sh', '-c']],
];

/** A host on this machine with a small tree to change; gone after the test. */
export function hostWithTree(shell?: [string, ...string[]], options?: LocalHostOptions): LocalHost {
  const made = localHost(shell, options);
  onTestFinished(async () => {
    await made.host.close();
    for (const path of [made.folder, made.state]) rmSync(dirname(path), { recursive: true, force: true });
  });
  plantTree(made.folder);
  return made;
}

/** Makes the folder what it is for every test, whatever is in it. */
export function plantTree(folder: string): void {
  const at = (name: string): string => join(folder, name);
  for (const name of readdirSync(folder)) rmSync(at(name), { recursive: true });
  writeFileSync(at('a'), 'old a\n');
  chmodSync(at('a'), 0o640);
  symlinkSync('a', at('link'));
  mkdirSync(at('full/deep'), { recursive: true });
  writeFileSync(at('full/x'), 'x');
  writeFileSync(at('full/deep/y'), 'y');
  writeFileSync(at('we ird\\q'), 'q');
}

/** Some steps behind one guard. */
export function group(id: string, ops: readonly (Op | Step)[], guarded: readonly Answered[] = []): ActGroup {
  const steps = ops.map((op, i) => ({
    id: `${id}.${i}`,
    step: 'kind' in op ? { say: `${op.kind} ${i}`, do: op } : op,
  }));
  return { id, guard: makeGuard(guarded), steps };
}

/** What a host answers, beside the questions. */
export async function ask(host: Host, queries: readonly Query[]): Promise<Answered[]> {
  const answers = await host.read(queries, undefined);
  return answers.map((answer, i) => ({ answer, query: queries[i] ?? { kind: 'facts' } }));
}

/** The content of a file op. */
export const text = (content: string) => ({ from: 'text', text: content }) as const;

const names = ['a', 'link', 'full', 'full/x', 'full/deep', 'new', 'new/below', 'we ird\\q'] as const;

/** Any op on the paths of {@link hostWithTree}, possible or not. */
export function anyOp(folder: string): fc.Arbitrary<Op> {
  const path = fc.constantFrom(...names).map((name) => join(folder, name));
  const mode = fc.constantFrom('600', '644', '755');
  const content = fc.string({ unit: 'binary', maxLength: 20 }).map(text);
  return fc.oneof(
    fc.record({ kind: fc.constant('file' as const), path, content, mode }),
    fc.record({ kind: fc.constant('directory' as const), path, mode }),
    fc.record({ kind: fc.constant('link' as const), path, target: fc.constantFrom('a', '/etc', 'nowhere') }),
    fc.record({ kind: fc.constant('remove' as const), path }),
    fc.record({ kind: fc.constant('attributes' as const), path, mode, recursive: fc.constant(true as const) }),
    fc.tuple(path, fc.nat(commands.length - 1)).map(([saved, i]) => ({
      kind: 'exec' as const,
      command: commands[i]?.(saved) ?? sh`:`,
      saves: [saved],
    })),
  );
}

/** What commands do to a path that they said they would change. */
const commands = [
  (path: string) => sh`rm -rf ${path}; echo x >${path}`,
  (path: string) => sh`rm -rf ${path}`,
  (path: string) => sh`mkdir ${path}; mkdir ${path}/made; echo x >${path}/made/x`,
  (path: string) => sh`[ -L ${path} ] || { echo more >>${path}/x; rm -rf ${path}/deep; chmod 700 ${path}; }`,
];
