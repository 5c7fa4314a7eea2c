import { SimFiles } from './sim-files.ts';

/** How to take one step back, newest first within its group. */
export interface SimUndo {
  readonly step: string;
  readonly say: string;
  readonly path: string;
}

/** A group of steps in the log of a run: what stood at its paths before and after it, and the way back. */
export interface SimGroup {
  readonly before: ReadonlyMap<string, string>;
  readonly saved: ReadonlyMap<string, ReturnType<SimFiles['get']>>;
  readonly after: Map<string, string>;
  readonly undo: readonly SimUndo[];
}

/** A machine in memory: some files, one lock, and the undo logs of runs. */
export class SimHost {
  readonly name: string;
  readonly files: SimFiles;
  /** The text of the owner, as k3sbox wrote it. */
  lock: string | undefined;
  /** By run; in each the groups by their ids ("0003"). */
  readonly runs = new Map<string, Map<string, SimGroup>>();

  constructor(name: string, directories: readonly string[]) {
    this.name = name;
    this.files = new SimFiles(directories);
  }

  groupsOf(run: string): Map<string, SimGroup> {
    const groups = this.runs.get(run) ?? new Map<string, SimGroup>();
    this.runs.set(run, groups);
    return groups;
  }

  /** A path as the host writes it down before and after a step. */
  look(path: string): string {
    return `${this.files.stat(path, true)}${this.files.sum(path)}`;
  }
}
