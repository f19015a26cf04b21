import { isObject } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import { textHash } from './text-hash.js';

/** An item's identity, or undefined when it has none. */
export type Identify = (item: unknown) => string | undefined;

/** Tells an item apart from the others, also when it is edited; by its content where it has no identity. */
export function identityOf(item: unknown, identify: Identify): string {
  const identity = identify(item);
  return identity === undefined ? contentOf(item) : textHash(identity);
}

/** Tells whether an item is unchanged. */
export function contentOf(item: unknown): string {
  return textHash(rawJson(item));
}

/** By the field `id`, which most APIs have. */
export function identifyById(item: unknown): string | undefined {
  const id = isObject(item) ? item['id'] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? `id:${id}` : undefined;
}
