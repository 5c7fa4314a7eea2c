import type { JsonSchema } from '../../src/cli/json-schema.ts';

/** Whether a schema accepts a value: as much of draft 7 as our schemas use. Unknown words throw. */
export function accepts(schema: JsonSchema, value: unknown, root: JsonSchema = schema): boolean {
  return Object.entries(schema).every(([word, rule]) => check(word, rule, schema, value, root));
}

/** Names are always texts, which is all that zod asks of them. */
const notes = new Set(['$schema', 'title', 'description', 'default', 'definitions', 'format', 'propertyNames']);

function check(word: string, rule: unknown, schema: JsonSchema, value: unknown, root: JsonSchema): boolean {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isObject ? Object.entries(value) : [];
  switch (word) {
    case '$ref':
      return accepts(root.definitions?.[String(rule).replace('#/definitions/', '')] ?? missing(rule), value, root);
    case 'type':
      return [rule].flat().some((type) => isOfType(String(type), value));
    case 'enum':
      return Array.isArray(rule) && rule.includes(value);
    case 'const':
      return rule === value;
    case 'anyOf':
      return schema.anyOf?.some((each) => accepts(each, value, root)) ?? true;
    case 'allOf':
      return schema.allOf?.every((each) => accepts(each, value, root)) ?? true;
    case 'pattern':
      return typeof value !== 'string' || new RegExp(String(rule), 'u').test(value);
    case 'items':
      return (
        !Array.isArray(value) || value.every((item) => schema.items === undefined || accepts(schema.items, item, root))
      );
    case 'required':
      return !isObject || (schema.required ?? []).every((name) => Object.hasOwn(value, name));
    case 'properties':
      return entries.every(([name, member]) => accepts(schema.properties?.[name] ?? {}, member, root));
    case 'patternProperties':
      return true;
    case 'additionalProperties':
      return entries.filter(([name]) => !isNamed(schema, name)).every(([, member]) => others(schema, member, root));
    case 'minimum':
      return typeof value !== 'number' || value >= Number(rule);
    case 'maximum':
      return typeof value !== 'number' || value <= Number(rule);
    case 'minLength':
      return typeof value !== 'string' || value.length >= Number(rule);
    case 'minItems':
      return !Array.isArray(value) || value.length >= Number(rule);
    default:
      return notes.has(word) || missing(word);
  }
}

function isNamed({ properties = {}, patternProperties = {} }: JsonSchema, name: string): boolean {
  return (
    Object.hasOwn(properties, name) || Object.keys(patternProperties).some((pattern) => new RegExp(pattern).test(name))
  );
}

function others({ additionalProperties: rule }: JsonSchema, value: unknown, root: JsonSchema): boolean {
  return typeof rule === 'object' ? accepts(rule, value, root) : rule !== false;
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function missing(what: unknown): never {
  throw new Error(`this checker does not know ${JSON.stringify(what)}`);
}
