import { join, resolve } from 'node:path';

import { Command, InvalidArgumentError, Option } from 'commander';

import { mostHosts } from './bench-host.ts';
import { everything, quick, type Selection } from './selection.ts';
import { allTools } from './tools/index.ts';
import { type Link, links, type Work, works } from './work.ts';

export interface Options {
  readonly quick?: boolean;
  readonly page?: boolean;
  readonly tool?: readonly string[];
  readonly work?: readonly Work[];
  readonly hosts?: readonly number[];
  readonly link?: readonly Link[];
  readonly runs?: number;
  readonly k3sbox?: string;
  readonly results: string;
}

export const root = resolve(import.meta.dirname, '../..');

const oneOf =
  <T extends string>(known: readonly T[]) =>
  (text: string): readonly T[] => {
    const unknown = text.split(',').find((word) => !known.some((one) => one === word));
    if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${unknown}, but ${known.join(', ')}.`);
    return known.filter((one) => text.split(',').includes(one));
  };
const counts = (text: string): readonly number[] => {
  const numbers = text.split(',').map(Number);
  if (numbers.every((count) => Number.isInteger(count) && count >= 1 && count <= mostHosts)) return numbers;
  throw new InvalidArgumentError(`Each is a number from 1 to ${mostHosts}.`);
};
const toolNames = allTools().map(({ name }) => name);

export function readOptions(): Options {
  return new Command('bench')
    .description(
      'Measures k3sbox and others with the same work on the same hosts of this machine. See docs/benchmarks.md.',
    )
    .option('--quick', 'W2 on 10 hosts, once, without Ansible as it comes; under five minutes on a quiet machine')
    .addOption(
      new Option('--tool <names>', `only these, with all that is asked: ${toolNames.join(',')}`).argParser(
        oneOf(toolNames),
      ),
    )
    .addOption(new Option('--work <items>', `only these: ${works.join(',')}`).argParser(oneOf(works)))
    .addOption(new Option('--hosts <counts>', 'only with so many hosts: 1,10,50').argParser(counts))
    .addOption(new Option('--link <links>', `only over these: ${links.join(',')}`).argParser(oneOf(links)))
    .addOption(new Option('--runs <n>', 'how often; slow tools fewer times unless they are named').argParser(Number))
    .option('--k3sbox <main.js>', 'a built k3sbox to measure; without it, this source is built')
    .option('--results <file>', 'JSON lines; every run is appended', join(root, '.bench/results.jsonl'))
    .option('--page', 'measure nothing: write docs/benchmarks.md from the results')
    .parse()
    .opts<Options>();
}

/** What was asked for, over what is measured otherwise. */
export function selectedBy(options: Options): Selection {
  const preset = options.quick === true ? quick : everything;
  return {
    tools: options.tool ?? preset.tools,
    works: options.work ?? preset.works,
    hosts: options.hosts ?? preset.hosts,
    links: options.link ?? preset.links,
    runs: options.runs ?? preset.runs,
  };
}
