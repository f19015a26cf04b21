import { count } from './decimal.js';
import { instantFromText } from './instant-text.js';
import type { ResponseClock } from './types.js';

/** `Date` has whole seconds and the response took a while, so less than this is no evidence of a wrong clock. */
const SMALLEST_SKEW_MS = 2000;

/** The local clock, and how far ahead the server's is by its `Date` (and `Age`, RFC 9111 4.2.3) header. */
export function responseClock(headers: Headers, now: number): ResponseClock {
  const date = instantFromText(headers.get('date') ?? '', now);
  if (date === undefined) return { now, skewMs: 0 };
  const age = count(headers.get('age') ?? '') ?? 0;
  const skewMs = date + Math.max(0, age) * 1000 - now;
  return { now, skewMs: Math.abs(skewMs) < SMALLEST_SKEW_MS || Number.isNaN(skewMs) ? 0 : skewMs };
}
