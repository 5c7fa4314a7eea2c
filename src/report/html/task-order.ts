/**
 * The order of a playbook, from hosts that each tell a part of it: whatever is new comes right behind what the same host told
 * before.
 */
export class TaskOrder {
  readonly #ids: string[] = [];
  readonly #known = new Set<string>();
  readonly #last = new Map<string, string>();

  /** A host has come to a task. */
  note(host: string, id: string): void {
    const before = this.#last.get(host);
    this.#last.set(host, id);
    if (this.#known.has(id)) return;
    this.#known.add(id);
    if (before === undefined) this.#ids.push(id);
    else this.#ids.splice(this.#ids.indexOf(before) + 1, 0, id);
  }

  ids(): readonly string[] {
    return this.#ids;
  }
}
