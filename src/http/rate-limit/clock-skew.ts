import { count } from './decimal.js';
import { instantFromText } from './instant-text.js';
import type { ResponseClock } from './types.js';

/** `Date` has whole seconds and the response took a while, so less than this is no evidence of a wrong clock. */
const SMALLEST_SKEW_MS = 2000;

/** The local clock, and how far ahead the server's is by its `Date` (and `Age`, RFC 9111 4.2.3) header. */
export function responseClock(headers: Headers, now: number): ResponseClock {
  let skewMs: number | undefined;
  return {
    now,
    // Few responses tell a time that it is needed for.
    get skewMs() {
      return (skewMs ??= skewOf(headers, now));
    },
  };
}

function skewOf(headers: Headers, now: number): number {
  const date = instantFromText(headers.get('date') ?? '', now);
  if (date === undefined) return 0;
  const age = count(headers.get('age') ?? '') ?? 0;
  const skewMs = date + Math.max(0, age) * 1000 - now;
  return Math.abs(skewMs) < SMALLEST_SKEW_MS || Number.isNaN(skewMs) ? 0 : skewMs;
}
