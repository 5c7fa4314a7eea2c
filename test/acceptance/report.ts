import type { Outcome, Story } from './story.ts';

export interface Tried {
  readonly story: Story;
  readonly outcome: Outcome;
}

/** Whose programs were judged. */
export interface Judged {
  readonly what: string;
  /** Where a real one came from; undefined for a stand-in. */
  readonly from: string | undefined;
}

/** What stood in for what, from the variables that bring real programs in. */
export function judged(env: Readonly<Record<string, string | undefined>>): readonly Judged[] {
  return [
    { what: 'K3s', from: env['LAB_K3S_BIN'] || undefined },
    { what: 'Sysbox', from: env['LAB_SYSBOX_DIR'] || undefined },
    { what: 'images', from: env['LAB_IMAGES_DIR'] || undefined },
  ];
}

export function judgedLines(all: readonly Judged[]): string {
  const lines = all.map(({ what, from }) => {
    if (from !== undefined) return `  ${what.padEnd(8)}real, from ${from}`;
    return `  ${what.padEnd(8)}${what === 'images' ? 'made locally' : 'a stand-in: see test/lab/README.md'}`;
  });
  return ['Judged with', ...lines, '  systemd, containerd, runc, CNI, SSH: real', ''].join('\n');
}

/** A story and all that was looked at. */
export function storyLines({ story, outcome: { checks, seconds } }: Tried): string {
  const head = `${isPassed(checks) ? 'passed' : 'FAILED'}  ${story.name}: ${story.title} (${seconds.toFixed(0)} s)`;
  const lines = checks.map(({ what, problem }) =>
    problem === undefined ? `  - ${what}` : `  X ${what}\n${shortened(problem.trim()).replaceAll(/^/gm, '      ')}`,
  );
  return [head, ...lines, ''].join('\n');
}

/** A plan of a cluster has a thousand lines. */
function shortened(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= 80) return text;
  return [...lines.slice(0, 30), `... ${lines.length - 80} lines ...`, ...lines.slice(-50)].join('\n');
}

export function isPassed(checks: Outcome['checks']): boolean {
  return checks.length > 0 && checks.every(({ problem }) => problem === undefined);
}

/** The last lines: a line for each story, what was left out, and the figures. */
export function summary(tried: readonly Tried[], leftOut: readonly string[], seconds: number): string {
  const passed = tried.filter(({ outcome }) => isPassed(outcome.checks));
  const checks = tried.reduce((sum, { outcome }) => sum + outcome.checks.length, 0);
  const lines = tried.map(
    ({ story, outcome }) =>
      `${isPassed(outcome.checks) ? 'passed' : 'FAILED'}  ${story.name.padEnd(22)} ${outcome.seconds.toFixed(0).padStart(4)} s  ${story.title}`,
  );
  return [
    ...lines,
    ...leftOut.map((why) => `left out  ${why}`),
    '',
    `${passed.length} of ${tried.length} stories passed, ${checks} things looked at, ${Math.round(seconds)} s`,
    '',
  ].join('\n');
}
