import type { Route } from './gauge.js';
import type { Answer, Permit, PermitRequest } from './limiter.js';

/** Where permits come from and go back to. */
export interface Desk {
  /** The server has seen the request: what counts from there on. */
  seen(permit: GivenPermit, actual: number | undefined): void;
  answered(permit: GivenPermit, answer: Answer): void;
  failed(permit: GivenPermit): void;
  unused(permit: GivenPermit): void;
}

/** One that was given, and what it was given for. */
export class GivenPermit implements Permit {
  readonly route: Route;
  readonly request: PermitRequest;
  readonly costs: readonly number[];
  /** Monotonic milliseconds. */
  readonly admittedAt: number;
  readonly queuedMs: number;
  /** Requests of the connection under way when it was given, this one among them. */
  readonly abreast: number;
  /** Its headers have come: windows have been settled. */
  settled = false;
  readonly #desk: Desk;
  #open = true;

  constructor(
    desk: Desk,
    route: Route,
    request: PermitRequest,
    costs: readonly number[],
    times: { readonly admittedAt: number; readonly queuedMs: number },
    abreast: number,
  ) {
    this.#desk = desk;
    this.route = route;
    this.request = request;
    this.costs = costs;
    this.admittedAt = times.admittedAt;
    this.queuedMs = times.queuedMs;
    this.abreast = abreast;
  }

  headers(): void {
    if (!this.#open || this.settled) return;
    this.#desk.seen(this, undefined);
  }

  answered(answer: Answer = {}): void {
    if (!this.#close()) return;
    this.#desk.answered(this, answer);
  }

  failed(): void {
    if (!this.#close()) return;
    this.#desk.failed(this);
  }

  unused(): void {
    if (!this.#close()) return;
    // Once headers have come, it was sent.
    if (this.settled) this.#desk.failed(this);
    else this.#desk.unused(this);
  }

  #close(): boolean {
    const was = this.#open;
    this.#open = false;
    return was;
  }
}
