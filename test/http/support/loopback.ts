import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** A request as the loopback server got it. */
export interface Got {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A string or bytes as they are, anything else as JSON. Undefined: no body. */
  readonly body?: unknown;
}

export interface Loopback {
  readonly origin: string;
  /** Everything that was asked, in order. */
  readonly requests: readonly Got[];
}

/** A real HTTP server on the loopback interface, closed at the end of the test. */
export async function loopback(
  answer: (got: Got, raw: ServerResponse) => Answered | undefined | Promise<Answered | undefined>,
): Promise<Loopback> {
  const requests: Got[] = [];
  const server = createServer((incoming, response) => {
    void receive(incoming, origin()).then(async (got) => {
      requests.push(got);
      const answered = await answer(got, response);
      if (answered !== undefined) reply(response, answered);
    });
  });
  const origin = (): string => {
    const address = server.address();
    return typeof address === 'object' && address !== null
      ? `http://127.0.0.1:${address.port}`
      : '';
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: origin(), requests };
}

async function receive(incoming: IncomingMessage, origin: string): Promise<Got> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return {
    method: incoming.method ?? '',
    // By hand: `new URL('//x', origin)` would take the path for a host.
    url: new URL(`${origin}${incoming.url ?? ''}`),
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function reply(response: ServerResponse, { status = 200, headers = {}, body }: Answered): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  if (body === undefined) {
    response.end();
  } else if (typeof body === 'string' || body instanceof Uint8Array) {
    response.end(body);
  } else {
    if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  }
}
