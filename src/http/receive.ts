import type { Clock } from '../core/ports.js';
import { Content } from './content.js';
import { instantFromText } from './rate-limit/instant-text.js';
import type { Report } from './report.js';
import type { OpenBody, OpenResponse, OutgoingRequest, ReceivedResponse, Send } from './send.js';

/** Reads responses in full, up to `maxBytes` of decompressed body: what is over it is not read. */
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
    request.course?.headers();
    const date = headers.get('date');
    const bytes = await collect(body, maxBytes, (beginning) =>
      tooLarge(request, { status, headers, body: beginning }, maxBytes, report),
    );
    return {
      status,
      headers,
      url: request.url.href,
      body: bytes,
      content: new Content(bytes, headers.get('content-type')),
      requestedAt,
      firstByteMs,
      attempt: request.attempt,
      serverTime: date === null ? undefined : instantFromText(date, requestedAt),
    };
  };
}

async function collect(
  body: OpenBody,
  maxBytes: number,
  tooLarge: (beginning: Uint8Array) => Error,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      body.cancel();
      throw tooLarge(joined(chunks, size - chunk.byteLength));
    }
    chunks.push(chunk);
  }
  return joined(chunks, size);
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
  received: Pick<ReceivedResponse, 'status' | 'headers' | 'body'>,
  maxBytes: number,
  report: Report,
): Error {
  return report.httpError(
    request,
    received,
    `answered ${received.status} with more than ${maxBytes} bytes`,
    'Ask for smaller pages or fewer fields, or raise http.maxBytes.',
  );
}
