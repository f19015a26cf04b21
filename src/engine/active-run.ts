import { AbortedError, SynclineError } from '../core/errors.js';
import { toErrorInfo } from '../events/error-info.js';

/**
 * A run as long as it lives in this process. Once it is ended, by whatever reason, nothing of it counts any more: its signal aborts, `guard` throws, and
 * what was waited for is left to itself.
 */
export class ActiveRun {
  readonly #controller = new AbortController();
  readonly #name: string;
  #moved = 0;

  /** @param name the run and where it belongs, for messages */
  constructor(name: string) {
    this.#name = name;
    // Every page and request may listen; their number is bounded by the connector's own concurrency.
    this.#controller.signal.addEventListener('abort', () => undefined);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Counts up whenever the run gets anywhere: what does not move is stuck. */
  get moved(): number {
    return this.#moved;
  }

  touch(): void {
    this.#moved += 1;
  }

  /** Ends the run; the first reason stays. */
  end(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** Why the run was ended from outside, if it was. */
  get reason(): Error | undefined {
    const reason: unknown = this.signal.aborted ? this.signal.reason : undefined;
    return reason instanceof Error ? reason : undefined;
  }

  /** @throws {AbortedError} when the run has ended */
  guard(): void {
    if (this.signal.aborted) {
      throw new AbortedError(`${this.#name} has ended; nothing more can be done in its name`, {
        cause: this.signal.reason,
      });
    }
  }

  /** Settles as `work` does, or rejects at once when the run is ended. What `work` does after that is not waited for. */
  async race<T>(work: PromiseLike<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        reject(this.reason ?? new AbortedError(`${this.#name} was ended`));
      };
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      const done = (): void => {
        signal.removeEventListener('abort', onAbort);
      };
      work.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error instanceof Error ? error : this.#noError(error));
        },
      );
    });
  }

  #noError(thrown: unknown): SynclineError {
    const { message } = toErrorInfo(thrown);
    return new SynclineError(`${this.#name}: what was thrown is no Error: ${message}`, {
      cause: thrown,
    });
  }

  /** Aborts when the run does. */
  onEnd(listener: () => void): () => void {
    this.signal.addEventListener('abort', listener, { once: true });
    return () => {
      this.signal.removeEventListener('abort', listener);
    };
  }
}
