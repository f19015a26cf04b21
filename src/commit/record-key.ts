import { compositeKey, keyPart, keyProblem } from '../core/key.js';
import { ownValue } from '../core/json.js';
import type { Key } from '../connector/page.js';
import type { AnyStream } from '../connector/connector.js';

export type ReadKey = { readonly key: string } | { readonly problem: string };

/** The key of a raw record, as it is stored; or why it has none. */
export function readKey(raw: unknown, definition: AnyStream['key']): ReadKey {
  if (typeof definition === 'function') return callKey(raw, definition);
  if (typeof definition === 'string')
    return checked(keyPart(ownValue(raw, definition), definition));
  const parts: string[] = [];
  for (const field of definition) {
    const part = keyPart(ownValue(raw, field), field);
    if ('problem' in part) return part;
    parts.push(part.text);
  }
  return checked({ text: compositeKey(parts) });
}

/** The stored form of a key that a page's `deletes`, or the app, names. */
export function storedKey(key: Key, definition: AnyStream['key']): ReadKey {
  const fields: readonly string[] | undefined =
    typeof definition === 'object' ? definition : undefined;
  // A list key may be given in its stored form too, as changes and `confirm` show it.
  if (!Array.isArray(key))
    return checked(keyPart(key, typeof definition === 'string' ? definition : 'key'));
  if (!fields) return { problem: `the key is a list, but the stream's key is one value` };
  if (fields.length !== key.length) {
    const expected = `a list of ${fields.length} parts`;
    return {
      problem: `the key is a list of ${key.length} parts, but the stream's key is ${expected}`,
    };
  }
  const parts: string[] = [];
  for (const [i, value] of key.entries()) {
    const part = keyPart(value, fields[i] ?? 'key');
    if ('problem' in part) return part;
    parts.push(part.text);
  }
  return checked({ text: compositeKey(parts) });
}

function callKey(raw: unknown, definition: (raw: unknown) => unknown): ReadKey {
  try {
    return checked(keyPart(definition(raw), 'key'));
  } catch (error) {
    return {
      problem: `the stream's key function threw: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function checked(part: ReturnType<typeof keyPart>): ReadKey {
  if ('problem' in part) return part;
  const problem = keyProblem(part.text);
  return problem === undefined ? { key: part.text } : { problem };
}
