import { quote } from '../../base/sh.ts';
import { count, exitMeaning } from '../words.ts';
import type { NextCommand, Phase, ReportedHost, RunFacts, Verdict } from './run-report.ts';

interface Ending {
  readonly facts: RunFacts;
  readonly phases: readonly Phase[];
  readonly hosts: readonly ReportedHost[];
  /** Whether anything may have been changed. */
  readonly hasActed: boolean;
  /** Of the errors that ended hosts: some exit codes mean two things. */
  readonly codes: ReadonlySet<string>;
}

/** How a run ended, in words for somebody who was not there. */
export function verdictOf({ facts, phases, hosts, codes }: Ending): Verdict {
  const last = phases.at(-1);
  if (last?.exitCode === undefined) return unfinished(facts, last);
  const { exitCode } = last;
  const ended = `${exitMeaning(exitCode, codes)} (exit code ${exitCode})`;
  if (last.mode === 'rollback') {
    if (exitCode === 0) return { kind: 'good', title: 'Taken back', words: takenBackWords(phases, hosts) };
    return { kind: 'bad', title: 'Rollback did not succeed', words: `the rollback of this run: ${ended}` };
  }
  if (exitCode === 0) return { kind: 'good', title: 'Done', words: doneWords(hosts) };
  return { kind: 'bad', title: titles[exitCode] ?? 'Failed', words: ended };
}

const titles: Readonly<Record<number, string>> = {
  4: 'Unreachable hosts',
  6: 'Rollback did not succeed',
  7: 'Refused',
  70: 'A bug in k3sbox',
  130: 'Interrupted',
};

function unfinished({ isAlive }: RunFacts, last: Phase | undefined): Verdict {
  const what = last?.mode === 'rollback' ? 'the rollback' : 'the run';
  if (isAlive) return { kind: 'open', title: 'Running', words: `${what} was still going on when this report was made` };
  return {
    kind: 'bad',
    title: 'Stopped in the middle',
    words: `${what} never came to its end: its controller went away. What was under way is marked; nobody knows whether it was done`,
  };
}

function takenBackWords(phases: readonly Phase[], hosts: readonly ReportedHost[]): string {
  const before = phases.findLast(({ mode }) => mode !== 'rollback')?.exitCode;
  const run = before === 0 ? 'the run had done its work' : `the run had ended: ${ending(before)}`;
  const back = hosts.filter(({ status }) => status === 'rolled-back').length;
  return `${run}; it was taken back later, on ${count(back, 'host')} of ${hosts.length}`;
}

function ending(exitCode: number | undefined): string {
  return exitCode === undefined ? 'stopped in the middle' : exitMeaning(exitCode);
}

function doneWords(hosts: readonly ReportedHost[]): string {
  const changed = hosts.filter((host) => host.changed > 0).length;
  const words = changed === 0 ? 'all was as wanted' : `${count(changed, 'host')} changed`;
  return `${count(hosts.length, 'host')}: ${words} (exit code 0)`;
}

/** What to type next, the most likely first. */
export function nextCommands({ facts, phases, hosts, hasActed }: Ending): readonly NextCommand[] {
  const { run, isAlive } = facts;
  const show = { why: 'see every line again, with diffs and output', command: `k3sbox runs show ${run} -v --diff` };
  const last = phases.at(-1);
  if (isAlive && last?.exitCode === undefined) {
    return [{ why: 'make this report again', command: `k3sbox report ${run}` }];
  }
  const goOn = { why: 'go on where it stopped', command: `k3sbox resume ${run}` };
  const takeBack = { why: 'take it all back', command: `k3sbox rollback ${run}` };
  if (last?.exitCode === undefined) {
    return [...(last?.mode === 'rollback' ? [] : [goOn]), ...(hasActed ? [takeBack] : []), show];
  }
  const wanted = (statuses: readonly string[]): readonly ReportedHost[] =>
    hosts.filter(({ status }) => statuses.includes(status));
  const stuck = wanted(['rollback-failed']);
  const left = wanted(['failed']);
  return [
    ...(stuck.length > 0
      ? [limited('correct what stands in the way on the host, then take it back', takeBack, stuck)]
      : []),
    ...(left.length > 0 && hasActed ? [limited('take back what was left as it is', takeBack, left)] : []),
    ...(last.exitCode !== 0 && last.mode !== 'rollback'
      ? [{ why: 'when the cause is gone, go on; what is done is not done again', command: goOn.command }]
      : []),
    ...(hasActed && stuck.length === 0 && last.mode !== 'rollback' ? [takeBack] : []),
    show,
  ];
}

function limited(why: string, { command }: NextCommand, hosts: readonly ReportedHost[]): NextCommand {
  return { why, command: `${command}${limitOf(hosts)}` };
}

/** A list that nobody would paste is left out. */
function limitOf(hosts: readonly ReportedHost[]): string {
  return hosts.length > 20 ? '' : ` --limit ${quote(hosts.map(({ name }) => name).join(','))}`;
}
