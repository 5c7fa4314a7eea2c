import { ConfigError } from '../base/errors.ts';
import type { Play, VarsFile } from '../playbook/playbook.ts';
import { writtenLayer } from '../template/layer.ts';
import type { Layer } from '../template/layer.ts';
import { renderText } from '../template/render.ts';
import type { Scope } from '../template/scope.ts';

/** The files of a play's `vars_files` on one host, in order. @throws ConfigError */
export function readVarsFiles({ varsFiles }: Play, scope: Scope): readonly Layer[] {
  return varsFiles.map((entry) => readFirst(entry, scope));
}

function readFirst({ names, load }: VarsFile, scope: Scope): Layer {
  const tried: string[] = [];
  for (const name of names) {
    const rendered = renderName(name, scope);
    const vars = load(rendered);
    if (vars !== undefined) return writtenLayer(`vars_files: ${rendered}`, vars);
    tried.push(rendered);
  }
  const [first] = names;
  if (first === undefined) return writtenLayer('vars_files', new Map());
  throw ConfigError.at(first.span, `there is no file ${tried.join(' or ')}`);
}

function renderName({ value, span }: VarsFile['names'][number], scope: Scope): string {
  try {
    return renderText(value, scope, span);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const hint = '`vars_files` are read before the host is reached; for names made of facts there is `include_vars`.';
    throw new ConfigError(error.diagnostics.map((one) => Object.assign({ hint }, one)));
  }
}
