import { SynclineError } from '../core/errors.js';
import type { Redactor } from '../core/redaction/redactor.js';
import { toErrorInfo } from './error-info.js';
import { redactValue } from './redact-event.js';

const MAX_CAUSES = 5;

/**
 * A thrown error without secrets, on its way to the app: what a connector throws may repeat what an API has repeated. It stays the very same
 * error, of its own class; only where it refuses to be changed another one takes its place.
 */
export function redactError(redactor: Redactor, thrown: unknown): unknown {
  if (redactor.isIdle) return thrown;
  try {
    if (!(thrown instanceof Error)) return redactValue(redactor, thrown);
    let error: unknown = thrown;
    for (let depth = 0; depth <= MAX_CAUSES && error instanceof Error; depth++) {
      clean(redactor, error);
      error = error.cause;
    }
    return thrown;
  } catch {
    const { message, code, retryable } = toErrorInfo(thrown);
    return new SynclineError(redactor.redact(message), { retryable, context: { code } });
  }
}

/** @throws when the error is frozen, or a field of it cannot be read */
function clean(redactor: Redactor, error: Error): void {
  const fields = new Set([...Object.getOwnPropertyNames(error), 'message', 'stack']);
  fields.delete('cause');
  if (!(error.cause instanceof Error)) fields.add('cause');
  for (const field of fields) {
    const value: unknown = Reflect.get(error, field);
    const cleaned = isKnown(value) ? redactValue(redactor, value) : value;
    if (cleaned !== value && !Reflect.set(error, field, cleaned)) {
      throw new TypeError(`${field} cannot be set`);
    }
  }
}

/** Texts and plain data; what has a class of its own, as `Headers`, was made by us or is left. */
function isKnown(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
