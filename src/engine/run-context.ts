import type { JsonObject } from '../core/json.js';
import type { Log, StreamContext } from '../connector/context.js';
import type { HttpClient } from '../connector/http.js';
import { ConfigError } from '../core/errors.js';
import type { LogLevel } from '../storage/logs.js';
import type { EngineEnvironment, HttpScope, RunTarget } from './environment.js';
import type { Run } from './run.js';

const BATCH = 500;

/** What a run's callbacks are called with, each method of it refusing once the run has ended. */
export interface Callbacks {
  readonly http: HttpClient;
  readonly context: StreamContext<unknown, unknown, Readonly<Record<string, unknown>>>;
}

export function openCallbacks(
  env: EngineEnvironment,
  target: RunTarget,
  run: Pick<Run, 'active' | 'mode'> & Partial<Pick<Run, 'id' | 'waits'>>,
  scope: Pick<HttpScope, 'observe' | 'resume' | 'conditions'>,
): Callbacks {
  const { active } = run;
  const guard = (): void => {
    active.guard();
  };
  const http = env.openHttp(target, {
    stream: target.ref.stream,
    ...(run.id === undefined ? {} : { run: run.id }),
    signal: active.signal,
    guard,
    priority: run.mode,
    ...(run.waits === undefined ? {} : { park: run.waits }),
    ...scope,
  });
  const context = {
    http,
    config: target.config,
    account: target.account,
    connection: { id: target.connection.id, tags: target.connection.tags },
    stream: target.ref.stream,
    now: new Date(env.clock.now()),
    signal: active.signal,
    log: runLog(env, target, run),
    records: (stream: string) => {
      guard();
      return storedRecords(env, target, stream, guard);
    },
  };
  return { http, context };
}

function runLog(
  env: EngineEnvironment,
  target: RunTarget,
  run: Pick<Run, 'active'> & Partial<Pick<Run, 'id'>>,
): Log {
  const write =
    (level: LogLevel) =>
    (message: string, data?: JsonObject): void => {
      run.active.guard();
      env.emit({
        type: 'log.line',
        level,
        ...target.ref,
        ...(run.id === undefined ? {} : { run: run.id }),
        tags: target.connection.tags,
        message,
        ...(data === undefined ? {} : { data }),
      });
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

async function* storedRecords(
  env: EngineEnvironment,
  target: RunTarget,
  stream: string,
  guard: () => void,
): AsyncGenerator<unknown, void, undefined> {
  if (!Object.hasOwn(target.connector.streams, stream)) {
    throw new ConfigError(
      `${target.connector.name}: ctx.records('${stream}'): there is no such stream; there are: ${Object.keys(target.connector.streams).join(', ')}`,
    );
  }
  const ref = { ...target.ref, stream };
  for (let after: string | undefined; ;) {
    guard();
    const rows = await env.store.listRecords({
      ref,
      ...(after === undefined ? {} : { after }),
      limit: BATCH,
    });
    for (const row of rows) {
      guard();
      yield JSON.parse(row.data) as unknown;
    }
    if (rows.length < BATCH) return;
    after = rows.at(-1)?.key;
  }
}
