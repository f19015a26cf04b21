import type { BodyPolicy, Connector, StreamHandle, Syncer } from 'syncline';
import type { ApiLimit } from './api-limit.js';
import type { BackendKind } from './backend.js';
import type { AuthKind } from './canary.js';
import type { Item } from './connector.js';
import type { Fate } from './gateway.js';
import type { SimProcess } from './process.js';
import type { StopWay, Write } from './store-server.js';
import type { StreamSpec } from './stream-spec.js';

export interface WorldOptions {
  readonly seed: string;
  readonly streams: readonly StreamSpec[];
  readonly connections?: readonly string[];
  readonly store?: BackendKind;
  readonly skewMs?: number;
  readonly date?: boolean;
  /** How long requests, responses and store calls are on their way; default 5 ms and 0. */
  readonly apiLatencyMs?: () => number;
  readonly storeLatencyMs?: () => number;
  /** What the API allows; undefined: anything. */
  readonly limit?: ApiLimit | undefined;
  /** How requests are authorised. Default `'none'`. */
  readonly auth?: AuthKind;
  /** Which bodies the traffic log keeps. Default: the syncer's. */
  readonly bodies?: BodyPolicy;
  /** What goes wrong with the next request; undefined: nothing. */
  readonly fate?: () => Fate | undefined;
  /** Which write a process dies over, or stands still after. */
  readonly stops?: (write: Write) => StopWay | undefined;
  /** What else an app does with its syncer at its start. */
  readonly onStart?: (syncer: Syncer) => void;
  /** How often the lazy readers of the feed look, as a share of commits. Default 0.2. */
  readonly looks?: number;
}

/** A process with the app in it. */
export interface App {
  readonly process: SimProcess;
  readonly syncer: Syncer;
  readonly connector: Connector;
  stream(connection: string, name: string): StreamHandle<Item>;
}
