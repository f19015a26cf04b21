import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject, JsonValue } from 'syncline';
import { onTestFinished } from 'vitest';
import { type CursorKind, isoKinds } from './cursor-kinds.js';
import { START } from './clock.js';

/** A record at the remote. */
export interface Row {
  readonly id: string;
  /** When it was changed last, by the server's clock. */
  readonly at: number;
  readonly fields: JsonObject;
}

/** A request as the server got it. */
export interface Asked {
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  /** How many came before it. */
  readonly index: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
}

/** What a test may do with a request: answer it itself, or look at it and let it be. */
export type Intercept = (
  asked: Asked,
  response: ServerResponse,
) => Answer | undefined | Promise<Answer | undefined>;

export type Sort = 'asc' | 'desc' | 'id';

export interface ApiOptions {
  readonly kind?: CursorKind;
  /** The server's clock. Default: stands still. */
  readonly now?: () => number;
}

type Place = Pick<Row, 'id' | 'at'>;

function byId(a: Place, b: Place): number {
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

function byTime(a: Place, b: Place): number {
  return a.at - b.at || byId(a, b);
}

const ORDERS: Readonly<Record<Sort, (a: Place, b: Place) => number>> = {
  asc: byTime,
  desc: (a, b) => -byTime(a, b),
  id: byId,
};

/** The page token that leads to what comes after a row. */
export function tokenOf({ at, id }: Place): string {
  return `${at}~${id}`;
}

function placeOf(token: string): Place {
  const [at, id = ''] = token.split('~');
  return { at: Number(at), id };
}

/** A paging API of one list of records, as the test wants it to behave. */
export class TestApi {
  readonly kind: CursorKind;
  readonly rows = new Map<string, Row>();
  readonly asked: Asked[] = [];
  readonly now: () => number;
  /** Whether answers tell the time. */
  sendDate = true;
  intercept: Intercept = () => undefined;
  origin = '';

  constructor({ kind = isoKinds[0]!, now = () => START }: ApiOptions) {
    this.kind = kind;
    this.now = now;
  }

  /** Creates or changes a record at the server's present time, or at another one. */
  put(id: string, fields: JsonObject = {}, at = this.now()): void {
    const before = this.rows.get(id)?.fields ?? { title: `row ${id}` };
    this.rows.set(id, { id, at, fields: { ...before, ...fields } });
  }

  /** Many records, one second apart from each other, the last one at `at`. Their ids sort as their times do. */
  fill(count: number, at = this.now(), prefix = 'r'): void {
    const width = String(count).length;
    for (let i = 1; i <= count; i++) {
      this.put(`${prefix}${String(i).padStart(width, '0')}`, {}, at - (count - i) * 1_000);
    }
  }

  delete(id: string): void {
    this.rows.delete(id);
  }

  /** A record as the API writes it. */
  show({ id, at, fields }: Row): JsonObject {
    return { id, updated: this.kind.write(at), ...fields };
  }

  /** The requests' values of a parameter. */
  params(name: string): readonly (string | undefined)[] {
    return this.asked.map(({ params }) => params[name]);
  }

  /** What a request finds: filtered by `since`, sorted. */
  select(since: string | undefined, sort: Sort): readonly Row[] {
    const from = since === undefined ? -Infinity : this.kind.read(since);
    // As coarse as the API writes: two in one second are at one time.
    const stamp = (row: Row): number => this.kind.read(String(this.kind.write(row.at)));
    return [...this.rows.values()].filter((row) => stamp(row) >= from).sort(ORDERS[sort]);
  }

  answer({ path, params }: Asked): Answer {
    const { since, sort = 'asc' } = params;
    let found: readonly Row[];
    try {
      found = this.select(since, sort as Sort);
    } catch (error) {
      return { status: 400, body: { error: String(error) } };
    }
    const limit = Number(params['limit'] ?? 100);
    if (path === '/offset' || path === '/page' || path === '/link') {
      const from =
        path === '/offset'
          ? Number(params['offset'] ?? 0)
          : (Number(params['page'] ?? 1) - 1) * limit;
      return this.#slice(path, params, found, from, limit);
    }
    return this.#keyset(path, params, found, limit, sort as Sort);
  }

  #slice(
    path: string,
    params: Asked['params'],
    found: readonly Row[],
    from: number,
    limit: number,
  ): Answer {
    const items = found.slice(from, from + limit).map((row) => this.show(row));
    if (path === '/offset') return { body: { items, total: found.length } };
    if (path === '/page') return { body: { items } };
    const next = new URLSearchParams({ ...params, page: String(from / limit + 2) });
    const headers: Answer['headers'] =
      from + limit < found.length ? { link: `</link?${next}>; rel="next"` } : {};
    return { headers, body: items };
  }

  /** Pages that begin after a place in the order, whatever has become of the row that was there. */
  #keyset(
    path: string,
    params: Asked['params'],
    found: readonly Row[],
    limit: number,
    sort: Sort,
  ): Answer {
    const after = params['after'] === undefined ? undefined : placeOf(params['after']);
    const rest = after === undefined ? found : found.filter((row) => ORDERS[sort](row, after) > 0);
    const rows = rest.slice(0, limit);
    const items = rows.map((row) => this.show(row));
    const last = rows.at(-1);
    const next = rest.length > limit && last !== undefined ? tokenOf(last) : null;
    if (path === '/graphql') {
      return {
        body: {
          data: {
            rows: { nodes: items, pageInfo: { hasNextPage: next !== null, endCursor: next } },
          },
        },
      };
    }
    if (path === '/next') {
      const query = new URLSearchParams({ ...params, ...(next === null ? {} : { after: next }) });
      return { body: { items, links: { next: next === null ? null : `/next?${query}` } } };
    }
    return { body: { items, next } };
  }

  async listen(): Promise<() => Promise<void>> {
    const server = createServer((incoming, response) => {
      void this.#serve(incoming, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    this.origin =
      typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
    return async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await this.#read(incoming);
    this.asked.push(asked);
    const own = await this.intercept(asked, response);
    // The test has sent something of its own, or has torn the connection down.
    if (response.headersSent || response.destroyed) return;
    const { status = 200, headers = {}, body } = own ?? this.answer(asked);
    response.sendDate = false;
    response.statusCode = status;
    if (this.sendDate) response.setHeader('date', new Date(this.now()).toUTCString());
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('content-type', 'application/json');
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  /** Parameters from the query, or from the JSON that was sent. */
  async #read(incoming: IncomingMessage): Promise<Asked> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    const url = new URL(incoming.url ?? '/', 'http://loopback');
    const sent = Buffer.concat(chunks).toString('utf8');
    const json = sent === '' ? {} : (JSON.parse(sent) as { readonly variables?: JsonObject });
    const variables = Object.entries(json.variables ?? {}).filter(([, value]) => value !== null);
    return {
      path: url.pathname,
      params: {
        ...Object.fromEntries(url.searchParams),
        ...Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
      },
      headers: incoming.headers,
      index: this.asked.length,
    };
  }
}

/** A paging API on the loopback interface, closed at the end of the test. */
export async function testApi(options: ApiOptions = {}): Promise<TestApi> {
  const api = new TestApi(options);
  onTestFinished(await api.listen());
  return api;
}
