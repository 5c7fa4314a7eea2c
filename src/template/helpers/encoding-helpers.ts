import { createHash } from 'node:crypto';

import { stringify } from 'yaml';

import type { Value } from '../../base/value.ts';
import { parseYaml } from '../../base/yaml-source.ts';
import { HelperError, mappingOf, number, text } from '../helper.ts';
import type { HelperTable } from '../helper.ts';

const hashes = ['sha256', 'sha512', 'sha384', 'sha1', 'md5'];

export const encodingHelpers: HelperTable = {
  b64encode: {
    usage: 'b64encode text',
    summary: 'Base64 of the UTF-8 bytes.',
    run: ([value]) => Buffer.from(text(value), 'utf8').toString('base64'),
  },
  b64decode: {
    usage: 'b64decode text',
    summary: 'The text that Base64 stands for.',
    run: ([value]) => {
      const encoded = text(value).replaceAll(/\s/g, '');
      if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(encoded)) throw new HelperError('the value is no Base64');
      return Buffer.from(encoded, 'base64').toString('utf8');
    },
  },
  to_json: { usage: 'to_json value', summary: 'JSON on one line.', run: ([value]) => JSON.stringify(value) },
  to_nice_json: {
    usage: 'to_nice_json value [indent]',
    summary: 'JSON with a line for each member, indented by 4.',
    named: ['indent'],
    run: ([value, indent = 4], { named }) =>
      JSON.stringify(value, undefined, number(named['indent'] ?? indent, 'the indent')),
  },
  from_json: {
    usage: 'from_json text',
    summary: 'The value that JSON stands for.',
    run: ([value]) => {
      try {
        return plain(JSON.parse(text(value)));
      } catch (error) {
        if (error instanceof HelperError || !(error instanceof Error)) throw error;
        throw new HelperError(`the text is no JSON: ${error.message}`);
      }
    },
  },
  to_yaml: {
    usage: 'to_yaml value',
    summary: 'YAML, indented by 2.',
    named: ['indent'],
    run: ([value], { named }) => toYaml(value, named['indent'] ?? 2),
  },
  to_nice_yaml: {
    usage: 'to_nice_yaml value',
    summary: 'YAML, indented by 4 or by `indent=`.',
    named: ['indent'],
    run: ([value], { named }) => toYaml(value, named['indent'] ?? 4),
  },
  from_yaml: {
    usage: 'from_yaml text',
    summary: 'The value that YAML stands for.',
    run: ([value]) => {
      const source = parseYaml(text(value), 'text');
      const wrong = source.diagnostics.find(({ severity }) => severity === 'error');
      if (wrong !== undefined) throw new HelperError(`the text is no YAML: line ${wrong.span.line}: ${wrong.message}`);
      return source.value;
    },
  },
  hash: {
    usage: 'hash text [algorithm]',
    summary: 'The checksum in hex: sha256, or sha512, sha384, sha1, md5.',
    run: ([value, algorithm = 'sha256']) => {
      const name = text(algorithm, 'the algorithm');
      if (!hashes.includes(name)) {
        throw new HelperError(`\`${name}\` is no known checksum`, `There are ${hashes.join(', ')}.`);
      }
      return createHash(name).update(text(value)).digest('hex');
    },
  },
  env: {
    usage: 'env name [fallback]',
    summary: "A variable of the controller's environment.",
    run: ([name, fallback], { scope }) => {
      if (scope.environment === undefined) throw new HelperError('the environment cannot be read here');
      const found = scope.environment(text(name, 'the name')) ?? fallback;
      if (found !== undefined) return found;
      throw new HelperError(
        `\`${text(name)}\` is not set in the environment`,
        'Set it, or give a fallback: {{env "NAME" ""}}.',
      );
    },
  },
  vars: {
    usage: 'vars name [fallback]',
    summary: 'A variable by a computed name.',
    run: ([name, fallback], { scope }) => {
      const found = scope.get(text(name, 'the name')) ?? fallback;
      if (found === undefined) {
        throw new HelperError(`\`${text(name)}\` is not defined`, 'Give a fallback: {{vars name ""}}.');
      }
      return found;
    },
  },
};

/** Written for YAML 1.1 readers, too (Kubernetes, PyYAML): "yes" and "0644" come out in quotes. */
function toYaml(value: Value | undefined, indent: Value): string {
  return stringify(value, {
    indent: number(indent, 'the indent'),
    lineWidth: 0,
    version: '1.1',
    aliasDuplicateObjects: false,
  });
}

/** JSON's objects without a prototype. */
function plain(value: unknown): Value {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return mappingOf(Object.entries(value).map(([name, one]) => [name, plain(one)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}
