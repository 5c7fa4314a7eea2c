import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { ConfigError, UsageError } from '../base/errors.ts';
import { isValues, type Value, type Values } from '../base/value.ts';
import { parseYaml } from '../base/yaml-source.ts';

/**
 * Reads `-e` in the order given, later ones winning: `name=value` (the value is YAML: `-e replicas=3` is a number),
 * `@file` (YAML or JSON), or a mapping in braces. Values are made by {@link parseYaml}.
 *
 * @throws UsageError for text that is none of these, ConfigError for YAML that cannot be read
 */
export function readExtraVars(given: readonly string[], cwd: string): Values {
  const vars: { [name: string]: Value } = {};
  for (const text of given) {
    for (const [name, value] of Object.entries(readOne(text, cwd))) {
      // Assigning would lose a variable called __proto__.
      Object.defineProperty(vars, name, { value, enumerable: true, writable: true, configurable: true });
    }
  }
  return vars;
}

function readOne(text: string, cwd: string): Values {
  if (text.startsWith('@')) return readFile(text.slice(1), cwd);
  if (text.trimStart().startsWith('{')) return mapping(text, '--extra-vars');
  const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`-e ${JSON.stringify(text)} is not \`name=value\``, {
      hint: 'Write `-e name=value`, `-e @file.yaml`, or `-e \'{"name": "value"}\'`.',
    });
  }
  return { [name]: readYaml(value, `-e ${name}`) };
}

function readFile(file: string, cwd: string): Values {
  try {
    return mapping(readFileSync(resolve(cwd, file), 'utf8'), file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new UsageError(`the file of extra variables ${file} cannot be read`, {
      hint: 'The name after `@` is relative to the working folder.',
      cause: error,
    });
  }
}

function mapping(text: string, source: string): Values {
  const value = readYaml(text, source);
  if (isValues(value)) return value;
  if (value === null) return {};
  throw ConfigError.at(
    { file: source, line: 1, column: 1, length: 1 },
    'extra variables must be a mapping of names to values',
  );
}

function readYaml(text: string, source: string): Value {
  const { value, diagnostics } = parseYaml(text, source);
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new ConfigError(diagnostics);
  return value;
}
