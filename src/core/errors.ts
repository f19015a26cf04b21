/** Where something happened, as far as it is known. */
export interface ErrorContext {
  readonly connector?: string;
  readonly connection?: string;
  readonly stream?: string;
  readonly run?: string;
  readonly [detail: string]: unknown;
}

/** What every Syncline error is built with, besides its message. */
export interface SynclineErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Where it happened, and details for programs. Never a secret. */
  readonly context?: ErrorContext;
  /** Whether trying again later can help; each kind has its own default. */
  readonly retryable?: boolean;
}

/**
 * The root of all errors that Syncline throws on purpose. `code` is stable and made for programs; the message says
 * what happened, where, and what to do, and is made for people.
 *
 * @example
 * try { await acme.sync(); } catch (error) { if (error instanceof SynclineError && error.retryable) later(); }
 */
export class SynclineError extends Error {
  override readonly name: string = 'SynclineError';
  readonly code: string = 'ERROR';
  readonly retryable: boolean;
  readonly context: ErrorContext;

  constructor(message: string, options: SynclineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryable = options.retryable ?? false;
    this.context = options.context ?? {};
  }
}

/** A definition or an option is wrong: the message names its path. Fix the code; trying again does not help. */
export class ConfigError extends SynclineError {
  override readonly name = 'ConfigError';
  override readonly code = 'CONFIG';
}

/** The API refused the connection's credentials (401), or they cannot be opened with the keys given. */
export class AuthError extends SynclineError {
  override readonly name = 'AuthError';
  override readonly code = 'AUTH';
}

/** The API said to slow down, and waiting was not possible within what the call allows. */
export class RateLimitError extends SynclineError {
  override readonly name = 'RateLimitError';
  override readonly code = 'RATE_LIMIT';
  constructor(message: string, options: SynclineErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

export interface HttpErrorOptions extends SynclineErrorOptions {
  readonly status: number;
  readonly headers?: Headers;
  readonly body?: string;
}

/** The API answered with a status that is no success, or with a body that is not what it should be. */
export class HttpError extends SynclineError {
  override readonly name = 'HttpError';
  override readonly code = 'HTTP';
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of the response's body, as text. */
  readonly body: string;

  constructor(message: string, options: HttpErrorOptions) {
    super(message, { retryable: options.status >= 500 || options.status === 429, ...options });
    this.status = options.status;
    this.headers = options.headers ?? new Headers();
    this.body = options.body ?? '';
  }
}

/** The request did not reach the API, or its answer did not arrive. */
export class NetworkError extends SynclineError {
  override readonly name = 'NetworkError';
  override readonly code = 'NETWORK';
  constructor(message: string, options: SynclineErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/** Something took longer than its time-out or deadline. */
export class TimeoutError extends SynclineError {
  override readonly name = 'TimeoutError';
  override readonly code = 'TIMEOUT';
  constructor(message: string, options: SynclineErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/** One reason why a value does not satisfy its schema. */
export interface ValidationIssue {
  readonly message: string;
  /** Field names and list positions from the root to the value. */
  readonly path: readonly (string | number)[];
}

export interface ValidationErrorOptions extends SynclineErrorOptions {
  readonly issues?: readonly ValidationIssue[];
}

/** Data does not satisfy its schema: a config, a response, or more records than `invalid` allows. */
export class ValidationError extends SynclineError {
  override readonly name = 'ValidationError';
  override readonly code = 'VALIDATION';
  readonly issues: readonly ValidationIssue[];
  constructor(message: string, options: ValidationErrorOptions = {}) {
    super(message, options);
    this.issues = options.issues ?? [];
  }
}

/** The API no longer accepts a cursor or page token. Thrown by `pull`, it makes the engine start further back. */
export class CursorExpiredError extends SynclineError {
  override readonly name = 'CursorExpiredError';
  override readonly code = 'CURSOR_EXPIRED';
}

/** Another process took over what this one was working on; nothing of this one's is committed any more. */
export class LeaseLostError extends SynclineError {
  override readonly name = 'LeaseLostError';
  override readonly code = 'LEASE_LOST';
  constructor(message: string, options: SynclineErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/** Somebody else changed the same thing first: a remote record, or a connection's row. */
export class ConflictError extends SynclineError {
  override readonly name = 'ConflictError';
  override readonly code = 'CONFLICT';
}

/** The store cannot do what it should: read-only, full, locked, damaged, or from a newer version. */
export class StoreError extends SynclineError {
  override readonly name = 'StoreError';
  override readonly code = 'STORE';
}

/** The work was cancelled: by a signal, by `cancel()`, by `stop()`, or because its run had ended already. */
export class AbortedError extends SynclineError {
  override readonly name = 'AbortedError';
  override readonly code = 'ABORTED';
}
