import type { Handler, Inherited, RoleVars, TaskNode } from './playbook.ts';
import type { Span } from '../base/diagnostic.ts';
import type { Problems } from './problems.ts';
import type { SourceFiles } from './source-files.ts';
import type { TaskIds } from './task-ids.ts';
import { rootOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** What the loader must know of the catalogue of modules. */
export interface ModuleIndex {
  /** By any of its names, without a collection. */
  find(name: string): ModuleShape | undefined;
  /** For "did you mean". */
  names(): Iterable<string>;
}

export interface ModuleShape {
  readonly name: string;
  /** The argument that a bare text goes to. */
  readonly freeForm?: string;
  /** Arguments whose text is no template. */
  readonly raw?: readonly string[];
  /** Whether it may run in the background. */
  readonly background?: true;
}

/** What all parts of the loader share. */
export interface Loader {
  readonly problems: Problems;
  readonly files: SourceFiles;
  readonly modules: ModuleIndex;
  readonly ids: TaskIds;
  /** Reads a list of tasks. Here, and not imported, because includes and roles, which it calls, call it back. */
  readonly loadNodes: (loader: Loader, list: YamlNode, place: Place) => readonly TaskNode[];
}

/** Where a list of tasks stands. */
export interface Place {
  /** Ids of what is in it start with this. */
  readonly id: string;
  /** Absolute. */
  readonly file: string;
  readonly playFolder: string;
  readonly holds: 'tasks' | 'handlers';
  readonly inherited: Inherited;
  /** A `deadman` covers it. */
  readonly isGuarded?: true;
  /** Files and roles that are being read, so that one that reads itself is noticed. */
  readonly chain: readonly string[];
  /** The play's lists, which roles add to. */
  readonly sink: Sink;
}

export interface Sink {
  readonly handlers: Handler[];
  readonly roles: RoleVars[];
  /** Roles of `roles:` and of dependencies, with their parameters: a second time they do not run. */
  readonly done: Set<string>;
  /** Files of handlers that are in the play already. */
  readonly handlerFiles: Set<string>;
}

/** The content of a YAML file; undefined, with everything reported, when it is not readable YAML. */
export function readYaml({ files, problems }: Loader, file: string, from: Span): YamlNode | undefined {
  const source = problems.try(() => files.read(file, from));
  if (source === undefined) return undefined;
  problems.add(source.diagnostics);
  return source.diagnostics.some(({ severity }) => severity === 'error') ? undefined : rootOf(source);
}
