import type { JsonObject, JsonValue } from '../core/json.js';
import { toPlainJson, toPlainObject } from './plain-json.js';

/** An error as plain JSON: what events carry and runs keep. */
export interface ErrorInfo {
  /** The error's class, as `HttpError`. */
  readonly name: string;
  /** For programs: a Syncline code, or that of the system (`ECONNREFUSED`); `UNKNOWN` when there is none. */
  readonly code: string;
  readonly message: string;
  /** Whether trying again later can help. */
  readonly retryable: boolean;
  /** Where it happened, and details such as `status`. */
  readonly context: JsonObject;
  readonly stack?: string;
  /** What led to it. */
  readonly cause?: ErrorInfo;
}

const MAX_CAUSES = 5;
/** Characters of a message or stack; of a cause's, a quarter. */
const MAX_TEXT = 4_000;
/** What errors have beside their context that helps to understand them. Bodies and headers do not belong here. */
const DETAILS = ['status', 'issues', 'partitions', 'syscall', 'hostname', 'port'] as const;

/**
 * Any thrown value as an {@link ErrorInfo}. Never throws, whatever was thrown: no error, a cycle of causes, getters that
 * throw. At most five causes are followed.
 */
export function toErrorInfo(thrown: unknown): ErrorInfo {
  return describe(thrown, MAX_CAUSES);
}

function describe(thrown: unknown, causes: number): ErrorInfo {
  if (typeof thrown !== 'object' || thrown === null) return bare(thrown);
  const message = read(thrown, 'message');
  if (typeof message !== 'string') return bare(thrown);
  const stack = read(thrown, 'stack');
  const max = causes === MAX_CAUSES ? MAX_TEXT : MAX_TEXT / 4;
  const cause = read(thrown, 'cause') ?? firstOf(read(thrown, 'errors'));
  return {
    name: shorten(textOr(read(thrown, 'name'), 'Error'), 200),
    code: shorten(textOr(read(thrown, 'code'), 'UNKNOWN'), 200),
    message: shorten(message, max),
    retryable: read(thrown, 'retryable') === true,
    context: contextOf(thrown),
    ...(typeof stack === 'string' ? { stack: shorten(stack, max) } : {}),
    ...(cause === undefined || cause === null || causes === 0
      ? {}
      : { cause: describe(cause, causes - 1) }),
  };
}

/** Of what is no error there is only its value to tell. */
function bare(thrown: unknown): ErrorInfo {
  const message =
    typeof thrown === 'string' ? thrown : `thrown: ${JSON.stringify(visible(thrown))}`;
  return {
    name: 'Error',
    code: 'UNKNOWN',
    message: shorten(message, MAX_TEXT),
    retryable: false,
    context: {},
  };
}

function visible(thrown: unknown): JsonValue {
  if (thrown === undefined || typeof thrown === 'symbol') return String(thrown);
  return typeof thrown === 'function' ? '[function]' : toPlainJson(thrown);
}

function contextOf(error: object): JsonObject {
  const details = Object.fromEntries(DETAILS.map((name) => [name, read(error, name)]));
  const context = read(error, 'context');
  return toPlainObject({
    ...details,
    ...(typeof context === 'object' ? toPlainObject(context) : {}),
  });
}

/** An `AggregateError`, as failed connections to several addresses are, tells most by its first error. */
function firstOf(errors: unknown): unknown {
  return typeof errors === 'object' && errors !== null ? read(errors, '0') : undefined;
}

function read(from: object, field: string): unknown {
  try {
    return Reflect.get(from, field);
  } catch {
    return undefined;
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

function shorten(text: string, max: number): string {
  const plain = toPlainJson(text.length > max ? `${text.slice(0, max)}…` : text);
  return typeof plain === 'string' ? plain : '';
}
