import type { JsonValue } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import { isList } from './body-path.js';
import { textHash } from './text-hash.js';

/** An item's identity, or undefined when it has none. */
export type Identify = (item: unknown) => string | undefined;

/** Enough of an item to know it again: whether it is the same one, and whether it is unchanged. */
export interface Fingerprint {
  readonly identity: string;
  readonly content: string;
}

export function fingerprint(item: unknown, identify: Identify): Fingerprint {
  const content = contentOf(item);
  const identity = identify(item);
  return { identity: identity === undefined ? content : textHash(identity), content };
}

export function contentOf(item: unknown): string {
  return textHash(rawJson(item));
}

/** By the field `id`, which most APIs have. */
export function identifyById(item: unknown): string | undefined {
  const id = isObject(item) ? item['id'] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? `id:${id}` : undefined;
}

export function storedFingerprint(stored: JsonValue | undefined): Fingerprint | undefined {
  const [identity, content] = isList(stored) ? stored : [];
  return typeof identity === 'string' && typeof content === 'string'
    ? { identity, content }
    : undefined;
}
