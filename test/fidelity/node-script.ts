import type { Case } from './case.ts';

/** A case with its number. */
export interface Numbered {
  readonly id: string;
  readonly case: Case;
}

/** `@d` and `@n` of a case, in shell text, in arguments and in names. */
export function placed(text: string, { id }: Pick<Numbered, 'id'>): string {
  return text.replaceAll('@d', `/fid/${id}`).replaceAll('@n', id);
}

const defaultLook = String.raw`stat -c '%a %U:%G' .
find . -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sort
find . -type f -exec sha256sum {} + | sort -k 2`;

/**
 * The shell text that makes the states of all cases, as root. What stands behind `@later` in a case's text is done when
 * systemd has read all units.
 */
export function prepareScript(cases: readonly Numbered[]): string {
  const parts = cases.map((numbered) => ({ numbered, texts: placed(numbered.case.prepare, numbered).split('@later') }));
  const phase = (index: number): string =>
    parts
      .flatMap(({ numbered, texts }) => {
        const text = texts[index]?.trim().replace(/;$/, '');
        return text === undefined || text === '' ? [] : [inFolder(numbered, `set -e\n${text}`)];
      })
      .join('\n');
  return [
    'umask 022',
    `mkdir -p ${cases.map(({ id }) => `/fid/${id}`).join(' ')}`,
    phase(0),
    packages(cases),
    'if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi',
    phase(1),
  ].join('\n');
}

function inFolder({ id }: Numbered, text: string): string {
  return `(cd /fid/${id} || exit 1\n${text}\n) </dev/null
r=$?; [ $r = 0 ] || echo "${id}: the state could not be made: exit code $r" >&2`;
}

/** Two versions of a package for each case that names one, in a repository on the node; then those that are wanted. */
function packages(cases: readonly Numbered[]): string {
  const names = cases.filter((one) => JSON.stringify(one.case).includes('p@n')).map(({ id }) => `p${id}`);
  if (names.length === 0) return '';
  return String.raw`mkdir -p /fid/repo; cd /fid/repo
for name in ${names.join(' ')}; do for version in 1 2; do
mkdir -p b/DEBIAN b/etc; echo "$version" >b/etc/$name.conf; echo /etc/$name.conf >b/DEBIAN/conffiles
printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: none <none@example.com>\nDescription: none\n' $name $version >b/DEBIAN/control
dpkg-deb -b --root-owner-group b $name-$version.deb >/dev/null; rm -rf b
{ dpkg-deb -f $name-$version.deb; echo "Filename: ./$name-$version.deb"; echo "Size: $(stat -c %s $name-$version.deb)"; echo "SHA256: $(sha256sum <$name-$version.deb | cut -d ' ' -f 1)"; echo; } >>Packages
done; done
echo 'deb [trusted=yes] file:/fid/repo ./' >/etc/apt/sources.list.d/fid.list
apt=$(command -v apt-get); export DEBIAN_FRONTEND=noninteractive
$apt -qq update >/dev/null
[ ! -f /fid/packages ] || $apt -qq install -y $(cat /fid/packages) >/dev/null
[ ! -f /fid/removed ] || $apt -qq remove -y $(cat /fid/removed) >/dev/null
[ ! -f /fid/held ] || apt-mark hold $(cat /fid/held) >/dev/null
cd /`;
}

/** Prints what every case may change. */
export function lookScript(cases: readonly Numbered[]): string {
  return cases
    .map((numbered) => {
      const look = placed(numbered.case.look ?? defaultLook, numbered);
      return `echo '== ${numbered.id}'\n(cd /fid/${numbered.id} && {\n${look}\n} </dev/null 2>&1)`;
    })
    .join('\n');
}

/** What was printed, by case. */
export function parseLook(output: string): ReadonlyMap<string, string> {
  const parts = output.split(/^== (\d{4})\n/m).slice(1);
  return new Map(Array.from({ length: parts.length / 2 }, (_, i) => [parts[2 * i] ?? '', parts[2 * i + 1] ?? '']));
}
