import type { Content } from './content.js';
import type { RateLimitSignal } from './rate-limit/types.js';

/** A request on its way out, complete but for its credentials. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | Uint8Array | undefined;
  /** Ends the request: the run's, the caller's, a time-out's. */
  readonly signal: AbortSignal;
  /** Which attempt at the same request this is, counted from 1. */
  readonly attempt: number;
  /** Milliseconds that this attempt waited for permits before it was sent. */
  readonly queuedMs: number;
  /** A redirect has led it out of the origin that it was meant for: it goes on without credentials. */
  readonly isStray?: boolean | undefined;
  /** Told how far this attempt has come. */
  readonly course?: Course | undefined;
}

/** The moments of an attempt that features outside of the wire have to know. */
export interface Course {
  /** It is handed to the network: from here on the server may have seen it. */
  sent(): void;
  /** Status and headers have come, the body has not. */
  headers(head: ResponseHead): void;
}

/** Status and headers have arrived; the body is on its way. Its bytes are counted after decompression. */
export interface OpenResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: OpenBody;
}

/** A body on its way: a reader, because each generator around another one costs promises for every chunk. */
export interface OpenBody {
  /** The next bytes; undefined once it is there in full. */
  read(): Promise<Uint8Array | undefined>;
  /** Whoever stops before its end says so. */
  cancel(): void;
}

/** What a response is known by before its body has come. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
  /** The address that answered, without credentials. */
  readonly url: string;
  /** Our clock when the request was sent. */
  readonly requestedAt: number;
  /** Milliseconds from sending until status and headers were there. */
  readonly firstByteMs: number;
  /** The attempt that it answers. */
  readonly attempt: number;
  /** The server's clock when it answered, from its `Date` header. */
  readonly serverTime: number | undefined;
}

/** What a response says of limits. */
export interface HeardLimits {
  readonly signal: RateLimitSignal;
  /** What the request has cost; undefined: its estimate. */
  readonly cost: number | undefined;
  /** What it says that nobody can make sense of. */
  readonly doubts: readonly { readonly field: string; readonly value: unknown }[];
  /** A mistake of the connector's `rateLimit`. */
  readonly failure: Error | undefined;
}

/** A response that has arrived in full. From status 400 on its body may be cut off: it is judged by what came. */
export interface ReceivedResponse extends ResponseHead {
  readonly body: Uint8Array;
  /** The same, as text and JSON. */
  readonly content: Content;
  /** Set where limits are kept. */
  readonly heard?: HeardLimits | undefined;
  /** Set when the API refuses it for its limits, whatever its status. */
  readonly limited?: RateLimitSignal | undefined;
  /** Set when it answers a request without credentials, at the end of a redirect to another origin. */
  readonly isStray?: boolean | undefined;
  /** Set when no other attempt was made, although it is no success. */
  readonly gaveUp?: GiveUp | undefined;
}

/** Why a request is not sent again, as `http.failed` tells it. */
export type GiveUp = 'final' | 'attempts' | 'budget' | 'time';

export type Send<Response = ReceivedResponse> = (request: OutgoingRequest) => Promise<Response>;

/**
 * A feature of the client around one send: it may change the request, wait before it, send it again, or read what came. Each redirect is a
 * send of its own. A status is not an error yet: that is told from the last response.
 */
export type Interceptor<Response = ReceivedResponse> = (
  request: OutgoingRequest,
  next: Send<Response>,
) => Promise<Response>;

/** One send through all interceptors, the first one outermost. */
export function intercepted<Response>(
  send: Send<Response>,
  interceptors: readonly Interceptor<Response>[],
): Send<Response> {
  return interceptors.reduceRight<Send<Response>>(
    (next, interceptor) => (request) => interceptor(request, next),
    send,
  );
}
