import type { JsonObject } from '../core/json.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** From the lightest to the gravest. */
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** One event, as it is kept. */
export interface LogRow {
  /** Rises with each row; given by the store. */
  readonly id: number;
  readonly time: number;
  readonly type: string;
  readonly level: LogLevel;
  readonly connector: string | null;
  readonly connection: string | null;
  readonly stream: string | null;
  readonly run: string | null;
  /** The whole event. */
  readonly event: JsonObject;
}

export interface LogFilter {
  readonly connector?: string;
  readonly connection?: string;
  readonly stream?: string;
  readonly run?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** This level and the graver ones. */
  readonly level?: LogLevel;
  /** One name, several, or a family as `'run.*'`. */
  readonly type?: string | readonly string[];
  /** At this instant or later. */
  readonly since?: number;
  /** Before this instant. */
  readonly until?: number;
}

export interface LogStore {
  /** Need not be durable when it resolves: logs are the one thing that a power cut may cost. */
  appendLogs(params: { readonly rows: readonly Omit<LogRow, 'id'>[] }): Promise<void>;
  /** Oldest first; `after` is the id of the last row before. */
  listLogs(params: {
    readonly filter: LogFilter;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly LogRow[]>;
  /** Removes events that happened before an instant, at most `limit`; resolves with how many there were: fewer means that there are no more. */
  pruneLogs(params: { readonly before: number; readonly limit: number }): Promise<number>;
}
