import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { delayedAddress, type Lab } from './lab.ts';
import { LabError } from './settings.ts';

/**
 * Makes the way to all nodes that are up now `rttMs` long, at addresses of its own: see `Lab.inventoryYaml({ delayed: true })`.
 * Lasts until the answer is disposed of; `ended` says when the proxy ends by itself.
 */
export async function startDelay(
  lab: Lab,
  rttMs: number,
): Promise<AsyncDisposable & { readonly ended: Promise<unknown> }> {
  const nodes = (await lab.nodes()).filter(({ status }) => status !== 'off');
  const links = nodes.map(({ address }) => `${delayedAddress(address)}:22=${address}:22`);
  const program = [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(new URL('delay-proxy.ts', import.meta.url)),
  ];
  const proxy = lab.spawn([...program, String(rttMs), ...links], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(proxy, 'close');
  const ready = proxy.stdout === null ? ended : Promise.race([once(proxy.stdout, 'data'), ended]);
  await ready;
  if (proxy.exitCode !== null) throw new LabError('the delay proxy did not start; see above');
  return {
    ended,
    async [Symbol.asyncDispose]() {
      proxy.kill();
      await ended;
    },
  };
}
