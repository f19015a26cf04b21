import { TimeoutError } from '../core/errors.js';
import type { Clock } from '../core/ports.js';
import type { Report } from './report.js';
import { whenAborted } from './linked-signal.js';
import type { Interceptor, OpenBody, OpenResponse, OutgoingRequest } from './send.js';

/** How long to wait for each part of a response, in milliseconds. `Infinity`: as long as it takes. */
export interface Timeouts {
  /** For the connection. `fetch` does not tell when it stands, so this is added to `headers`. */
  readonly connect: number;
  /** From the request until status and headers are there. */
  readonly headers: number;
  /** From the headers until the body is there in full. */
  readonly body: number;
}

export function timeouts(
  clock: Clock,
  limits: Timeouts,
  report: Report,
): Interceptor<OpenResponse> {
  return async (request, next) => {
    const deadline = new Deadline(clock, request.signal);
    try {
      const answer = limits.connect + limits.headers;
      deadline.start(answer, () =>
        timedOut(
          request,
          report,
          `did not answer within ${answer} ms`,
          'connect or http.timeouts.headers',
        ),
      );
      const response = await deadline.race(next({ ...request, signal: deadline.signal }));
      deadline.start(limits.body, () =>
        timedOut(request, report, `did not send its body within ${limits.body} ms`, 'body'),
      );
      const { status, headers, body } = response;
      return { status, headers, body: within(deadline, body) };
    } catch (error) {
      deadline.close();
      throw error;
    }
  };
}

function timedOut(
  request: OutgoingRequest,
  report: Report,
  happened: string,
  option: string,
): TimeoutError {
  const todo = `If the API may take longer, ask for smaller pages or raise http.timeouts.${option}.`;
  return new TimeoutError(report.message(request, happened, todo), {
    context: report.context(request),
  });
}

function within(deadline: Deadline, body: OpenBody): OpenBody {
  return {
    read: async () => {
      try {
        const chunk = await deadline.race(body.read());
        if (chunk === undefined) deadline.close();
        return chunk;
      } catch (error) {
        deadline.close();
        body.cancel();
        throw error;
      }
    },
    cancel: () => {
      deadline.close();
      body.cancel();
    },
  };
}

/** Ends a timer that is not needed any more. Without a reason each abort would make an error with a stack. */
const DONE = 'done';

/** A signal that follows another one and also aborts when the time is up. */
class Deadline {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #release: () => void;
  #lose: ((reason: unknown) => void) | undefined;
  #timer: AbortController | undefined;
  #wakes = Infinity;
  #until = Infinity;
  #error: () => unknown = () => undefined;

  constructor(clock: Clock, parent: AbortSignal) {
    this.#clock = clock;
    this.#release = whenAborted(parent, (reason) => {
      this.#end(reason);
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins anew: the time counts from here. A timer that would wake earlier is kept: it looks again then, which is cheaper than another one. */
  start(ms: number, error: () => Error): void {
    this.#until = this.#clock.monotonic() + ms;
    this.#error = error;
    if (this.#until < this.#wakes) this.#sleep(ms);
  }

  /** Settles as the work does, or rejects when the signal aborts, also if the work takes no notice of it. One at a time. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#lose = reject;
      work.then(resolve, reject);
      const { signal } = this.#controller;
      if (signal.aborted) reject(signal.reason);
    });
  }

  close(): void {
    this.#timer?.abort(DONE);
    this.#release();
  }

  #sleep(ms: number): void {
    this.#timer?.abort(DONE);
    const timer = new AbortController();
    this.#timer = timer;
    this.#wakes = this.#clock.monotonic() + ms;
    this.#clock.sleep(ms, timer.signal).then(
      () => {
        if (!timer.signal.aborted) this.#wake();
      },
      () => undefined,
    );
  }

  #wake(): void {
    const left = this.#until - this.#clock.monotonic();
    this.#wakes = Infinity;
    if (left <= 0) this.#end(this.#error());
    else if (Number.isFinite(left)) this.#sleep(left);
  }

  #end(reason: unknown): void {
    this.#controller.abort(reason);
    this.#lose?.(reason);
  }
}
