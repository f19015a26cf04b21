const MAX_DEPTH_NATIVE = 4_000;

/**
 * JSON text of anything that a connector may yield, losing as little as JSON allows: a bigint becomes the text of its digits, a date its ISO
 * form, a map or set its entries, and what JSON has no word for becomes a text that names it. Never throws, at any depth.
 */
export function rawJson(value: unknown): string {
  if (isNative(value)) {
    try {
      return JSON.stringify(value);
    } catch {
      // A proxy or getter that throws: the slow way names what it cannot read.
    }
  }
  return write(value);
}

/** Whether `JSON.stringify` keeps all of the value. */
function isNative(root: unknown): boolean {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  const met = new Set<object>();
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') continue;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) return false;
      continue;
    }
    if (typeof value !== 'object' || depth > MAX_DEPTH_NATIVE || met.has(value)) return false;
    met.add(value);
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false;
    for (const child of children(value)) open.push({ value: child, depth: depth + 1 });
  }
  return true;
}

function children(value: object): readonly unknown[] {
  try {
    return Object.values(value);
  } catch {
    return [undefined];
  }
}

type Task = { readonly text: string } | { readonly value: unknown } | { readonly leave: object };

/** Without recursion: a record may be nested deeper than the call stack. */
function write(root: unknown): string {
  const out: string[] = [];
  const path = new Set<object>();
  const tasks: Task[] = [{ value: root }];
  for (let task = tasks.pop(); task; task = tasks.pop()) {
    if ('text' in task) out.push(task.text);
    else if ('leave' in task) path.delete(task.leave);
    else if (isContainer(task.value)) pushContainer(task.value, path, tasks, out);
    else out.push(leaf(task.value));
  }
  return out.join('');
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}

function pushContainer(value: object, path: Set<object>, tasks: Task[], out: string[]): void {
  if (path.has(value)) {
    out.push('"[circular]"');
    return;
  }
  path.add(value);
  const isList = Array.isArray(value) || value instanceof Set || value instanceof Map;
  const parts: Task[] = [{ text: isList ? '[' : '{' }];
  entries(value).forEach(([key, item], i) => {
    const comma = i === 0 ? '' : ',';
    parts.push({ text: isList ? comma : `${comma}${JSON.stringify(key)}:` }, { value: item });
  });
  parts.push({ text: isList ? ']' : '}' }, { leave: value });
  for (const part of parts.reverse()) tasks.push(part);
}

function entries(value: object): readonly (readonly [string, unknown])[] {
  try {
    if (value instanceof Map || value instanceof Set || Array.isArray(value))
      return [...value].map((item: unknown) => ['', item] as const);
    return Object.keys(value).map((key) => [key, field(value, key)] as const);
  } catch {
    return [['[unreadable]', null]];
  }
}

/** A getter that throws costs its own field only. */
function field(value: object, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return '[unreadable]';
  }
}

function leaf(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    case 'bigint':
      return `"${value}"`;
    case 'object':
      return value instanceof Date && !Number.isNaN(value.getTime())
        ? `"${value.toISOString()}"`
        : 'null';
    default:
      return `"[${typeof value}]"`;
  }
}
