import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BAD_DAY_TOKEN } from './bad-day.js';

/** The films API, running in a process of its own. */
export interface RunningFilmsApi {
  readonly url: string;
  readonly token: string;
  /** Another one, for which the API has a bad day: it answers 429 and 503 now and then, and late. */
  readonly badDayToken: string;
  /** Each request that it has answered, as `GET /films?page=2 200`. */
  readonly log: readonly string[];
  /** Changes something there, as any user of the API would. Resolves with what it answered. */
  change(method: 'POST' | 'PATCH' | 'DELETE', path: string, fields?: object): Promise<void>;
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
}

/** Starts the API and waits until it listens. It ends with this process, even if that is killed. */
export async function startFilmsApi(options: {
  readonly latency: number;
}): Promise<RunningFilmsApi> {
  const token = 'demo';
  const child = fork(
    fileURLToPath(new URL('main.ts', import.meta.url)),
    ['--latency', String(options.latency)],
    { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );
  const closed = once(child, 'close');
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the films API ended (${code ?? 'killed'})`)));
    if (!child.stdout) return;
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('listening on ')) resolve(line.slice('listening on '.length));
      else log.push(line);
    });
  });
  return {
    url,
    token,
    badDayToken: BAD_DAY_TOKEN,
    log,
    async change(method, path, fields) {
      const response = await fetch(`${url}/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(fields === undefined ? {} : { body: JSON.stringify(fields) }),
      });
      if (!response.ok)
        throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    },
    async stop() {
      child.kill();
      await closed;
    },
  };
}
