import type { ConnectionScope, ConnectorScope, Failure } from './event-base.js';

interface Request {
  readonly method: string;
  /** Without credentials and other secrets. */
  readonly url: string;
}

/** Requests to the API: `http.*`. They carry stream and run where the request was made for one. */
export interface HttpEvents {
  /** A response has arrived in full, whatever its status. Kept in the traffic log. */
  'http.exchange': ConnectionScope &
    Request & {
      readonly attempt: number;
      readonly status: number;
      /** Milliseconds that the request waited for permits. */
      readonly queuedMs: number;
      /** Milliseconds from sending to the response's headers. */
      readonly firstByteMs: number;
      /** Milliseconds from sending to the last byte of the body. */
      readonly durationMs: number;
      /** Bytes of the bodies, as they went over the wire where that is known. */
      readonly requestBytes: number;
      readonly responseBytes: number;
    };

  /** An attempt failed, and the request will be sent again. */
  'http.retry': ConnectionScope &
    Request &
    Failure & {
      /** The attempt that failed. */
      readonly attempt: number;
      /** Null when no response came. */
      readonly status: number | null;
      /** Milliseconds until the next attempt, waiting for permits not counted. */
      readonly delayMs: number;
    };

  /** A request is given up; the caller got the error. */
  'http.failed': ConnectionScope &
    Request &
    Failure & {
      /** The last attempt; 0 when nothing was sent, as for an address that is not allowed. */
      readonly attempt: number;
      readonly status: number | null;
      /** `final`: trying again would not help or not be safe · `attempts`: too many · `budget`: too many retries in all · `time`: too late. */
      readonly reason: 'final' | 'attempts' | 'budget' | 'time';
    };
}

interface LimitScope extends ConnectorScope {
  /** Which limit: as declared, or what it was learned from. */
  readonly limit: string;
  /** Whose requests count together. */
  readonly scope: string;
}

/** What an API allows, and waiting for it: `limit.*`. Those of one connection carry `connection`. */
export interface LimitEvents {
  /** A request has to wait for permits for more than a moment. */
  'limit.waiting': LimitScope & {
    /** When it will be admitted, as far as that can be told; null when not. */
    readonly until: Date | null;
    /** How many requests wait for this limit, this one among them. */
    readonly waiting: number;
    /** Its priority, 0 being the first to go. */
    readonly priority: number;
  };

  /** A request that `limit.waiting` told of may be sent. */
  'limit.admitted': LimitScope & { readonly waitedMs: number; readonly priority: number };

  /** What is known of a limit changed. */
  'limit.learned': LimitScope & {
    /** `response`: the API told · `signal`: it said to slow down · `probing`: it let more through than expected. */
    readonly source: 'response' | 'signal' | 'probing';
    /** Requests (or cost) allowed in a window; null for a limit of concurrency. */
    readonly tokens: number | null;
    /** The window's length in milliseconds; null for a limit of concurrency. */
    readonly perMs: number | null;
    /** Requests allowed at a time; null for a rate. */
    readonly concurrency: number | null;
  };

  /** The API said that a limit is reached, or its window is used up by what we sent: nothing goes out before `until`. */
  'limit.exhausted': LimitScope & { readonly source: 'response' | 'count'; readonly until: Date };

  /** At the present rate a limit will be used up before it refills. */
  'limit.forecast': LimitScope & {
    readonly remaining: number;
    /** What is used per second at present. */
    readonly usedPerSecond: number;
    readonly exhaustedAt: Date;
    readonly resetAt: Date;
  };

  /** The API answers more slowly at the same load: a soft limit; less is sent at a time. */
  'limit.slowed': LimitScope & {
    /** Milliseconds that responses take now, and took before. */
    readonly latencyMs: number;
    readonly usualMs: number;
    /** How many requests are sent at a time from now on. */
    readonly concurrency: number;
  };

  /** A response said something of limits that cannot be true: it is not believed, and backing off takes its place. */
  'limit.implausible': LimitScope & {
    /** Where it was said: a header's name or a path in the body. */
    readonly field: string;
    /** What was said, shortened. */
    readonly value: string;
    /** Milliseconds of back-off instead; null when none is needed. */
    readonly delayMs: number | null;
  };
}

/** Hosts that fail: `circuit.*`. */
export interface CircuitEvents {
  /** So many requests to a host failed that no more are sent for a while; they fail at once. */
  'circuit.opened': ConnectorScope &
    Failure & {
      readonly host: string;
      /** How many requests in a row, or within the window, failed. */
      readonly failures: number;
      /** When the host is tried again. */
      readonly until: Date;
    };
  /** A single request is sent to see whether the host works again. */
  'circuit.half_open': ConnectorScope & { readonly host: string };
  /** The host works again. */
  'circuit.closed': ConnectorScope & {
    readonly host: string;
    /** Milliseconds since the circuit was opened. */
    readonly openMs: number;
  };
}
