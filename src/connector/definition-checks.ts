import { type Duration, parseDuration } from '../core/duration.js';
import { ConfigError } from '../core/errors.js';
import { isSchema } from './schema.js';

export type Fields = Readonly<Record<string, unknown>>;

/** Throws a `ConfigError` that names `path` when the value is not what it should be. */
export type Check = (value: unknown, path: string) => void;

export function known(value: Fields, path: string, checks: Readonly<Record<string, Check>>): void {
  for (const [field, given] of Object.entries(value)) {
    const where = path === '' ? field : `${path}.${field}`;
    const check = Object.hasOwn(checks, field) ? checks[field] : undefined;
    if (!check)
      throw wrong(where, `is not known here; there are: ${Object.keys(checks).join(', ')}`);
    if (given !== undefined) check(given, where);
  }
}

export function required(value: Fields, path: string, fields: readonly string[]): void {
  for (const field of fields) {
    if (value[field] === undefined)
      throw wrong(path === '' ? field : `${path}.${field}`, 'is missing');
  }
}

export function schema(value: unknown, path: string): void {
  if (!isSchema(value)) throw wrong(path, 'expected a Standard Schema, such as z.object({ … })');
}

export function callback(value: unknown, path: string): void {
  if (typeof value !== 'function') throw wrong(path, `expected a function, found ${show(value)}`);
}

export function fieldOrCallback(value: unknown, path: string): void {
  if (!fieldName(value) && typeof value !== 'function')
    throw wrong(path, 'expected a field name or a function');
}

export function fieldName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

export function duration(value: unknown, path: string): void {
  parseDuration(value as Duration, path);
}

export function text(value: unknown, path: string): void {
  if (typeof value !== 'string' || value === '')
    throw wrong(path, `expected a text, found ${show(value)}`);
}

export function positive(value: unknown, path: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw wrong(path, `expected a number above 0, found ${show(value)}`);
}

export function ratio(value: unknown, path: string): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw wrong(path, `expected a share from 0 to 1, found ${show(value)}`);
}

export function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, `expected a list, found ${show(value)}`);
  return value;
}

export function oneOf(...allowed: readonly unknown[]): Check {
  return (value, path) => {
    if (!allowed.includes(value))
      throw wrong(path, `expected one of ${allowed.map(show).join(', ')}, found ${show(value)}`);
  };
}

export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

export function wrong(path: string, problem: string): ConfigError {
  return new ConfigError(`${path}: ${problem}`, { context: { path } });
}

/** Scheme and host: what else an address has would be passed over, and let more through than it says. */
export function originText(value: unknown, path: string): void {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const isOrigin =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.href === `${url.origin}/` &&
    !url.host.includes('*');
  if (!isOrigin)
    throw wrong(
      path,
      "expected an origin, scheme and host only, without '*', as in 'https://files.example.com'",
    );
}

export function wholeNumber(value: unknown, path: string): void {
  if (!Number.isSafeInteger(value) || Number(value) < 1) {
    throw wrong(path, `expected a whole number from 1, found ${show(value)}`);
  }
}
