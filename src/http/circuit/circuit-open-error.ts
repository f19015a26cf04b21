import { NetworkError } from '../../core/errors.js';

/** Nothing was sent, because the host has failed too often. */
export class CircuitOpenError extends NetworkError {}
