import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { BAD_DAY_TOKEN, BadDay } from './bad-day.js';
import type { Catalogue, Fields } from './catalogue.js';
import { BadRequest, listFilms } from './list.js';

const MAX_BODY_BYTES = 64 * 1024;

export interface FilmsApiOptions {
  readonly catalogue: Catalogue;
  /** The bearer token that every request must carry. */
  readonly token: string;
  /** How long each answer takes, in milliseconds, as if the API were far away. Default 0. */
  readonly latency?: number;
  /** Called with each answered request, as `GET /films?page=2 200`. */
  readonly log?: (line: string) => void;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A small SaaS API: `GET POST /films` and `GET PATCH DELETE /films/:id`, with a bearer token, `since`, pages by `Link` header, `X-Total-Count`
 * and `ETag`.
 */
export function createFilmsApi({ catalogue, token, latency = 0, log }: FilmsApiOptions): Server {
  const badDay = new BadDay();
  return createServer((request, response) => {
    void (async () => {
      const answer = await answerTo(request, catalogue, token, badDay);
      if (latency > 0) await sleep(latency);
      send(request, response, answer, log);
    })();
  });
}

async function answerTo(
  request: IncomingMessage,
  catalogue: Catalogue,
  token: string,
  badDay: BadDay,
): Promise<Answer> {
  try {
    if (request.headers.authorization === `Bearer ${BAD_DAY_TOKEN}`) {
      const trouble = await badDay.next();
      if (trouble) return failure(trouble.status ?? 500, 'not today', trouble.headers);
      return await route(request, catalogue);
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      return failure(401, 'a valid bearer token is needed', { 'www-authenticate': 'Bearer' });
    }
    return await route(request, catalogue);
  } catch (error) {
    if (error instanceof BadRequest) return failure(400, error.message);
    return failure(500, String(error));
  }
}

async function route(request: IncomingMessage, catalogue: Catalogue): Promise<Answer> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  const [, films, id, ...more] = url.pathname.split('/');
  if (films !== 'films' || more.length > 0) return failure(404, `there is no ${url.pathname}`);
  if (id === undefined) return collection(request, catalogue, url);
  return /^[1-9]\d{0,14}$/.test(id)
    ? member(request, catalogue, Number(id))
    : failure(404, `there is no film '${id}'`);
}

async function collection(
  request: IncomingMessage,
  catalogue: Catalogue,
  url: URL,
): Promise<Answer> {
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      const { films, total, link } = listFilms(catalogue, url);
      const headers = { 'x-total-count': String(total), ...(link === undefined ? {} : { link }) };
      return { status: 200, body: films, headers };
    }
    case 'POST': {
      const film = catalogue.add(await readFields(request));
      if (!film) return failure(422, 'the catalogue is full');
      return { status: 201, body: film, headers: { location: `/films/${film.id}` } };
    }
    default:
      return failure(405, 'GET and POST are allowed here', { allow: 'GET, POST' });
  }
}

async function member(request: IncomingMessage, catalogue: Catalogue, id: number): Promise<Answer> {
  const missing = failure(404, `there is no film ${id}`);
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      const film = catalogue.get(id);
      return film ? { status: 200, body: film } : missing;
    }
    case 'PATCH': {
      const film = catalogue.edit(id, await readFields(request));
      return film ? { status: 200, body: film } : missing;
    }
    case 'DELETE':
      return catalogue.remove(id) ? { status: 204 } : missing;
    default:
      return failure(405, 'GET, PATCH and DELETE are allowed here', {
        allow: 'GET, PATCH, DELETE',
      });
  }
}

async function readFields(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new BadRequest(`the body is over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const fields = parseJson(Buffer.concat(chunks).toString('utf8'));
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new BadRequest('the body must be a JSON object');
  }
  const fixed = ['id', 'updated_at'].find((name) => name in fields);
  if (fixed !== undefined) throw new BadRequest(`'${fixed}' is given by the API`);
  return { ...fields };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequest('the body is no JSON');
  }
}

function failure(status: number, error: string, headers: Answer['headers'] = {}): Answer {
  return { status, body: { error }, headers };
}

/** Logs before it answers: whoever has the answer finds it in the log. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  log: FilmsApiOptions['log'],
): void {
  const body = answer.body === undefined ? '' : JSON.stringify(answer.body);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const isKnown = isRead && answer.status === 200 && request.headers['if-none-match'] === etag;
  const status = isKnown ? 304 : answer.status;
  log?.(`${request.method ?? ''} ${request.url ?? ''} ${status}`);
  response.writeHead(status, {
    ...(body === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...(isRead && answer.status === 200 ? { etag } : {}),
    ...answer.headers,
  });
  response.end(isKnown ? '' : body);
}
