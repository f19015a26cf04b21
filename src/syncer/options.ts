import type { KeyProvider } from '../auth/key-provider.js';
import { localKeys } from '../auth/local-keys.js';
import { type Duration, parseDuration } from '../core/duration.js';
import { ConfigError } from '../core/errors.js';
import type { Clock, Host, Random } from '../core/ports.js';
import type { Connector } from '../connector/connector.js';
import type { Lookup } from '../http/network/public-only.js';
import type { Limiter } from '../limiter/limiter.js';
import type { Store } from '../storage/contract.js';
import type { BodyPolicy } from '../http/traffic.js';
import { checkOptions } from './option-checks.js';
import type { Retention } from './retention.js';
import { systemClock, systemFetch, systemHost, systemLookup, systemRandom } from './system.js';

/** Where events go in the app's own log: most loggers fit as they are. */
export interface Logger {
  debug(message: string, event: object): void;
  info(message: string, event: object): void;
  warn(message: string, event: object): void;
  error(message: string, event: object): void;
}

/** What {@link createSyncer} takes. Everything but `connectors` has a default that is right for most. */
export interface SyncerOptions {
  /** The systems that this process integrates with. */
  readonly connectors: readonly Connector[];
  /** Where everything is kept. Default: `sqlite('./syncline.db')`. */
  readonly store?: Store;
  /**
   * Seals credentials (AES-256-GCM): 32 bytes as hex or base64, or a text of 16 characters or more. Needed once a connection has credentials.
   * To change it, give `[new, old]`: what is written is sealed with the first, what was sealed with another is still opened.
   */
  readonly encryptionKey?: string | readonly string[] | undefined;
  /**
   * In place of `encryptionKey`: keeps the keys elsewhere, as in a key management service. Asked once for each run, to unwrap the connection's
   * data key. Default: none.
   */
  readonly keys?: KeyProvider;
  /**
   * What is kept out of events, logs, traffic and errors beside credentials. Texts are found anywhere. Expressions are stopped when one text
   * takes them longer than 25 ms, and that text is masked as a whole; with more than one quantifier they cost about 0.1 ms a text. Default: none.
   *
   * @example redact: [/\b\d{16}\b/, 'Project Nightingale']
   */
  readonly redact?: readonly (RegExp | string)[];
  /** Gets every event, beside `on` and the kept log. Default: none. */
  readonly logger?: Logger;
  readonly concurrency?: {
    /** How many runs this process executes at a time. Default 10. */
    readonly runs?: number;
    /** How many streams of one connection `connection.sync()` reads at a time. Default 4. */
    readonly perConnection?: number;
  };
  readonly deadlines?: {
    /** How long a run may take in one process. Default `'24h'`. */
    readonly maxRunTime?: Duration;
    /** How long a run may show no page and no request. Default `'10m'`. */
    readonly stallAfter?: Duration;
  };
  /** How long things are kept. They are removed in small slices now and then, while something is written anyway. */
  readonly retention?: RetentionOptions;
  /** What is kept of HTTP exchanges: `syncer.traffic()`. */
  readonly traffic?: TrafficLogOptions;
  readonly http?: HttpOptions;
  /**
   * Hands out permits for requests. Default: one that keeps the connectors' `limits`, learns from responses, and shares both with all processes on
   * the same store. One that is given is not closed by `stop()`.
   */
  readonly limiter?: Limiter;
  /** Where time comes from. Default: the machine. For tests, see `syncline/testing`. */
  readonly clock?: Clock;
  /** Where chance comes from, for jitter. Default: the machine. */
  readonly random?: Random;
  /** How loaded the process is. Default: measured. */
  readonly host?: Host;
}

export interface RetentionOptions {
  /** Runs, from their end. Records, cursors and states do not go with them. Default `'30d'`. */
  readonly runs?: Duration;
  /** Events that `logs()` tells. Default `'7d'`. */
  readonly logs?: Duration;
  /** Exchanges that `traffic()` tells. Default `'3d'`. */
  readonly traffic?: Duration;
  /** Deleted records. A reader of changes that comes later has to begin again, and is told so. Default `'90d'`. */
  readonly tombstones?: Duration | 'forever';
  /** Versions that were superseded, of streams with `history`, from then on. Default `'forever'`. */
  readonly history?: Duration | 'forever';
  /** Rejected records, from when they came. Default `'forever'`: until they are replayed or a newer version is stored. */
  readonly rejected?: Duration | 'forever';
}

export interface TrafficLogOptions {
  /**
   * Whose bodies are kept, of those that are text: `'never'` · `'onError'`, those of exchanges with a status of 400 or more, or none · a share
   * from 0 to 1 of all exchanges, drawn by chance · `'always'`. Default `'onError'`.
   */
  readonly bodies?: BodyPolicy;
  /** Bytes that are kept of each body. Default 65,536. */
  readonly maxBodyBytes?: number;
  /** Bytes of all exchanges together; over it the oldest are removed. Default 104,857,600 (100 MB). */
  readonly maxBytes?: number;
  /** How long exchanges are kept, where it is shorter than `retention.traffic`. Default: as that. */
  readonly maxAge?: Duration;
}

export interface HttpOptions {
  /** Sends requests: gets each as a `Request`. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Default: `{ connect: '10s', headers: '30s', body: '60s' }`. */
  readonly timeouts?: {
    readonly connect?: Duration;
    readonly headers?: Duration;
    readonly body?: Duration;
  };
  /** The largest response that is read, in bytes after decompression. Default 52,428,800 (50 MB). */
  readonly maxBytes?: number;
  /** Looks up a name's addresses, for connectors whose `network` is `'public'`. Default: as the machine does. */
  readonly lookup?: Lookup;
  /** The longest wait for a limit that is believed when an API names it, and how long a request is tried in all. Default `'24h'`. */
  readonly maxWait?: Duration;
  /** Origins beside a connector's base URL that requests may go to, and redirects without credentials, as `'https://files.example.com'`. Default: none. */
  readonly allowedOrigins?: readonly string[];
}

/** The options with every default filled in. */
export interface Settings {
  readonly keys: KeyProvider | undefined;
  readonly redact: readonly (RegExp | string)[];
  /** Texts of the app's own that are secret too. */
  readonly secrets: readonly string[];
  readonly logger: Logger | undefined;
  readonly concurrency: { readonly runs: number; readonly perConnection: number };
  readonly deadlines: { readonly maxRunTime: number; readonly stallAfter: number };
  readonly retention: Retention;
  readonly traffic: { readonly bodies: BodyPolicy; readonly maxBodyBytes: number };
  readonly http: {
    readonly fetch: typeof globalThis.fetch;
    readonly timeouts: {
      readonly connect: number;
      readonly headers: number;
      readonly body: number;
    };
    readonly maxBytes: number;
    readonly maxWait: number;
    readonly lookup: Lookup;
    readonly allowedOrigins: readonly string[];
  };
  readonly limiter: Limiter | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: Host;
}

/** @throws {ConfigError} naming the option that is wrong */
export function settingsOf(options: SyncerOptions): Settings {
  checkOptions(options);
  const { encryptionKey, concurrency, deadlines, http } = options;
  return {
    keys: keysOf(encryptionKey, options.keys),
    redact: options.redact ?? [],
    secrets: encryptionKey === undefined ? [] : [encryptionKey].flat(),
    logger: options.logger,
    concurrency: {
      runs: concurrency?.runs ?? 10,
      perConnection: concurrency?.perConnection ?? 4,
    },
    deadlines: {
      maxRunTime: parseDuration(deadlines?.maxRunTime ?? '24h', 'deadlines.maxRunTime'),
      stallAfter: parseDuration(deadlines?.stallAfter ?? '10m', 'deadlines.stallAfter'),
    },
    retention: retentionOf(options),
    traffic: {
      bodies: bodyPolicy(options.traffic?.bodies ?? 'onError'),
      maxBodyBytes: options.traffic?.maxBodyBytes ?? 65_536,
    },
    http: {
      fetch: http?.fetch === undefined ? systemFetch : withRequests(http.fetch),
      timeouts: {
        connect: parseDuration(http?.timeouts?.connect ?? '10s', 'http.timeouts.connect'),
        headers: parseDuration(http?.timeouts?.headers ?? '30s', 'http.timeouts.headers'),
        body: parseDuration(http?.timeouts?.body ?? '60s', 'http.timeouts.body'),
      },
      maxBytes: http?.maxBytes ?? 52_428_800,
      maxWait: parseDuration(http?.maxWait ?? '24h', 'http.maxWait'),
      lookup: http?.lookup ?? systemLookup,
      allowedOrigins: http?.allowedOrigins ?? [],
    },
    limiter: options.limiter,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    host: options.host ?? systemHost(),
  };
}

function retentionOf({ retention, traffic }: SyncerOptions): Retention {
  const kept = parseDuration(retention?.traffic ?? '3d', 'retention.traffic');
  const maxAge = parseDuration(traffic?.maxAge ?? kept, 'traffic.maxAge');
  return {
    runs: parseDuration(retention?.runs ?? '30d', 'retention.runs'),
    logs: parseDuration(retention?.logs ?? '7d', 'retention.logs'),
    traffic: Math.min(kept, maxAge),
    trafficBytes: traffic?.maxBytes ?? 104_857_600,
    tombstones: keptFor(retention?.tombstones ?? '90d', 'retention.tombstones'),
    history: keptFor(retention?.history ?? 'forever', 'retention.history'),
    rejected: keptFor(retention?.rejected ?? 'forever', 'retention.rejected'),
  };
}

function keptFor(kept: Duration | 'forever', path: string): number {
  return kept === 'forever' ? Infinity : parseDuration(kept, path);
}

function bodyPolicy(bodies: BodyPolicy): BodyPolicy {
  const isShare = typeof bodies === 'number' && bodies >= 0 && bodies <= 1;
  if (isShare || bodies === 'never' || bodies === 'onError' || bodies === 'always') return bodies;
  throw new ConfigError(
    `traffic.bodies: expected 'never', 'onError', 'always' or a share from 0 to 1, found ${String(bodies)}`,
    { context: { path: 'traffic.bodies' } },
  );
}

function keysOf(
  encryptionKey: SyncerOptions['encryptionKey'],
  keys: KeyProvider | undefined,
): KeyProvider | undefined {
  if (keys === undefined) {
    if (encryptionKey === undefined) return undefined;
    return localKeys(typeof encryptionKey === 'string' ? [encryptionKey] : encryptionKey);
  }
  if (encryptionKey === undefined) return keys;
  throw new ConfigError('keys: give either encryptionKey or keys', { context: { path: 'keys' } });
}

/** One argument has all: who stands in for `fetch` need not put an address and options together. The global one makes a request of its own anyway. */
function withRequests(own: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const request = new Request(input, init);
    // undici follows the signal only as long as the request is there, which nobody else may hold while its response is waited for.
    init?.signal?.addEventListener('abort', () => request.signal.aborted, { once: true });
    return own(request, {});
  };
}
