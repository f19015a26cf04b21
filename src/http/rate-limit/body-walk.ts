import { nameWords } from './name-words.js';

/** A value somewhere in a body. */
export interface BodyNode {
  readonly value: unknown;
  /** The words of its own key; an array's elements have their array's. */
  readonly key: string;
  readonly depth: number;
  readonly parent: BodyNode | undefined;
}

const MAX_NODES = 2000;
const MAX_DEPTH = 12;
/** A larger text is a page of records, not a refusal, and parsing it twice would cost more than it tells. */
const MAX_JSON_TEXT = 512 * 1024;

/** The body as JSON where it is JSON or its text; otherwise its beginning as text. */
export function readBody(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  const start = body.slice(0, 64).trimStart().charAt(0);
  if ((start !== '{' && start !== '[') || body.length > MAX_JSON_TEXT) return body.slice(0, 8192);
  try {
    return JSON.parse(body);
  } catch {
    return body.slice(0, 8192);
  }
}

/** The entries of an object or array, at most `max`; none for anything else. */
export function entriesOf(value: unknown, max: number): [string, unknown][] {
  // Bytes have as many entries as they are long, and none that tells anything.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const entries: [string, unknown][] = [];
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    for (let at = 0; at < Math.min(list.length, max); at += 1) entries.push([String(at), list[at]]);
    return entries;
  }
  if (!isRecord(value)) return entries;
  for (const key in value) {
    if (entries.length >= max) break;
    if (Object.hasOwn(value, key)) entries.push([key, value[key]]);
  }
  return entries;
}

function isRecord(value: object): value is Readonly<Record<string, unknown>> {
  return !Array.isArray(value);
}

/** Visits a value and what it holds, the shallow first, to a bounded depth and number. */
export function walkBody(root: unknown, rootKey: string): BodyNode[] {
  const nodes: BodyNode[] = [{ value: root, key: rootKey, depth: 0, parent: undefined }];
  const seen = new Set<unknown>();
  for (let at = 0; at < nodes.length; at += 1) {
    const node = nodes[at];
    if (node === undefined || node.depth >= MAX_DEPTH || seen.has(node.value)) continue;
    if (typeof node.value !== 'object' || node.value === null) continue;
    seen.add(node.value);
    const inList = Array.isArray(node.value);
    for (const [key, value] of entriesOf(node.value, MAX_NODES - nodes.length)) {
      nodes.push({
        value,
        key: inList ? node.key : nameWords(key).join(' '),
        depth: node.depth + 1,
        parent: node,
      });
    }
  }
  return nodes;
}
