import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ChildTask } from './child.js';

const PROGRAM = fileURLToPath(new URL('./child.ts', import.meta.url));

/** A process that syncs until it is killed. */
export class Victim {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #errors = '';

  constructor(task: ChildTask) {
    this.#process = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#closed = once(this.#process, 'close');
    onTestFinished(() => {
      this.#process.kill('SIGKILL');
    });
  }

  /** Kills it with -9 at the moment; fails when it has ended by itself before. */
  async killAt(moment: Promise<void>): Promise<void> {
    const ended = this.#closed.then(() => {
      throw new Error(`the process was to be killed, but ended by itself: ${this.#errors}`);
    });
    ended.catch(() => undefined);
    await Promise.race([moment, ended]);
    this.#process.kill('SIGKILL');
    await this.#closed;
  }
}
