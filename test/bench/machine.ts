import { cpus, release, totalmem } from 'node:os';

import { run } from '../lab/run.ts';

/** This machine, for the page. */
export function thisMachine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} × ${first?.model ?? 'unknown processor'}, ${memory} GiB, Linux ${release()}, Node ${process.versions.node}`;
}

/** What is in the base. */
export async function versionsOf(base: string): Promise<readonly string[]> {
  const packages = ['openssh-client', 'ansible-core', 'ansible-mitogen', 'clustershell', 'python3'];
  const query = ['dpkg-query', `--admindir=${base}/var/lib/dpkg`, '--show', '--showformat=${Package} ${Version}\\n'];
  const { stdout } = await run([...query, ...packages]);
  const pyinfra = await run([
    'find',
    `${base}/opt/pyinfra`,
    '-maxdepth',
    '1',
    '-name',
    'pyinfra-*.dist-info',
    '-printf',
    '%f\n',
  ]);
  const own = /^pyinfra-(.*)\.dist-info$/m.exec(pyinfra.stdout);
  return [...stdout.trim().split('\n'), ...(own === null ? [] : [`pyinfra ${own[1] ?? ''}`])];
}
