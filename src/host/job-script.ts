import { sha256Hex } from '../base/digest.ts';
import type { Async, ExecOp, Step } from '../base/op.ts';
import { renderIsolated } from './isolated.ts';

/** Whether it runs in the background. */
export function isInBackground({ do: op }: Step): boolean {
  return op.kind === 'exec' && op.async !== undefined;
}

/** Whether it runs in the background and its result is waited for. */
export function isFollowed({ do: op }: Step): boolean {
  return op.kind === 'exec' && op.async !== undefined && op.async.pollMs > 0;
}

/** Whether it runs in the background, and nobody waits for it. */
export function isLeftAlone({ do: op }: Step): boolean {
  return op.kind === 'exec' && op.async?.pollMs === 0;
}

/** The shell text that starts an op's command in the background; needs `k_job` of `startLibrary`. */
export function renderJob(op: ExecOp & { readonly async: Async }, id: string, delimiter: string): string {
  const { async, ...rest } = op;
  const seconds = Math.max(1, Math.ceil(async.limitMs / 1000));
  const text = renderIsolated(op.command, { ...rest, delimiter: `${delimiter}I` });
  const digest = sha256Hex(JSON.stringify(rest));
  return `k_job ${id} ${seconds} ${digest} ${async.pickUp ?? "''"} 9<<'${delimiter}'\n${text}\n#k3sbox job\n${delimiter}`;
}
