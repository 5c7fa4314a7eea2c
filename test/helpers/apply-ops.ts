import type { Content, Op, Ownership, Step } from '../../src/base/op.ts';
import type { FakePath, FakeState } from './fake-host.ts';

/** What a host looks like after the steps; undefined when one of them does something that only a real host can do. */
export function applySteps(state: FakeState, steps: readonly Step[]): FakeState | undefined {
  let now: FakeState | undefined = state;
  for (const { do: op } of steps) now = now && applyOp(now, op);
  return now;
}

function applyOp(state: FakeState, op: Op): FakeState | undefined {
  switch (op.kind) {
    case 'file': {
      const content = contentOf(state, op.content);
      return content === undefined ? undefined : put(state, op.path, { type: 'file', content, ...rightsOf(op) });
    }
    case 'directory':
      return put(state, op.path, { type: 'directory', ...rightsOf(op) });
    case 'link':
      return op.hard ? undefined : put(state, op.path, { type: 'link', target: op.target });
    case 'attributes':
      return op.recursive ? undefined : put(state, op.path, { ...pathOf(state, op.path), ...rightsOf(op) });
    case 'remove':
      return remove(state, op.path);
    case 'unit':
      return applyUnit(state, op.unit, op.verb);
    case 'package': {
      const left = Object.entries(state.packages ?? {}).filter(([name]) => !op.names.includes(name));
      const added = op.ensure === 'absent' ? [] : op.names.map((name) => [name, '1.0'] as const);
      return op.files !== undefined || op.refreshCache
        ? undefined
        : { ...state, packages: Object.fromEntries([...left, ...added]) };
    }
    default:
      return undefined;
  }
}

function put(state: FakeState, path: string, fake: FakePath): FakeState {
  return { ...state, files: { ...state.files, [path]: fake } };
}

function pathOf(state: FakeState, path: string): FakePath {
  const found = state.files?.[path] ?? {};
  return typeof found === 'string' ? { content: found } : found;
}

function remove(state: FakeState, path: string): FakeState {
  const left = Object.entries(state.files ?? {}).filter(([other]) => other !== path && !other.startsWith(`${path}/`));
  return { ...state, files: Object.fromEntries(left) };
}

function contentOf(state: FakeState, content: Content): string | Buffer | undefined {
  if (content.from === 'text') return content.text;
  return content.from === 'host' ? pathOf(state, content.path).content : undefined;
}

function rightsOf({ mode, owner, group }: Ownership): Pick<FakePath, 'mode' | 'owner' | 'group'> {
  return {
    ...(mode !== undefined && { mode }),
    ...(owner !== undefined && { owner }),
    ...(group !== undefined && { group }),
  };
}

function applyUnit(state: FakeState, unit: string, verb: string): FakeState | undefined {
  const now = state.units?.[unit] ?? {};
  const changes: Readonly<Record<string, object>> = {
    start: { active: true },
    stop: { active: false },
    enable: { enabled: true },
    disable: { enabled: false },
    mask: { unitFileState: 'masked' },
    unmask: { unitFileState: 'disabled' },
    'daemon-reload': {},
  };
  const change = changes[verb];
  return change && { ...state, units: { ...state.units, [unit]: { ...now, ...change } } };
}
