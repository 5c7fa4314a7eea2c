import { z } from 'zod';

import type { Cluster } from './cluster.ts';
import type { Stage } from './story.ts';

/** What a story without a trace leaves as it was. */
export interface Picture {
  readonly lines: readonly string[];
  /** Of the pods that belong to somebody else: they must go on. */
  readonly guests: string;
}

export async function pictureOf(cluster: Cluster): Promise<Picture> {
  const nodes = await Promise.all(cluster.nodes.map((node) => cluster.look(node)));
  const path =
    'jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].containerID} {.status.phase}{"\\n"}{end}';
  const [guests, names, labels] = await Promise.all([
    cluster.kubectl(`get pods -n guests -o '${path}'`),
    namesOf(cluster),
    cluster.kubectl('get nodes -o json'),
  ]);
  return { lines: [...nodes.flat(), ...names.split('\n'), ...nodeLines(labels)], guests };
}

/** Of the objects that do not belong to a node. */
async function namesOf(cluster: Cluster): Promise<string> {
  return (await cluster.kubectl('get namespaces -o name')) + (await cluster.kubectl('get runtimeclasses -o name'));
}

const nodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
      spec: z.object({ unschedulable: z.boolean().optional() }).optional(),
    }),
  ),
});

function nodeLines(json: string): readonly string[] {
  const { items } = nodesSchema.parse(JSON.parse(json));
  return items.flatMap(({ metadata: { name, labels }, spec }) =>
    Object.entries(labels ?? {})
      .map(([key, value]) => `${name} label ${key}=${value}`)
      .concat(`${name} cordoned: ${spec?.unschedulable ?? false}`),
  );
}

/** However a story ends: the cluster works, nobody's pods have noticed, and nothing of a run lies about. */
export async function settled(stage: Stage, before: Picture, after: Picture): Promise<void> {
  const { cluster } = stage;
  const ready = await Promise.all(cluster.nodes.map(async (node) => ((await cluster.isReady(node)) ? [] : [node])));
  stage.same('all nodes are Ready', ready.flat(), []);
  const isSame = after.guests === before.guests;
  stage.note("nobody's pods have noticed", isSame ? undefined : `${before.guests}\n${after.guests}`);
  const left = after.lines.filter((line) => /canary|\/lock$|k3sbox-.*\.(timer|service)/.test(line));
  stage.same('no lock, timer or canary is left', left, []);
}

/** Notes every line that has come or gone. */
export function compare(stage: Stage, before: Picture, after: Picture): void {
  const [was, is] = [new Set(before.lines), new Set(after.lines)];
  const lost = before.lines.filter((line) => !is.has(line)).map((line) => `- ${line}`);
  const gained = after.lines.filter((line) => !was.has(line)).map((line) => `+ ${line}`);
  const lines = [...lost, ...gained];
  const what = `nothing has changed: ${before.lines.length} lines about files, mounts, packages, units and the cluster`;
  stage.note(what, lines.length === 0 ? undefined : `changed:\n${lines.slice(0, 40).join('\n')}`);
}
