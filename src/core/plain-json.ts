/**
 * Why a value is not plain JSON, or undefined when it is: what is stored comes back exactly as it was. `undefined` fields are left out, as
 * JSON does.
 */
export function plainJsonProblem(value: unknown): string | undefined {
  try {
    return isPlain(value, 0) ? undefined : problemAt(value, '', []);
  } catch (error) {
    // A getter or proxy that throws.
    return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** No data is nested deeper, and all that walks through it later, in the call stack, gets so far. */
const MAX_DEPTH = 1_000;

/** Deeper than this, or in a circle: the thorough way decides. */
const QUICK_DEPTH = 32;

/** The quick answer for nearly all values. False says nothing. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > QUICK_DEPTH) return false;
  if (Array.isArray(value)) {
    // Not every(): it leaves holes out.
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depth + 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype || 'toJSON' in value) return false;
  for (const field in value) {
    const item = (value as Readonly<Record<string, unknown>>)[field];
    if (typeof item !== 'string' && item !== undefined && !isPlain(item, depth + 1)) return false;
  }
  return true;
}

function problemAt(value: unknown, path: string, ancestors: object[]): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${at(path)} is ${value}, which JSON cannot hold`;
    case 'object':
      return value === null ? undefined : objectProblem(value, path, ancestors);
    default:
      return `${at(path)} is a ${typeof value}, which JSON cannot hold`;
  }
}

function objectProblem(value: object, path: string, ancestors: object[]): string | undefined {
  if (ancestors.includes(value)) return `${at(path)} contains itself`;
  if (ancestors.length >= MAX_DEPTH) return `it is nested more than ${MAX_DEPTH} levels deep`;
  ancestors.push(value);
  const problem = Array.isArray(value)
    ? listProblem(value, path, ancestors)
    : fieldsProblem(value, path, ancestors);
  ancestors.pop();
  return problem;
}

function listProblem(
  list: readonly unknown[],
  path: string,
  ancestors: object[],
): string | undefined {
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (item === undefined)
      return `${at(`${path}.${i}`)} is undefined, which JSON cannot hold in a list`;
    const problem =
      typeof item === 'string' ? undefined : problemAt(item, `${path}.${i}`, ancestors);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function fieldsProblem(value: object, path: string, ancestors: object[]): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isForeignPlain(prototype)) {
    return `${at(path)} is a ${value.constructor.name}, or has a field __proto__ that became its prototype; that is not plain JSON`;
  }
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return `${at(path)} has a toJSON method, so it is not plain JSON`;
  for (const field of Object.keys(value)) {
    const item = (value as Readonly<Record<string, unknown>>)[field];
    if (typeof item === 'string') continue;
    const problem = problemAt(item, path === '' ? field : `${path}.${field}`, ancestors);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The `Object.prototype` of another realm (a vm, a worker): its objects are plain too. */
function isForeignPlain(prototype: unknown): boolean {
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'hasOwnProperty')
  );
}

function at(path: string): string {
  return path === '' ? 'the record' : `'${path.replace(/^\./, '')}'`;
}
