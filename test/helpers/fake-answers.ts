import { assertNever } from '../../src/base/assert-never.ts';
import type { Answer } from '../../src/host/answers.ts';
import type { Query } from '../../src/host/query.ts';
import { type FakeState, fakeReader } from './fake-host.ts';

/** What a host in this state answers. */
export async function answersOf(state: FakeState, queries: readonly Query[]): Promise<Answer[]> {
  return Promise.all(queries.map((query) => answerOf(state, query)));
}

async function answerOf(state: FakeState, query: Query): Promise<Answer> {
  const reader = fakeReader(state);
  switch (query.kind) {
    case 'path':
      return { kind: 'path', state: await reader.path(query.path, query) };
    case 'tree': {
      const entries = await reader.tree(query.path, query);
      return { kind: 'tree', entries, raw: entries.map(({ path }) => `${path}\n`).join('') };
    }
    case 'unit':
      return { kind: 'unit', state: await reader.unit(query.unit) };
    case 'package':
      return { kind: 'package', state: await reader.package(query.manager, query.name, query) };
    case 'account': {
      const user = query.database === 'passwd' ? await reader.user(query.name) : undefined;
      const group = query.database === 'group' ? await reader.group(query.name) : undefined;
      return { kind: 'account', raw: query.name, ...(user && { user }), ...(group && { group }) };
    }
    case 'probe': {
      const result = await reader.probe(query.command);
      return { kind: 'probe', result, stdout: Buffer.from(result.stdout), stderr: Buffer.from(result.stderr) };
    }
    case 'facts':
      return { kind: 'facts', facts: await reader.facts() };
    default:
      return assertNever(query);
  }
}
