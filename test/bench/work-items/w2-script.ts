import { treeFolder } from '../bench-host.ts';
import { w2 } from './w2.ts';

/**
 * W2 as somebody writes it by hand for one `ssh HOST sh -s`: it says what it changed, changes nothing that is as wanted, replaces
 * files as a whole, and stops at the first failure. It keeps no way back. This is the floor that tools are held against.
 */
export function w2Script(): string {
  return [helpers, ...steps().map((step) => `${step}\n`)].join('');
}

const helpers = `set -- $SSH_CONNECTION; node_ip=$3; n=\${3##*.}; R=${treeFolder}; role=agent; [ $n = 1 ] && role=server
D(){ if [ -d "$1" ] && [ "$(stat -c %a "$1")" = "$2" ]; then echo ok; else mkdir -p "$1" && chmod "$2" "$1" && echo changed; fi; }
F(){ t="$1.tmp.$$"; cat >"$t" || return 1; if cmp -s "$t" "$1" && [ "$(stat -c %a "$1")" = "$2" ]; then rm -f "$t"; echo ok; else chmod "$2" "$t" && mv -f "$t" "$1" && echo changed; fi; }
L(){ if grep -qxF -e "$3" "$1"; then echo ok; elif grep -qE -e "$2" "$1"; then sed -i -E "s|$2.*|$3|" "$1" && echo changed; else printf '%s\\n' "$3" >>"$1" && echo changed; fi; }
C(){ if [ -e "$1" ]; then echo ok; else (eval "$2") && echo changed; fi; }
S(){ stat -c '%F %a %s %Y' "$1" >/dev/null && echo ok; }
K(){ if [ "$(readlink "$2")" = "$1" ]; then echo ok; else ln -sfn "$1" "$2" && echo changed; fi; }
`;

function steps(): readonly string[] {
  return [
    ...w2.folders.map((path) => orExit(`D "$R/${path}" 755`)),
    ...w2.files.map(({ path, text }) => file(path, text, `'EOF'`)),
    ...w2.templates.map(({ path, text }) => file(path, text.replaceAll(/\{\{ (\w+) \}\}/g, '$$$1'), 'EOF')),
    ...w2.lines.map(({ path, regexp, line }) => orExit(`L "$R/${path}" '${regexp}' '${line}'`)),
    ...w2.commands.map(({ command, creates }) => orExit(`C "$R/${creates}" "cd $R && ${command}"`)),
    orExit(`S "$R/${w2.stat}"`),
    orExit(`K "$R/${w2.link.target}" "$R/${w2.link.path}"`),
  ];
}

function orExit(step: string): string {
  return `${step} || exit 1`;
}

function file(path: string, text: string, end: string): string {
  return `F "$R/${path}" 644 <<${end} || exit 1\n${text}EOF`;
}
