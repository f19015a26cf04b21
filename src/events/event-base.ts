import type { ErrorInfo } from './error-info.js';

/** How grave an event is. `debug` events reach listeners, but are not kept in the log unless asked for. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What every event has. */
export interface EventHead<Name extends string> {
  /** The event's name: `family.what`. */
  readonly type: Name;
  /** When it happened, by this process's clock. */
  readonly time: Date;
  readonly level: LogLevel;
  /** The connector's name. */
  readonly connector?: string;
  /** The connection's id, unique within its connector. */
  readonly connection?: string;
  /** The connection's tags. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly stream?: string;
  /** The run's id. */
  readonly run?: string;
  /**
   * Which attempt the event speaks of, counted from 1: of the request in `http.*`, of the write in `write.*`, of the delivery in
   * `webhook.*`, of the batch in `consumer.*`, else of the run (2 or more after a crash).
   */
  readonly attempt?: number;
  /** What went wrong: plain JSON, without secrets. */
  readonly error?: ErrorInfo;
}

/** An event about a connector as a whole. */
export interface ConnectorScope {
  readonly connector: string;
}

/** An event about one connection. */
export interface ConnectionScope extends ConnectorScope {
  readonly connection: string;
}

/** An event about one stream of one connection. */
export interface StreamScope extends ConnectionScope {
  readonly stream: string;
}

/** An event that happened within a run. */
export interface RunScope extends StreamScope {
  readonly run: string;
}

/** An event that may concern one partition of a stream. */
export interface PartitionScope {
  /** The partition's key; left out when the stream has no partitions. */
  readonly partition?: string;
}

/** An event that tells of a failure. */
export interface Failure {
  readonly error: ErrorInfo;
}
