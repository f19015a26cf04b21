import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of its own that syncs one customer: worker.ts. */
export interface SyncProcess {
  readonly pid: number;
  /** How many pages its run has committed: a number now and then, until it ends. */
  readonly pages: AsyncIterable<number>;
  /** Ends it as `kill -9` does: at once, wherever it is, without its knowledge. */
  kill(): Promise<void>;
}

export function startSyncProcess(...args: readonly string[]): SyncProcess {
  const script = fileURLToPath(new URL('worker.ts', import.meta.url));
  const child = fork(script, args, { execArgv: ['--import', 'tsx'] });
  const exit = once(child, 'exit');
  const messages = on(child, 'message', { close: ['disconnect'] });
  return {
    pid: child.pid ?? 0,
    pages: numbersOf(messages),
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

async function* numbersOf(messages: AsyncIterable<unknown[]>): AsyncGenerator<number, void> {
  for await (const [pages] of messages) if (typeof pages === 'number') yield pages;
}
