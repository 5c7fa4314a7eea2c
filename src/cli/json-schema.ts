import { z } from 'zod';

import type { Module } from '../modules/module.ts';

/** JSON Schema, draft 7, as far as we read and make it. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly $ref?: string;
  readonly $schema?: string;
  readonly title?: string;
}

/** What a module's zod schema accepts, before templates are rendered away. */
export function argumentsOf(module: Module): JsonSchema {
  const schema: unknown = z.toJSONSchema(module.args, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return isSchema(schema) ? schema : {};
}

/** zod's own type for draft 7 is looser than what it makes. */
function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

/** Any value that holds a template: only rendering can tell what it will be. */
export const template: JsonSchema = { type: 'string', pattern: '\\{\\{' };

/** The schema for what stands in a playbook: each value may be a template instead. */
function orTemplate({ description, ...schema }: JsonSchema): JsonSchema {
  return { ...(description !== undefined && { description }), ...withTemplate(schema) };
}

/** An object with templates allowed in its members, not in its own place. */
export function withTemplatesInside({
  properties = {},
  required,
  additionalProperties: others,
}: JsonSchema): JsonSchema {
  const members = Object.entries(properties).map(([name, member]) => [name, orTemplate(member)] as const);
  return {
    type: 'object',
    properties: Object.fromEntries(members),
    ...(required && { required }),
    ...(others !== undefined && { additionalProperties: typeof others === 'boolean' ? others : orTemplate(others) }),
  };
}

function withTemplate(schema: JsonSchema): JsonSchema {
  // Only "any JSON" refers to itself.
  if (schema.$ref !== undefined || schema.allOf !== undefined || schema.type === undefined) return withoutType(schema);
  if (schema.type === 'object') return { anyOf: [withTemplatesInside(schema), template] };
  if (schema.type !== 'array') return isAnyText(schema) ? schema : { anyOf: [schema, template] };
  const { items } = schema;
  return { anyOf: [{ ...schema, ...(items && { items: orTemplate(items) }) }, template] };
}

function withoutType({ anyOf }: JsonSchema): JsonSchema {
  return anyOf === undefined ? {} : { anyOf: [...anyOf.map(orTemplate), template] };
}

function isAnyText({ type, pattern, enum: words, const: word }: JsonSchema): boolean {
  return type === 'string' && pattern === undefined && words === undefined && word === undefined;
}
