import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Command, Option } from 'commander';

import { buildCli } from '../helpers/built-cli.ts';
import { Lab } from '../lab/lab.ts';
import { whyMissing, whyNoBuild, whyNoLab } from '../lab/machine.ts';
import { stories, whyLeftOut } from './catalogue.ts';
import { Cluster } from './cluster.ts';
import { isPassed, judged, judgedLines, storyLines, summary, type Tried } from './report.ts';
import type { Story } from './story.ts';
import { Theatre } from './theatre.ts';

/*
 * `npm run acceptance`: brings up a K3s cluster in the lab, has playbooks/sysbox.yaml meet everything that can go wrong with it, and
 * says story by story what was seen. What is judged, and how, is in test/lab/README.md.
 */

interface Options {
  readonly small?: boolean;
  readonly story?: readonly string[];
  readonly list?: boolean;
}

const names = stories.map(({ name }) => name);
const options = new Command('acceptance')
  .description('Judges playbooks/sysbox.yaml on a K3s cluster of the lab; exit code 0 only when every story passed.')
  .option('--small', 'a cluster of one server and two agents, not of three and five')
  .addOption(new Option('--story <name...>', 'only these stories').choices(names))
  .option('--list', 'what stories there are')
  .parse()
  .opts<Options>();

/** Labs of this program have its process id in their names. */
const own = 'acceptancepid';

process.exitCode = await main();

async function main(): Promise<number> {
  if (options.list === true) {
    for (const { name, title } of stories) process.stdout.write(`${name.padEnd(22)} ${title}\n`);
    return 0;
  }
  const why = whyNoLab() ?? whyNoBuild() ?? whyMissing('faults');
  if (why !== undefined) {
    process.stderr.write(`acceptance: cannot be judged here: ${why}\n`);
    return 1;
  }
  for (const left of Lab.all()) {
    const [, pid] = /^acceptancepid(\d+)$/.exec(left.name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await left.down();
  }
  return judge();
}

async function judge(): Promise<number> {
  const begun = performance.now();
  // Ctrl-C: what was made is removed.
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const lab = new Lab(`${own}${process.pid}`);
  const cli = await buildCli((argv) => lab.inHub(argv));
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-acceptance-'));
  const isSmall = options.small === true;
  const wanted = stories.filter(({ name }) => options.story?.includes(name) ?? true);
  const all = judged(process.env);
  const isSysboxReal = all.some(({ what, from }) => what === 'Sysbox' && from !== undefined);
  const why = (story: Story): string | undefined => whyLeftOut(story, { isSmall, isSysboxReal });
  process.stdout.write(judgedLines(all));
  const tried: Tried[] = [];
  try {
    const theatre = new Theatre(new Cluster({ lab, cli, folder, isSmall }));
    for (const story of wanted.filter((each) => why(each) === undefined)) {
      if (stopping.signal.aborted) break;
      const one = { story, outcome: await theatre.play(story) };
      tried.push(one);
      process.stdout.write(`\n${storyLines(one)}`);
    }
  } finally {
    await lab.down();
    cli.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  const leftOut = wanted.flatMap((story) => (why(story) === undefined ? [] : [`${story.name}: ${why(story)}`]));
  process.stdout.write(`\n${summary(tried, leftOut, (performance.now() - begun) / 1000)}`);
  const areAllTried = tried.length === wanted.length - leftOut.length && tried.length > 0;
  return areAllTried && tried.every(({ outcome }) => isPassed(outcome.checks)) ? 0 : 1;
}
