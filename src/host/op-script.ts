import { assertNever } from '../base/assert-never.ts';
import { sha256Hex } from '../base/digest.ts';
import type { Content, FileOp, LinkOp, Op, Ownership, PackageOp, UnitOp, WaitOp } from '../base/op.ts';
import { quote } from '../base/sh.ts';
import { renderIsolated } from './isolated.ts';
import { renderJob } from './job-script.ts';

/** Everything an op's text depends on beside the op. */
export interface OpPlace {
  /** "0003.1": names the step's files in the run's folder and its temporary files beside targets. */
  readonly id: string;
  readonly run: string;
  /** Random, for here-documents. */
  readonly delimiter: string;
  /** Bytes of local files that travel with the script, by checksum. */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** Puts bytes on the script's stdin, in order. */
  readonly payload: (bytes: Buffer) => void;
  /** The shell variable with the op's {@link inlineText}; with an "r" behind it, it says that the text is written. An undo has none. */
  readonly variable?: string;
}

/**
 * The shell text of an op; its exit code is the op's. Writing a file goes to a temporary file in the same folder, synced,
 * checked, then renamed: nobody ever sees half of it.
 */
export function renderOp(op: Op, place: OpPlace): string {
  switch (op.kind) {
    case 'file':
      return renderFile(op, place);
    case 'directory':
      return `k_mkdir ${quote(op.path)} ${modeWord(op.mode)} ${quote(ownerWord(op))}`;
    case 'link':
      return renderLink(op, place);
    case 'remove':
      return `k_remove ${place.id} ${quote(op.path)}`;
    case 'attributes':
      return op.recursive ? renderRecursive(op.path, op) : `k_nolink ${quote(op.path)}&&${renderRights(op.path, op)}`;
    case 'unit':
      return renderUnit(op);
    case 'package':
      return renderPackage(op, place);
    case 'exec':
      return op.async === undefined
        ? renderIsolated(op.command, { ...op, delimiter: place.delimiter })
        : renderJob({ ...op, async: op.async }, place.id, place.delimiter);
    case 'wait':
      return renderWait(op, place);
    case 'reboot':
      return `cat /proc/sys/kernel/random/boot_id >${place.id}.boot&&k_synced ${place.id}.boot .`;
    default:
      return assertNever(op);
  }
}

/** What must be kept before an op acts, as lines of shell. */
export function renderSave(op: Op, { id }: Pick<OpPlace, 'id'>): readonly string[] {
  switch (op.kind) {
    case 'file':
    case 'link':
      return [`k_save ${id} ${quote(op.path)}`];
    case 'remove':
      return [`k_savetree ${id} ${quote(op.path)}`];
    case 'attributes':
      return op.recursive ? [`k_savemodes ${id} ${quote(op.path)}`] : [];
    case 'unit':
      return op.verb === 'daemon-reload' ? [] : [`k_saveunit ${id} ${quote(op.unit)}`];
    case 'package':
      return [`k_savepkgs ${id} ${op.manager}`];
    case 'exec':
      return (op.saves ?? []).map((path, i) => `k_savetree ${id}.${i} ${quote(path)} copy`);
    case 'directory':
    case 'wait':
    case 'reboot':
      return [];
    default:
      return assertNever(op);
  }
}

/** The paths an op makes, changes or removes, for the host's before and after. */
export function touchedPaths(op: Op): readonly string[] {
  switch (op.kind) {
    case 'file':
    case 'directory':
    case 'link':
    case 'remove':
    case 'attributes':
      return [op.path];
    case 'exec':
      return op.saves ?? [];
    default:
      return [];
  }
}

/** Files up to this size travel with the script; larger ones go ahead through a channel of their own. */
export const inlineLimitBytes = 256 * 1024;

/** Where bulk content waits on the host, relative to the run's folder. */
function stagePath(sha256: string): string {
  return `stage/${sha256}`;
}

function renderFile(op: FileOp, place: OpPlace): string {
  const temporary = temporaryBeside(op.path, place);
  const [path, temp] = [quote(op.path), quote(temporary)];
  const ready = place.variable === undefined ? '' : ` "$${place.variable}r"`;
  const rights = `k_keep ${path} ${temp} ${modeWord(op.mode)} ${quote(ownerWord(op))}${ready}`;
  const validate =
    op.validate === undefined
      ? []
      : [
          renderIsolated(
            { ...op.validate, text: op.validate.text.replaceAll('%s', () => temp) },
            { delimiter: `${place.delimiter}V` },
          ),
        ];
  const finish = [rights, ...validate, `k_replace ${temp} ${path}`];
  return [
    ...renderWrite(op, path, temp, place),
    ...finish.map((line) => `r=$?;[ $r = 0 ]&&${line}`),
    `r=$?;[ $r = 0 ]||rm -f -- ${temp};[ $r = 0 ]`,
  ].join('\n');
}

function renderWrite(op: FileOp, path: string, temp: string, place: OpPlace): readonly string[] {
  const isInline = place.variable !== undefined && inlineText(op) !== undefined;
  if (isInline) return [`k_text ${path} ${temp} "$${place.variable}" "$${place.variable}r"`];
  // The payload is read even when the temporary file cannot be made, so that the next file finds its own bytes.
  const write = renderContent(op.content, temp, place);
  return [
    `if k_temp ${path} ${temp};then k_ok=1;else k_ok=;fi`,
    `if [ -n "$k_ok" ];then ${write.put};else ${write.skip}`,
    'false;fi',
  ];
}

/** The checksum of what a file op writes, where it is known beforehand. */
export function writtenSum({ content }: FileOp): string | undefined {
  return content.from === 'text' ? sha256Hex(content.text) : content.sha256;
}

/** Whether there is a {@link writtenSum}, without making it. */
export function isSumKnown({ content }: FileOp): boolean {
  return content.from !== 'host' || content.sha256 !== undefined;
}

/** Texts up to this size are part of the script. */
const inlineTextLength = 32 * 1024;

/** The text that an op writes, when it can be part of a script. */
export function inlineText(op: Op): string | undefined {
  if (op.kind !== 'file' || op.content.from !== 'text') return undefined;
  const { text } = op.content;
  return text.length <= inlineTextLength && !text.includes('\0') ? text : undefined;
}

/**
 * What can be written before a group's first step: the shell text that does it, and the mode that the file then gets. Not what runs with its
 * owner's rights: it gets those with its owner.
 */
export function renderPreparation(
  op: Op,
  place: OpPlace,
): { readonly mode: string; readonly text: string } | undefined {
  // The list of what was written is split at blanks on the host.
  if (op.kind !== 'file' || inlineText(op) === undefined || !/^\/[\w./@%+:,=-]+$/.test(op.path)) return undefined;
  const { mode = '644' } = op;
  if (Number.parseInt(mode, 8) > 0o777) return undefined;
  const keeps = op.mode === undefined ? ' keeps' : '';
  const text = `k_prepare ${place.id} ${quote(op.path)} "$${place.variable}" ${place.variable}r${keeps}`;
  return { mode: modeWord(mode), text };
}

function renderContent(
  content: Content,
  temp: string,
  place: OpPlace,
): { readonly put: string; readonly skip: string } {
  switch (content.from) {
    case 'text':
      return renderPayload(Buffer.from(content.text), temp, place);
    case 'controller': {
      const bytes = place.contents.get(content.sha256);
      if (bytes !== undefined) return renderPayload(bytes, temp, place);
      const staged = stagePath(content.sha256);
      // Its checksum was looked at when it came; nobody else gets into this folder.
      return { put: `cp -- ${staged} ${temp}&&k_synced ${temp}`, skip: '' };
    }
    case 'host': {
      const check = content.sha256 === undefined ? '' : `&&k_same ${temp} ${content.sha256}`;
      return { put: `cp -- ${quote(content.path)} ${temp}${check}&&k_synced ${temp}`, skip: '' };
    }
    default:
      return assertNever(content);
  }
}

function renderPayload(bytes: Buffer, temp: string, place: OpPlace): { readonly put: string; readonly skip: string } {
  place.payload(bytes);
  return { put: `k_payload ${bytes.length} ${temp}`, skip: `k_skip ${bytes.length};` };
}

/** Where a file's new content waits until it is renamed; the shell and perl know the name, too (simple-steps.ts). */
function temporaryBeside(path: string, { id, run }: OpPlace): string {
  // What the same run left there when it was cut off is removed by `k_old`. No suffix such as .toml: containerd and others load whatever matches, dot-files included.
  return `${path.slice(0, path.lastIndexOf('/'))}/.k3sbox.${run}.${id}`;
}

function renderLink(op: LinkOp, place: OpPlace): string {
  const temp = quote(temporaryBeside(op.path, place));
  const make = op.hard ? `ln -- ${quote(op.target)} ${temp}` : `ln -s -- ${quote(op.target)} ${temp}`;
  const owner = op.owner === undefined && op.group === undefined ? '' : `&&chown -h -- ${quote(ownerWord(op))} ${temp}`;
  return `k_old ${temp};${make}${owner}&&k_replace ${temp} ${quote(op.path)}`;
}

function renderRights(path: string, rights: Ownership): string {
  return `k_rights ${quote(path)} ${modeWord(rights.mode)} ${quote(ownerWord(rights))}`;
}

function renderRecursive(path: string, rights: Ownership): string {
  const owner = ownerWord(rights);
  // The owner first: a change of it takes setuid and setgid away.
  return [
    ...(owner === '' ? [] : [`find ${quote(path)} -exec chown -h ${quote(owner)} {} +`]),
    ...(rights.mode === undefined ? [] : [`find ${quote(path)} ! -type l -exec chmod ${modeWord(rights.mode)} {} +`]),
    ':',
  ].join('&&');
}

/** Padded with zeros: with fewer than five digits, chmod leaves a directory's setuid and setgid bits as they are. */
export function modeWord(mode: string | undefined): string {
  return mode === undefined ? "''" : quote(mode.padStart(6, '0'));
}

/** What chown takes: "root:adm", ":adm", or nothing. */
export function ownerWord({ owner, group }: Ownership): string {
  if (owner === undefined && group === undefined) return '';
  return `${owner ?? ''}${group === undefined ? '' : `:${group}`}`;
}

function renderUnit({ unit, verb, noBlock }: UnitOp): string {
  if (verb === 'daemon-reload') return 'k_systemctl daemon-reload';
  return `k_systemctl ${noBlock ? '--no-block ' : ''}${verb} -- ${quote(unit)}`;
}

function renderPackage(op: PackageOp, { id }: OpPlace): string {
  const names = [...op.names, ...(op.files ?? [])].map(quote).join(' ');
  const refresh = {
    apt: 'k_aptget update',
    dnf: ':',
    apk: 'apk -q update',
    zypper: 'zypper -n -q refresh',
    pacman: 'pacman -Sy --noconfirm',
  };
  const recommends = op.installRecommends ? '' : '--no-install-recommends ';
  const install = {
    apt: `k_aptget install ${recommends}${names}`,
    dnf: `dnf -y -q install ${names}${op.ensure === 'latest' ? `&&dnf -y -q upgrade ${names}` : ''}`,
    apk: `apk -q add ${op.ensure === 'latest' ? '-u ' : ''}${names}`,
    zypper: `zypper -n -q in ${names}`,
    pacman: `pacman --noconfirm -S ${names}`,
  };
  const remove = {
    apt: `k_aptget ${op.purge ? 'purge' : 'remove'} ${names}`,
    dnf: `dnf -y -q remove ${names}`,
    apk: `apk -q del ${names}`,
    zypper: `zypper -n -q rm ${names}`,
    pacman: `pacman --noconfirm -R ${names}`,
  };
  const act = op.ensure === 'absent' ? remove[op.manager] : install[op.manager];
  // Scripts of packages read no payload, and keep no lock of ours when they start a daemon.
  // What it came to is kept: a rollback must not take what somebody else installs later for ours.
  const left = `{ k_pkglist ${op.manager};echo '# end';} >${id}.left.new&&mv ${id}.left.new ${id}.left`;
  return `{ ${op.refreshCache ? `${refresh[op.manager]}&&` : ''}${act};} </dev/null 7>&-\nr=$?;${left};(exit $r)`;
}

function renderWait({ probe, timeoutMs, everyMs, orElse }: WaitOp, { delimiter }: OpPlace): string {
  const run = renderIsolated(probe, { delimiter });
  return `k_run(){ ${run}\n}\nk_wait ${Math.ceil(timeoutMs / 1000)} ${everyMs / 1000} ${quote(orElse)}`;
}
