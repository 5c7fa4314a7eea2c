/** Hands out the stable names of plays, blocks and tasks: "install-k3s/common/install-packages", "…-2" for the second. */
export class TaskIds {
  readonly #taken = new Map<string, number>();

  /** The id of `name` below `parent` (empty for plays). */
  take(parent: string, name: string): string {
    const wanted = parent === '' ? slug(name) : `${parent}/${slug(name)}`;
    const count = (this.#taken.get(wanted) ?? 0) + 1;
    this.#taken.set(wanted, count);
    if (count === 1) return wanted;
    // A task may itself be called "copy-2".
    const numbered = `${wanted}-${count}`;
    if (this.#taken.has(numbered)) return this.take(parent, name);
    this.#taken.set(numbered, 1);
    return numbered;
  }
}

/** Lower case, words joined with `-`: what is safe in a file name and readable in a journal. */
function slug(name: string): string {
  const words = name.toLowerCase().match(/[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*/gu) ?? [];
  const joined = words.join('-').slice(0, 80);
  return joined === '' ? 'task' : joined;
}
