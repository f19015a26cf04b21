import type { Content } from './content.js';
import type { OutgoingRequest, ResponseHead } from './send.js';

/**
 * Whether a compressed body has lost its end. `fetch` does not tell (undici takes what it could unpack for the whole), so that JSON, which shows
 * it, is looked at: there is none at all, or it ends within a string, a list or an object. What the response says of its type goes before what was asked
 * for: CSV has single quotation marks, and XML braces.
 */
export function isCutOff(
  { method, headers: asked }: OutgoingRequest,
  { status, headers }: ResponseHead,
  content: Content,
): boolean {
  const encoding = headers.get('content-encoding');
  if (encoding === null || encoding === 'identity' || method === 'HEAD') return false;
  if (status >= 300 || status === 204 || status === 205) return false;
  const { bytes } = content;
  // An empty one may end a list of pages. Where its length was told it is whole; else who asks for JSON cannot tell, nor use it.
  const accept = asked.get('accept') ?? '';
  if (bytes.byteLength === 0) return JSON_TYPE.test(accept) && !headers.has('content-length');
  const isJson = JSON_TYPE.test(headers.get('content-type') ?? accept);
  return isJson && typeof content.peek() === 'string' && endsInside(bytes);
}

/** Lines of JSON too: they seldom end where they are cut. */
const JSON_TYPE = /json/i;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);

/** Whether JSON ends before what it has opened. */
function endsInside(json: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.byteLength; i++) {
    const byte = json[i] ?? 0;
    if (inString && byte === BACKSLASH) i++;
    else if (byte === QUOTE) inString = !inString;
    else if (!inString && OPENING.has(byte)) depth++;
    else if (!inString && CLOSING.has(byte)) depth--;
  }
  return inString || depth > 0;
}
