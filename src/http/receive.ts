import type { Clock } from '../core/ports.js';
import { NetworkError } from '../core/errors.js';
import { Content } from './content.js';
import { isCutOff } from './cut-off.js';
import { instantFromText } from './rate-limit/instant-text.js';
import type { Report } from './report.js';
import type { OpenBody, OpenResponse, OutgoingRequest, ResponseHead, Send } from './send.js';

/**
 * Reads responses in full, up to `maxBytes` of decompressed body: what is over it is not read. An error needs no whole body: its status and
 * headers are obeyed also when it is too large, broken or late.
 */
export function receive(
  send: Send<OpenResponse>,
  clock: Clock,
  maxBytes: number,
  report: Report,
): Send {
  return async (request) => {
    const requestedAt = clock.now();
    const began = clock.monotonic();
    request.course?.sent();
    const { status, headers, body } = await send(request);
    const firstByteMs = clock.monotonic() - began;
    const date = headers.get('date');
    const head: ResponseHead = {
      status,
      headers,
      url: request.url.href,
      requestedAt,
      firstByteMs,
      attempt: request.attempt,
      serverTime: date === null ? undefined : instantFromText(date, requestedAt),
    };
    request.course?.headers(head);
    const { bytes, missing } = await collect(body, maxBytes);
    if (missing !== undefined && (status < 400 || request.signal.aborted)) {
      throw missing === TOO_LARGE
        ? tooLarge(request, head, bytes, maxBytes, report)
        : missing.error;
    }
    const content = new Content(bytes, headers.get('content-type'));
    if (isCutOff(request, head, content)) throw cutOff(request, head, report);
    return { ...head, body: bytes, content };
  };
}

const TOO_LARGE = 'too large';

interface Collected {
  readonly bytes: Uint8Array;
  /** Why there are no more of them. */
  readonly missing?: typeof TOO_LARGE | { readonly error: unknown };
}

async function collect(body: OpenBody, maxBytes: number): Promise<Collected> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
      if (size + chunk.byteLength > maxBytes) {
        body.cancel();
        return { bytes: joined(chunks, size), missing: TOO_LARGE };
      }
      size += chunk.byteLength;
      chunks.push(chunk);
    }
  } catch (error) {
    return { bytes: joined(chunks, size), missing: { error } };
  }
  return { bytes: joined(chunks, size) };
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}

function tooLarge(
  request: OutgoingRequest,
  head: ResponseHead,
  body: Uint8Array,
  maxBytes: number,
  report: Report,
): Error {
  return report.httpError(
    request,
    { ...head, body },
    `answered ${head.status} with more than ${maxBytes} bytes`,
    'Ask for smaller pages or fewer fields, or raise http.maxBytes.',
  );
}

function cutOff(
  request: OutgoingRequest,
  { status, headers }: ResponseHead,
  report: Report,
): Error {
  const encoding = String(headers.get('content-encoding'));
  return new NetworkError(
    report.message(
      request,
      `answered ${status} with a body (${encoding}) that was cut off`,
      'The connection broke, or what compresses the answers did; it is worth trying again.',
    ),
    { context: report.context(request, { status, phase: 'body', reason: 'CUT_OFF' }) },
  );
}
