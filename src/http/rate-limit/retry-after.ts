import { headerMeaning } from './header-name.js';
import { resetInstant, type TimeHint } from './reset-instant.js';
import type { ResponseClock } from './types.js';

/**
 * When the server lets this client come back, by `Retry-After` (RFC 9110 10.2.3) and its variants (`x-retry-after`,
 * `retry-after-ms`, `x-ratelimit-retry-after`), as epoch milliseconds on the local clock. A field in milliseconds beats
 * the rounded one in seconds beside it, the standard field beats a vendor's; of several values the latest counts.
 */
export function retryInstant(headers: Headers, clock: ResponseClock): number | undefined {
  const found: { rank: number; at: number }[] = [];
  for (const [name, value] of headers) {
    const meaning = headerMeaning(name);
    if (meaning?.role !== 'retry') continue;
    const at = latest(value, clock, meaning.time);
    if (at !== undefined)
      found.push({
        rank: meaning.time.unit === 'milliseconds' ? 2 : name === 'retry-after' ? 1 : 0,
        at,
      });
  }
  const best = Math.max(...found.map((one) => one.rank));
  const instants = found.filter((one) => one.rank === best).map((one) => one.at);
  return instants.length === 0 ? undefined : Math.max(...instants);
}

/** Field lines that a client joined: `30, 60`, or dates, which have a comma of their own. */
function latest(value: string, clock: ResponseClock, hint: TimeHint): number | undefined {
  if (value.length > 512) return undefined;
  const whole = resetInstant(value, clock, hint);
  if (whole !== undefined || !value.includes(',')) return whole;
  const parts = value
    .split(/,(?! ?\d\d[ -][a-z]{3}[ -])/i)
    .map((part) => resetInstant(part, clock, hint));
  return parts.reduce(
    (last, at) => (at === undefined ? last : Math.max(last ?? at, at)),
    undefined,
  );
}
