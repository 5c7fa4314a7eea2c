import type { SimGroup, SimUndo } from './sim-host.ts';
import type { Rule, SimScript } from './sim-script.ts';

interface Choice {
  readonly force: boolean;
  readonly check: boolean;
}

/** Taking a whole run back, the newest group first. */
export function undoRules(script: SimScript): readonly Rule[] {
  return [
    [/^\{ \[ -f "\$R\/undo" \].*\|\|\{ printf %s (\w+)'U - missing/, (nonce = '') => needLog(script, nonce)],
    [
      /^N=\w+ K=\$1 FORCE=(1?) CHECK=(1?) ONLY=''/,
      (force, check) => takeBack(script, { force: force === '1', check: check === '1' }),
    ],
  ];
}

function needLog(script: SimScript, nonce: string): void {
  script.nonce = nonce;
  if (script.host.runs.has(script.name)) return;
  script.frame('U - missing ;');
  script.exit(0);
}

function takeBack(script: SimScript, choice: Choice): void {
  const groups = script.host.groupsOf(script.name);
  let isLeft = false;
  for (const [id, group] of [...groups].toReversed()) {
    const results = group.undo.map((undo) => {
      const { result, say } = takeBackOne(script, group, undo, choice);
      script.frame(`U ${undo.step} ${result} ${say.replaceAll(';', '\u0001')};`);
      return result;
    });
    if (results.includes('conflict')) isLeft = true;
    else if (!choice.check) groups.delete(id);
  }
  script.exit(isLeft ? 6 : 0);
}

function takeBackOne(
  { host }: SimScript,
  { before, after, saved }: SimGroup,
  { say, path }: SimUndo,
  { force, check }: Choice,
): { readonly result: string; readonly say: string } {
  const now = host.look(path);
  if (now === before.get(path)) return { result: 'same', say };
  if (!force && now !== after.get(path)) {
    return { result: 'conflict', say: `${say}: somebody changed ${path} since; not touched` };
  }
  if (check) return { result: 'would', say };
  const old = saved.get(path);
  if (old === undefined && !host.files.isEmpty(path)) {
    return { result: '0', say: `${say}: kept ${path}, which is not empty` };
  }
  host.files.set(path, old);
  return { result: '0', say };
}
