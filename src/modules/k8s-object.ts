import { z } from 'zod';

import { parseDuration } from '../base/duration.ts';
import { TaskFailedError } from '../base/errors.ts';
import type { Op, Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import { isList, isValues, type Value, type Values } from '../base/value.ts';
import type { HostReader } from '../host/reader.ts';
import { kubectl, kubectlJson } from './k3s/kubectl.ts';
import { withoutServerFields } from './k3s/server-fields.ts';
import { nobodyNeeds } from './k3s/undo-guards.ts';
import { waitForPods } from './k3s/pod-script.ts';
import { defineModule, unchanged } from './module.ts';

const objectSchema = z
  .object({
    apiVersion: z.string().min(1),
    kind: z.string().min(1),
    metadata: z.object({ name: z.string().min(1), namespace: z.string().min(1).optional() }).catchall(z.json()),
  })
  .catchall(z.json())
  .describe('A whole object, as in a manifest.');

const args = z.strictObject({
  definition: z.union([objectSchema, z.array(objectSchema).min(1)]).describe('One object, or several in their order.'),
  state: z.enum(['present', 'absent']).default('present').describe('Whether the objects are to exist.'),
  wait: z
    .union([z.string(), z.number()])
    .optional()
    .describe(
      'Wait so long until pods among them are Running (present), or until all are gone (absent; default 120s).',
    ),
});

type KubernetesObject = z.output<typeof objectSchema>;

/** Creates, changes and deletes Kubernetes objects. Runs on a K3s server. */
export const k8sObject = defineModule({
  name: 'k8s_object',
  summary: 'Make sure that Kubernetes objects are as defined, or are gone.',
  undo: 'Puts back what the objects were, Secrets aside; deleted ones with the label k3sbox.io/temporary: "true" stay away.',
  args,
  examples: [
    {
      title: 'A runtime class',
      args: {
        definition: {
          apiVersion: 'node.k8s.io/v1',
          kind: 'RuntimeClass',
          metadata: { name: 'sysbox-runc' },
          handler: 'sysbox-runc',
        },
      },
    },
    {
      title: 'Remove a namespace with everything in it',
      args: { state: 'absent', definition: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'canary' } } },
    },
  ],

  async plan({ args: { definition, state, wait }, host }) {
    const wanted = Array.isArray(definition) ? definition : [definition];
    const live = await Promise.all(wanted.map((object) => readObject(host, object)));
    const pairs = wanted.map((object, i) => ({ object, now: live[i] }));
    if (state === 'absent') {
      const there = pairs.filter(({ now }) => now !== undefined).toReversed();
      return there.length === 0
        ? unchanged
        : { steps: there.map(({ object, now }) => deletion(object, now, seconds(wait, 120))) };
    }
    for (const { object, now } of pairs) refuseForeignHandler(object, now);
    const steps = pairs.flatMap(({ object, now }) =>
      now !== undefined && covers(asValue(now), asValue(object)) ? [] : [applying(object, now)],
    );
    const pods = wanted.filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata);
    if (wait === undefined || pods.length === 0 || steps.length === 0) return { steps };
    return { steps: [...steps, waitForPods(pods, seconds(wait, 90))] };
  },
});

async function readObject(host: HostReader, object: KubernetesObject): Promise<KubernetesObject | undefined> {
  return kubectlJson(host, [typeWord(object), object.metadata.name, ...inNamespace(object)], objectSchema);
}

function applying(object: KubernetesObject, now: KubernetesObject | undefined): Step {
  return {
    say: `${now === undefined ? 'create' : 'change'} ${describe(object)}`,
    do: apply(json(object)),
    ...(now === undefined ? { undo: remove(object, 60) } : bringBack(now)),
    ...(isOffered(object, now) && { undoGuard: nobodyNeeds(object.metadata.name, selectedLabels(object)) }),
    diff: { of: describe(object), ...shown(now, object) },
  };
}

function deletion(object: KubernetesObject, now: KubernetesObject | undefined, timeout: number): Step {
  return {
    say: `delete ${describe(object)}`,
    do: remove(object, timeout),
    ...(isTemporary(now) ? { needsNoUndo: true } : bringBack(now)),
    diff: { of: describe(object), ...shown(now, undefined) },
  };
}

/** The undo would lie on the host with all that the object holds: of a Secret, nothing does. */
function bringBack(now: KubernetesObject | undefined): Pick<Step, 'undo'> {
  return now === undefined || isSecret(now) ? {} : { undo: apply(json(withoutServerFields(now))) };
}

/** A new RuntimeClass for everybody: pods may name it by the time it is taken back. */
function isOffered(object: KubernetesObject, now: KubernetesObject | undefined): boolean {
  return object.kind === 'RuntimeClass' && now === undefined && !isTemporary(object);
}

/** The labels of nodes that a RuntimeClass selects. */
function selectedLabels({ scheduling }: KubernetesObject): Readonly<Record<string, string>> {
  const labels: Value | undefined = isValues(scheduling) ? scheduling['nodeSelector'] : undefined;
  return Object.fromEntries(
    Object.entries(isValues(labels) ? labels : {}).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

function isSecret({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}

/** Before and after, for people: of Secrets, only which values differ. */
function shown(now: KubernetesObject | undefined, wanted: KubernetesObject | undefined) {
  const before = now && withoutServerFields(now);
  const texts = { before: before === undefined ? '' : json(before), after: wanted === undefined ? '' : json(wanted) };
  const secret = [now, wanted].some((object) => object !== undefined && isSecret(object));
  if (!secret) return texts;
  const same = (name: string): boolean => JSON.stringify(now?.[name]) === JSON.stringify(wanted?.[name]);
  const names = ['data', 'stringData', 'type'].filter((name) => !same(name));
  return {
    before: now === undefined ? '' : 'its values are not shown\n',
    after: wanted === undefined ? '' : `its values are not shown; other than before: ${names.join(', ') || 'none'}\n`,
  };
}

/** What a playbook makes to look at something, and removes again: nobody wants it back. */
function isTemporary(object: KubernetesObject | undefined): boolean {
  const labels: Value | undefined = object?.metadata['labels'];
  return isValues(labels) && labels['k3sbox.io/temporary'] === 'true';
}

/** Tried again for a while: a namespace is there a moment before its service account, without which no pod is accepted. */
function apply(manifest: string): Op {
  const once = kubectl('apply', '--server-side', '--force-conflicts', '--field-manager=k3sbox', '-f', '-');
  const command = sh`manifest=$(cat); n=0
until said=$(printf '%s' "$manifest" | { ${once}; } 2>&1); do
  case $said in *'error looking up service account'*) ;; *) n=20;; esac
  n=$((n + 1)); [ $n -lt 20 ] || { printf '%s\n' "$said" >&2; exit 1; }
  sleep 0.5
done`;
  return { kind: 'exec', command, stdin: manifest };
}

function remove(object: KubernetesObject, timeout: number): Op {
  const words = ['delete', typeWord(object), object.metadata.name, ...inNamespace(object)];
  const command = kubectl(...words, '--ignore-not-found', '--wait=true', `--timeout=${timeout}s`);
  return { kind: 'exec', command, timeoutMs: (timeout + 30) * 1000 };
}

/** A handler cannot be changed, and what runs with it depends on it: nobody's RuntimeClass is replaced unseen. */
function refuseForeignHandler(object: KubernetesObject, now: KubernetesObject | undefined): void {
  if (now === undefined || object.kind !== 'RuntimeClass' || object['handler'] === now['handler']) return;
  throw new TaskFailedError(
    `the RuntimeClass ${object.metadata.name} exists with the handler ${JSON.stringify(now['handler'])}`,
    {
      hint: 'Its handler cannot be changed. Delete it, or choose another name.',
    },
  );
}

/** True when everything in `wanted` is in `now`; the server adds members of its own. */
function covers(is: Value | undefined, should: Value): boolean {
  if (isList(should)) {
    return isList(is) && is.length === should.length && should.every((item, i) => covers(is[i], item));
  }
  // An empty table is not kept by the server.
  if (isValues(should) && is === undefined) return Object.keys(should).length === 0;
  if (isValues(should)) return isValues(is) && Object.entries(should).every(([key, value]) => covers(is[key], value));
  return is === should;
}

/** The same data: members that are not there are not there as `undefined` either. */
function asValue({ metadata: { namespace, ...own }, ...object }: KubernetesObject): Values {
  return { ...object, metadata: { ...own, ...(namespace !== undefined && { namespace }) } };
}

function typeWord({ apiVersion, kind }: KubernetesObject): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return group === undefined ? kind.toLowerCase() : `${kind.toLowerCase()}.${version ?? ''}.${group}`;
}

function inNamespace({ metadata: { namespace } }: KubernetesObject): readonly string[] {
  return namespace === undefined ? [] : ['-n', namespace];
}

function describe({ kind, metadata: { name, namespace } }: KubernetesObject): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function seconds(duration: string | number | undefined, otherwise: number): number {
  return duration === undefined ? otherwise : Math.ceil((parseDuration(duration) ?? otherwise * 1000) / 1000);
}
