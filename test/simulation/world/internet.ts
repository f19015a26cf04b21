import type { Clock } from 'syncline';
import type { FakeApi } from 'syncline/testing';
import { LimitCheck } from '../checks/limit-check.js';
import { Violation } from '../checks/violation.js';
import type { ApiLimit } from './api-limit.js';
import type { Canary } from './canary.js';
import type { Dice } from './dice.js';
import { connectionOf, type Fate, Gateway } from './gateway.js';
import { type Network, SimProcess } from './process.js';

export interface InternetOptions {
  readonly api: FakeApi;
  readonly clock: Clock;
  readonly skewMs: number;
  readonly canary: Canary;
  readonly dice: Dice;
  readonly limit: ApiLimit | undefined;
  readonly fate: (() => Fate | undefined) | undefined;
  /** Nobody will hear what was answered to a request. */
  readonly unheard: (request: string) => void;
  /** A promise was broken: the world ends. */
  readonly failed: (error: unknown) => void;
  readonly count: (feature: string) => void;
}

/** Processes, the API, and what lies between them. */
export class Internet implements Network {
  readonly #options: InternetOptions;
  readonly #gateway: Gateway;
  readonly #limits: LimitCheck;
  readonly #processes: SimProcess[] = [];

  constructor(options: InternetOptions) {
    const { api, clock, skewMs, canary, dice, limit, fate, unheard, failed, count } = options;
    this.#options = options;
    this.#limits = new LimitCheck(skewMs, () => clock.now());
    this.#gateway = new Gateway({
      ...{ api, limit, canary, dice, unheard, count },
      now: () => clock.now(),
      fate: fate ?? (() => undefined),
      diedAt: (process) => this.#processes[process - 1]?.diedAt,
      broken: (invariant, message) => {
        failed(new Violation(invariant, message));
      },
    });
  }

  /** A process that is on line. */
  start(): SimProcess {
    const process = new SimProcess(this.#processes.length + 1, this.#options.clock, this);
    this.#processes.push(process);
    return process;
  }

  fetch(request: Request): Promise<Response> {
    return this.#gateway.fetch(request);
  }

  unheard(request: string): void {
    this.#options.unheard(request);
  }

  sent(process: SimProcess, { url }: Request): void {
    try {
      this.#limits.sent(process, connectionOf(new URL(url)));
    } catch (error) {
      this.#options.failed(error);
    }
  }

  heard(process: SimProcess, { url, headers }: Request, { status }: Response): void {
    const refusal = this.#gateway.refusalOf(headers.get('x-request') ?? '');
    if (refusal?.answer.status === status)
      this.#limits.heard(process, connectionOf(new URL(url)), refusal);
  }
}
