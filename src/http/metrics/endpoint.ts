const LONGEST_PATH = 1_024;
const MOST_SEGMENTS = 8;
/** Numbers, UUIDs, hashes, ids with digits in them, and what is too long to be a word. */
const IDENTITY =
  /^\d+$|^[0-9a-f]{8}-[0-9a-f-]{27}$|^[0-9a-f]{12,}$|^(?=.*\d)[\w.~@:=+-]{8,}$|^.{33,}$|%/i;
/** Of API paths themselves. */
const VERSION = /^v\d+(\.\d+)*$/i;

/** A request's method and path with what looks like an identity left out, so that there are few of them: `GET /orders/:id/lines`. */
export function endpointOf(method: string, path: string): string {
  const segments = path.slice(0, LONGEST_PATH).split('/');
  const shown = segments
    .slice(0, MOST_SEGMENTS)
    .map((segment) => (IDENTITY.test(segment) && !VERSION.test(segment) ? ':id' : segment));
  return `${method} ${shown.join('/')}${segments.length > MOST_SEGMENTS ? '/…' : ''}`;
}
