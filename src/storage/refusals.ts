import { LeaseLostError, StoreError } from '../core/errors.js';
import type { ErrorContext } from '../core/errors.js';
import type { Lease, StreamRef } from './stream-ref.js';

/** What every store says when a verb's lease is not the latest of its stream. */
export function leaseLost(lease: Lease, verb: string): LeaseLostError {
  return new LeaseLostError(
    `${verb} was refused for stream '${lease.ref.stream}' of ${lease.ref.connector}/${lease.ref.connection}: run ${lease.run} no longer ` +
      'holds its lease, because another process took it over, the run was ended, or the connection was deleted. Nothing of ' +
      'it was stored; stop the run and leave the stream to its new holder.',
    { context: { ...lease.ref, run: lease.run, verb, token: lease.token } },
  );
}

/** What every store says when something is to be stored for a connection that is not there. */
export function noConnection(ref: StreamRef, verb: string): StoreError {
  return new StoreError(
    `${verb} was refused for stream '${ref.stream}': connection ${ref.connector}/${ref.connection} is not in the store. ` +
      'It was deleted, or never created; create it first.',
    { context: { ...ref, verb } },
  );
}

/** What every store says when a consumer's lease is not the latest. */
export function consumerLost(name: string, token: number, verb: string): LeaseLostError {
  return new LeaseLostError(
    `${verb} was refused for consumer '${name}': another process has claimed it since. Its offset was not moved; stop handling, and leave ` +
      'the changes to the new holder.',
    { context: { consumer: name, verb, token } },
  );
}

/** What every store says when a verb is called before `open()` or after `close()`. */
export function notOpen(state: 'new' | 'closed'): StoreError {
  return new StoreError(
    state === 'closed'
      ? 'The store is closed. Open it again to go on, and close it only after everything that uses it has stopped.'
      : 'The store is not open yet. Call open() and wait for it first.',
  );
}

/** What every store says when it is asked for something that has no meaning: an error of the calling code. */
export function misuse(message: string, context: ErrorContext): StoreError {
  return new StoreError(message, { context });
}
