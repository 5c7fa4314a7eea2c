import { isValues } from '../../base/value.ts';
import type { Value } from '../../base/value.ts';
import { mappingOf } from '../helper.ts';

const converted = new WeakMap<object, unknown>();

/**
 * A value as the CEL library wants it: whole numbers as bigint (its "int"; a JavaScript number is a "double" there), mappings
 * without a prototype. Members are converted when they are read, so a big value costs what is used of it; each value is
 * converted once.
 */
export function toCelValue(value: Value): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const known = converted.get(value);
  if (known !== undefined) return known;
  const made = isValues(value) ? lazyMembers(value) : value.map(toCelValue);
  converted.set(value, made);
  return made;
}

function lazyMembers(value: Readonly<Record<string, Value>>): object {
  const result: object = Object.create(null);
  for (const name of Object.keys(value)) {
    const isComputed = Object.getOwnPropertyDescriptor(value, name)?.get !== undefined;
    const member = isComputed ? undefined : value[name];
    const isPlain = !isComputed && (typeof member !== 'object' || member === null);
    const descriptor = isPlain
      ? { enumerable: true, value: toCelValue(member ?? null) }
      : { enumerable: true, get: () => toCelValue(value[name] ?? null) };
    Object.defineProperty(result, name, descriptor);
  }
  return result;
}

/** The way back. Timestamps, durations and bytes become text; integers beyond 2^53, too. */
export function fromCelValue(value: unknown): Value {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(fromCelValue);
  if (isPlainObject(value)) return mappingOf(Object.entries(value).map(([name, one]) => [name, fromCelValue(one)]));
  return Object.prototype.toString.call(value);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
