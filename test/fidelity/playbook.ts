import type { TaskSpec } from './case.ts';
import { type Numbered, placed } from './node-script.ts';

/** Where the web server of the lab is, and the sum of what it serves. */
export interface Web {
  readonly url: string;
  readonly sum: string;
}

/** The name of a case's task, as plan and run show it. */
export function taskName({ id, case: { module, asks, state } }: Numbered, index: number): string {
  return `${id}.${index} ${module}: ${asks} (${state})`;
}

/** One play for the cases of a module, in JSON, which is YAML. A task that fails does not end the play. */
export function playOf(host: string, cases: readonly Numbered[], web: Web): object {
  const tasks = cases.flatMap((one) => one.case.tasks.map((task, i) => written(task, taskName(one, i), one, web)));
  const handlers = cases.flatMap((one) =>
    (one.case.handlers ?? []).map((handler) => written(handler, placed(handler.name ?? '', one), one, web)),
  );
  return { name: `cases on ${host}`, hosts: host, become: true, vars: { word: 'wanted' }, tasks, handlers };
}

function written({ module, args, keywords }: TaskSpec, name: string, one: Numbered, web: Web): object {
  const task = { name, [module]: args, ignore_errors: true, ...keywords };
  const text = placed(JSON.stringify(task), one).replaceAll('@web', web.url).replaceAll('@toolsum', web.sum);
  // What was written as JSON is read as JSON again.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { ...(JSON.parse(text) as object), name };
}
