import type { Clock } from '../core/ports.js';
import { BatchWriter } from '../events/batch-writer.js';
import type { Emit } from '../events/emitter.js';
import { toErrorInfo } from '../events/error-info.js';
import type { TrafficBody, TrafficRow } from '../storage/traffic.js';

/** An HTTP exchange, as it was on the wire, without secrets. */
export interface TrafficExchange {
  /** Rises with each exchange. */
  readonly id: number;
  /** When the request was sent. */
  readonly time: Date;
  readonly connector: string;
  readonly connection: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Null when it was not made for a run, as by `check`. */
  readonly stream: string | null;
  readonly run: string | null;
  /** Which attempt at the same request, counted from 1. */
  readonly attempt: number;
  readonly method: string;
  readonly url: string;
  /** Null when no response came. */
  readonly status: number | null;
  /** The code of what went wrong (`TIMEOUT`, `NETWORK`, `ABORTED`); null when the response came in full, whatever its status. */
  readonly error: string | null;
  /** Milliseconds that it waited for permits. */
  readonly queuedMs: number;
  /** Milliseconds from sending to status and headers; null when they did not come. */
  readonly firstByteMs: number | null;
  /** Milliseconds from sending to the last byte of the body, or to the failure. */
  readonly totalMs: number;
  /** Bytes of the bodies, after decompression. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** By name, in lower case. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** Null when it was empty, is no text, or is not kept: see `traffic.bodies`. */
  readonly requestBody: TrafficBody | null;
  readonly responseBody: TrafficBody | null;
}

type Row = Omit<TrafficRow, 'id'>;

const BATCH = 200;
const MAX_DELAY_MS = 250;
/** Bytes in memory while the store is slow or fails; then the oldest exchanges are dropped. */
const MAX_PENDING = 16 * 2 ** 20;

export interface TrafficLogOptions {
  readonly append: (rows: readonly Row[]) => Promise<void>;
  readonly clock: Clock;
  readonly emit: Emit;
}

/** Writes exchanges to the store, in batches, behind the back of who sends. */
export function trafficLog({ emit, ...options }: TrafficLogOptions): BatchWriter<Row> {
  return new BatchWriter<Row>({
    ...options,
    batch: BATCH,
    maxDelayMs: MAX_DELAY_MS,
    maxPending: MAX_PENDING,
    weigh: ({ size }) => size,
    onFailing: (error, pending) => {
      emit({ type: 'store.traffic_failing', pending, error: toErrorInfo(error) });
    },
    onRecovered: (dropped) => {
      emit({ type: 'store.traffic_recovered', dropped });
    },
  });
}

export function toExchange({ time, size: _size, ...row }: TrafficRow): TrafficExchange {
  return { ...row, time: new Date(time) };
}
