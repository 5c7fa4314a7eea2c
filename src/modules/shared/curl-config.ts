/** Options for `curl -K -`, see curl(1): through standard input they show in no `ps`. Names are curl's long options. */
export function curlConfig(options: readonly (readonly [name: string, value: string])[]): string {
  return options.map(([name, value]) => `${name} = "${escape(value)}"\n`).join('');
}

function escape(value: string): string {
  return value
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\t', String.raw`\t`);
}
