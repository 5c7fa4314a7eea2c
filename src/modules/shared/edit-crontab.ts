import { splitLines } from './edit-line.ts';

/** The comment before a job that we keep; the one that Ansible writes, so that its jobs are found. */
function marker(name: string): string {
  return `#Ansible: ${name}\n`;
}

/** The text with the job under its marker; a new one goes to the end. */
export function putJob(text: string, name: string, line: string): string {
  const lines = splitLines(ended(text));
  const at = lines.indexOf(marker(name));
  if (at === -1) return `${ended(text)}${marker(name)}${line}\n`;
  return [...lines.slice(0, at + 1), `${line}\n`, ...lines.slice(at + 2)].join('');
}

/** The text without the job and its marker. */
export function dropJob(text: string, name: string): string {
  const lines = splitLines(text);
  const at = lines.findIndex((line) => line === marker(name) || `${line}\n` === marker(name));
  return at === -1 ? text : [...lines.slice(0, at), ...lines.slice(at + 2)].join('');
}

/** The text with a variable set; a new one goes to the start, before all jobs. Undefined removes it. */
export function putVariable(text: string, name: string, value: string | undefined): string {
  const lines = splitLines(text);
  const at = lines.findIndex((line) => line.startsWith(`${name}=`));
  if (value === undefined) return at === -1 ? text : [...lines.slice(0, at), ...lines.slice(at + 1)].join('');
  const line = `${name}="${value}"\n`;
  return at === -1 ? line + text : lines.with(at, line).join('');
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
