/** As much of a body as is kept. */
export interface TrafficBody {
  readonly text: string;
  /** Whether there was more. */
  readonly truncated: boolean;
}

/** One HTTP exchange, as it is kept: without secrets. */
export interface TrafficRow {
  /** Rises with each row; given by the store. */
  readonly id: number;
  /** When the request was sent. */
  readonly time: number;
  readonly connector: string;
  readonly connection: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly stream: string | null;
  readonly run: string | null;
  /** Which attempt at the same request, counted from 1. */
  readonly attempt: number;
  readonly method: string;
  readonly url: string;
  /** Null when no response came. */
  readonly status: number | null;
  /** The code of what went wrong, as `TIMEOUT`; null for an exchange that came to its end, whatever its status. */
  readonly error: string | null;
  /** Milliseconds that it waited for permits. */
  readonly queuedMs: number;
  /** Milliseconds from sending to status and headers. */
  readonly firstByteMs: number | null;
  /** Milliseconds from sending to the body's last byte, or to the failure. */
  readonly totalMs: number;
  /** Bytes of the bodies, after decompression. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly requestBody: TrafficBody | null;
  readonly responseBody: TrafficBody | null;
  /** What the row counts for where the total is bounded, in bytes. */
  readonly size: number;
}

export interface TrafficFilter {
  readonly connector?: string;
  readonly connection?: string;
  readonly stream?: string;
  readonly run?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** One status or several; 0 stands for those without a response. */
  readonly status?: number | readonly number[];
  /** At this instant or later. */
  readonly since?: number;
  /** Before this instant. */
  readonly until?: number;
}

export interface TrafficStore {
  /** Need not be durable when it resolves: a power cut may cost it. */
  appendTraffic(params: { readonly rows: readonly Omit<TrafficRow, 'id'>[] }): Promise<void>;
  /** Oldest first; `after` is the id of the last row before. */
  listTraffic(params: {
    readonly filter: TrafficFilter;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly TrafficRow[]>;
  /**
   * Removes what was sent before an instant, and then the oldest as long as all rows together are larger than `maxBytes`. At most `limit` rows;
   * resolves with how many there were: fewer means that there are no more.
   */
  pruneTraffic(params: {
    readonly before: number;
    readonly maxBytes: number;
    readonly limit: number;
  }): Promise<number>;
}
