import type { HostReader } from '../host/reader.ts';
import type { Planned } from '../modules/module.ts';

/** Something that can be planned: a task on a host, or one item of its loop. */
export interface Plannable {
  plan(host: HostReader): Promise<Planned>;
}
