import { abortable } from '../core/abortable.js';
import type { Interceptor } from './send.js';

/** Where a client's credentials come from, and others when the API has refused them. */
export interface CredentialSource {
  /** Counts how often there were others. */
  readonly generation: number;
  /** Whether there are other credentials by now than those of a generation. Rejects when getting them failed. */
  renew(refused: number): Promise<boolean>;
}

/** Sends a request once more after a 401, if there are other credentials then: a new send, with its own permits and attempts. */
export function reauthorise(source: CredentialSource): Interceptor {
  return async (request, next) => {
    if (request.isStray === true) return next(request);
    const { generation } = source;
    const response = await next(request);
    if (response.status !== 401) return response;
    // Others wait for the same credentials: who is cancelled only stops waiting.
    const renew = (): Promise<boolean> => source.renew(generation);
    return (await abortable(renew, request.signal, 'auth.refresh')) ? next(request) : response;
  };
}
