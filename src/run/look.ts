import type { Host, RunAs } from '../host/host.ts';
import type { HostReader } from '../host/reader.ts';
import { unchanged } from '../modules/module.ts';
import { planSegment } from './plan-segment.ts';

/**
 * Lets something look at a host that is no task. Questions that are asked together cost one round trip, as in a segment.
 * @throws what `look` throws, UnreachableError
 */
export async function lookAt<T>(host: Host, as: RunAs, look: (reader: HostReader) => Promise<T>): Promise<T> {
  const seen: T[] = [];
  const item = {
    async plan(reader: HostReader) {
      seen.push(await look(reader));
      return unchanged;
    },
  };
  const { failure } = await planSegment([item], {
    host: host.name,
    user: as?.user ?? 'root',
    read: (queries) => host.read(queries, as),
  });
  if (failure !== undefined) throw failure.error;
  const [first] = seen;
  if (first === undefined) throw new Error('nothing was looked at');
  return first;
}
