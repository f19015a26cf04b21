import type { Clock } from '../core/ports.js';
import { Content } from './content.js';
import { instantFromText } from './rate-limit/instant-text.js';
import type { Report } from './report.js';
import type { OpenResponse, OutgoingRequest, ReceivedResponse, Send } from './send.js';

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
    const received: Omit<ReceivedResponse, 'body' | 'content'> = {
      status,
      headers,
      url: request.url.href,
      requestedAt,
      firstByteMs,
      attempt: request.attempt,
      serverTime: date === null ? undefined : instantFromText(date, requestedAt),
    };
    const bytes = await collect(body, maxBytes, (beginning) =>
      tooLarge(request, received, beginning, maxBytes, report),
    );
    const content = new Content(bytes, headers.get('content-type'));
    return { ...received, body: bytes, content };
  };
}

async function collect(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: (beginning: Uint8Array) => Error,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(joined(chunks, size - chunk.byteLength));
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
  received: Omit<ReceivedResponse, 'body' | 'content'>,
  body: Uint8Array,
  maxBytes: number,
  report: Report,
): Error {
  return report.httpError(
    request,
    { ...received, body },
    `answered ${received.status} with more than ${maxBytes} bytes`,
    'Ask for smaller pages or fewer fields, or raise http.maxBytes.',
  );
}
