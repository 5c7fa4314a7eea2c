import { TaskFailedError } from '../../base/errors.ts';
import type { PathState } from '../../host/query.ts';
import type { NewContent } from './file-content.ts';

/** A file of the same host as content, from its state with the sum. @throws TaskFailedError when it is no file */
export function remoteContent({ path, type, sha256, sizeBytes }: PathState): NewContent {
  if (type === 'absent') throw new TaskFailedError(`there is no ${path} on the host`);
  if (type !== 'file' || sha256 === undefined) throw new TaskFailedError(`${path} on the host is not a file`);
  return { content: { from: 'host', path, sha256 }, sha256, sizeBytes, text: undefined };
}
