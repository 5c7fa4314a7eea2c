/** One table of a TOML text: its path and the lines that belong to it, trimmed, without comments and empty lines. */
export interface TomlTable {
  /** Empty for what stands before the first table. */
  readonly path: readonly string[];
  readonly lines: readonly string[];
}

/**
 * Splits a TOML text by its table headers. No parser: it reads what containerd and K3s write, where a table's header stands
 * on a line of its own and texts have no line breaks. Whether the text is valid is containerd's to say.
 */
export function tomlTables(text: string): readonly TomlTable[] {
  const tables: { path: readonly string[]; lines: string[] }[] = [{ path: [], lines: [] }];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[([^[\]].*)\](?:\s*#.*)?$/.exec(line)?.[1];
    if (header === undefined) tables.at(-1)?.lines.push(line);
    else tables.push({ path: keys(header), lines: [] });
  }
  return tables;
}

/** The value of `key` in the first table whose path ends so, as written; undefined when there is none. */
export function tomlValue(text: string, pathEnd: readonly string[], key: string): string | undefined {
  const table = tomlTables(text).find(
    ({ path }) => endsWith(path, pathEnd) && (pathEnd.length > 0 || path.length === 0),
  );
  const line = table?.lines.find((each) => new RegExp(`^${key}\\s*=`).test(each));
  return line
    ?.slice(line.indexOf('=') + 1)
    .replace(/\s+#.*$/, '')
    .trim();
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  return end.every((key, i) => path[path.length - end.length + i] === key);
}

/** `plugins."io.containerd.grpc.v1.cri".containerd` as three keys, whatever their quotes. */
function keys(header: string): readonly string[] {
  return [...header.matchAll(/\s*(?:'([^']*)'|"([^"]*)"|([^.'"\s]+))\s*(?:\.|$)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}
