import type { Cluster } from './cluster.ts';
import { compare, type Picture, pictureOf, settled } from './picture.ts';
import { isPassed } from './report.ts';
import { type Outcome, Stage, type State, type Story, three } from './story.ts';

/** Plays stories one after another on one cluster: each finds it as it needs it, and has to leave it as it says. */
export class Theatre {
  readonly #cluster: Cluster;
  /** How the cluster looked when it first was in a state. */
  readonly #pictures = new Map<State, Picture>();
  #state: State | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Never throws: whatever goes wrong is noted, and the next story gets a new cluster. */
  async play(story: Story): Promise<Outcome> {
    const stage = new Stage(this.#cluster);
    let begun = performance.now();
    try {
      await this.#prepare(story.from);
      begun = performance.now();
      await story.tell(stage);
      await this.#judge(stage, story);
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      stage.note('the story was told to its end', why);
    }
    this.#state = isPassed(stage.checks) ? story.leaves : undefined;
    return { checks: stage.checks, seconds: (performance.now() - begun) / 1000 };
  }

  async #judge(stage: Stage, { from, leaves }: Story): Promise<void> {
    const before = this.#pictures.get(from);
    const after = await pictureOf(this.#cluster);
    if (before !== undefined) await settled(stage, before, after);
    // Proved is whatever a run from nothing has made of it; nothing is always the same.
    if (leaves === 'proved' && from === 'nothing') this.#pictures.set(leaves, after);
    const wanted = this.#pictures.get(leaves);
    if (wanted !== undefined && wanted !== after) compare(stage, wanted, after);
  }

  async #prepare(state: State): Promise<void> {
    const cluster = this.#cluster;
    if (this.#state === undefined) {
      await cluster.make();
      this.#pictures.clear();
      this.#pictures.set('nothing', await pictureOf(cluster));
      this.#state = 'nothing';
    }
    if (this.#state === state) return;
    const { exitCode, text, run } =
      state === 'proved'
        ? await cluster.k3sbox(...cluster.words('run', three))
        : await cluster.k3sbox('rollback', cluster.broughtBy ?? '');
    if (exitCode !== 0) throw new Error(`the cluster cannot be brought from ${this.#state} to ${state}:\n${text}`);
    cluster.broughtBy = state === 'proved' ? run : undefined;
    cluster.limit = three;
    if (state === 'proved') this.#pictures.set(state, await pictureOf(cluster));
    this.#state = state;
  }
}
