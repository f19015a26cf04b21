import { isIP } from 'node:net';
import { settledWithin } from '../../core/abortable.js';
import { NetworkError, TimeoutError } from '../../core/errors.js';
import type { Clock } from '../../core/ports.js';
import type { Report } from '../report.js';
import type { Interceptor, OutgoingRequest } from '../send.js';
import { isPublicAddress } from './public-address.js';

/** All addresses of a name. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

export interface PublicOnlyOptions {
  readonly lookup: Lookup;
  readonly clock: Clock;
  /** How long a name may be looked for, in milliseconds. */
  readonly connectMs: number;
}

/** Lets requests go to public addresses only: literal ones, and names all of whose addresses are public. Each hop is looked at. */
export function publicOnly(options: PublicOnlyOptions, report: Report): Interceptor {
  return async (request, next) => {
    const host = request.url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) === 0 ? await addressesOf(host, options, request, report) : [host];
    const found = addresses.find((address) => !isPublicAddress(address));
    if (found === undefined) return next(request);
    throw new NetworkError(
      report.message(
        request,
        `was not sent: ${host} is ${found === host ? '' : `${found}, `}no public address`,
        "The connector allows public addresses only (network: 'public'): correct the address in the connection's config.",
      ),
      { context: report.context(request, { reason: 'PRIVATE_ADDRESS' }), retryable: false },
    );
  };
}

async function addressesOf(
  host: string,
  { lookup, clock, connectMs }: PublicOnlyOptions,
  request: OutgoingRequest,
  report: Report,
): Promise<readonly string[]> {
  let cause: unknown;
  try {
    const addresses = await settledWithin(() => lookup(host), {
      ...{ clock, ms: connectMs, signal: request.signal, what: 'http.lookup' },
      late: () => notFoundInTime(host, connectMs, request, report),
    });
    if (addresses.length > 0) return addresses;
  } catch (error) {
    if (error instanceof TimeoutError || request.signal.aborted) throw error;
    cause = error;
  }
  const todo = 'Check the address and the network; it is worth trying again.';
  throw new NetworkError(report.message(request, `failed: ${host} was not found`, todo), {
    context: report.context(request, { reason: 'ENOTFOUND' }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function notFoundInTime(
  host: string,
  ms: number,
  request: OutgoingRequest,
  report: Report,
): TimeoutError {
  const todo = 'Check the resolver (http.lookup, or the machine), or raise http.timeouts.connect.';
  return new TimeoutError(
    report.message(request, `was not sent: ${host} was not looked up within ${ms} ms`, todo),
    { context: report.context(request, { phase: 'lookup' }) },
  );
}
