import type { Limit, RateLimitHook } from 'syncline';
import type { FakeAnswer } from 'syncline/testing';

/** How an API says that it was asked too often. */
export const REFUSALS = [
  'retry-after',
  'retry-date',
  'reset-epoch',
  'reset-delta',
  'body',
  'forbidden',
  'error-200',
  'silent',
] as const;
export type RefusalShape = (typeof REFUSALS)[number];

/** What an API allows in any window, as it counts itself. */
export interface ApiLimit {
  readonly scope: 'connection' | 'connector';
  readonly tokens: number;
  readonly perMs: number;
  /** In which ways it refuses, one or the other: its own, and that of what stands before it. */
  readonly shapes: readonly RefusalShape[];
  /** The connector declares it: then the API never has to refuse anything. */
  readonly declared: boolean;
  /** Every answer says what is left. */
  readonly tells: boolean;
}

/** A refusal, and until when it asks to send nothing: in milliseconds from when it is heard, or by the server's clock. */
export interface Refusal {
  readonly answer: FakeAnswer;
  readonly named?: { readonly waitMs: number } | { readonly until: number };
}

/** @param waitMs until there is room again */
export function refusalOf(
  shape: RefusalShape,
  tokens: number,
  waitMs: number,
  serverNow: number,
): Refusal {
  const seconds = Math.ceil(waitMs / 1_000);
  const date = Math.ceil((serverNow + waitMs) / 1_000);
  const used = { 'x-ratelimit-limit': String(tokens), 'x-ratelimit-remaining': '0' };
  const reset = (value: number) => ({ ...used, 'x-ratelimit-reset': String(value) });
  const inSeconds = { waitMs: seconds * 1_000 };
  const atDate = { until: date * 1_000 };
  const refuse = (headers: Readonly<Record<string, string>>, status = 429): FakeAnswer => ({
    status,
    headers,
    body: { error: 'you ask too often' },
  });
  switch (shape) {
    case 'retry-after':
      return { answer: refuse({ 'retry-after': String(seconds) }), named: inSeconds };
    case 'retry-date': {
      const text = new Date(date * 1_000).toUTCString();
      return { answer: refuse({ 'retry-after': text }), named: atDate };
    }
    case 'reset-epoch':
      return { answer: refuse(reset(date)), named: atDate };
    case 'reset-delta':
      return { answer: refuse(reset(seconds)), named: inSeconds };
    case 'body': {
      const body = { message: 'You are being rate limited.', retry_after: waitMs / 1_000 };
      return { answer: { status: 429, body }, named: { waitMs } };
    }
    case 'forbidden':
      return { answer: refuse(reset(date), 403), named: atDate };
    case 'error-200': {
      const body = { error: { code: 'slow_down', wait_ms: waitMs } };
      return { answer: { status: 200, body }, named: { waitMs } };
    }
    case 'silent':
      return { answer: refuse({}) };
  }
}

/** What the connector says of the limit: its documentation's word. */
export function declaredLimits(limit: ApiLimit | undefined): readonly Limit[] {
  if (limit?.declared !== true) return [];
  const { scope, tokens, perMs } = limit;
  return [{ scope, tokens, per: perMs }];
}

/** What only this connector can know. */
export const readOwnSignal: RateLimitHook = (_response, body) => {
  const { error } = (body ?? {}) as { readonly error?: { code?: unknown; wait_ms?: unknown } };
  if (error?.code !== 'slow_down') return undefined;
  return { limited: true, retryAfterMs: Number(error.wait_ms), scope: 'connection' };
};

/** The requests that an API has let through lately. */
export class Window {
  readonly #limit: ApiLimit;
  #arrivals: number[] = [];

  constructor(limit: ApiLimit) {
    this.#limit = limit;
  }

  /** Lets a request through, or says how long it will take until there is room. */
  arrive(now: number): number | undefined {
    const { tokens, perMs } = this.#limit;
    this.#arrivals = this.#arrivals.filter((at) => at > now - perMs);
    const oldest = this.#arrivals.at(-tokens);
    if (oldest !== undefined) return oldest + perMs - now;
    this.#arrivals.push(now);
    return undefined;
  }

  /** What a success says of the limit. */
  told(now: number): Readonly<Record<string, string>> {
    const { tokens, perMs, tells } = this.#limit;
    if (!tells) return {};
    const oldest = this.#arrivals[0] ?? now;
    return {
      'x-ratelimit-limit': String(tokens),
      'x-ratelimit-remaining': String(tokens - this.#arrivals.length),
      'x-ratelimit-reset': String(Math.ceil((oldest + perMs - now) / 1_000)),
    };
  }
}
