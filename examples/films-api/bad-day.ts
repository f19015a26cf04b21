import { setTimeout as sleep } from 'node:timers/promises';

/** Who asks with this token meets the API on a bad day. */
export const BAD_DAY_TOKEN = 'demo-on-a-bad-day';

/** Which of the requests with that token, counted from 1, come to what. */
const TROUBLES: Readonly<Record<number, Trouble>> = {
  6: { status: 429, headers: { 'retry-after': '2' } },
  12: { status: 503 },
  13: { status: 503 },
  20: { status: 503, headers: { 'retry-after': '2' } },
  27: { slowMs: 1_200 },
};

export interface Trouble {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly slowMs?: number;
}

/** What comes in the way of requests, one after the other. */
export class BadDay {
  #requests = 0;

  /** The refusal of the next request; undefined when it is answered, perhaps late. */
  async next(): Promise<Trouble | undefined> {
    this.#requests += 1;
    const trouble = TROUBLES[this.#requests];
    if (trouble?.slowMs !== undefined) await sleep(trouble.slowMs);
    return trouble?.status === undefined ? undefined : trouble;
  }
}
