import { createSyncer, defineConnector, sqlite, type StreamHandle } from 'syncline';
import {
  type Contestant,
  type Feed,
  FeedSum,
  type Outcome,
  type RecordSchema,
  type Versioned,
} from './contestant.js';
import type { Pages } from './pages.js';

/** Where page bodies come from: the connector's own `pull`, as the floor has them, or `ctx.http.pages` over a `fetch` without a network. */
export type Way = 'pull' | 'http';

/** As many as the floor reads at a time. */
const BATCH = 500;

/** Syncline through its public API. */
export class Syncline implements Contestant {
  readonly #path: string;
  readonly #schema: RecordSchema;
  readonly #pages: () => Pages;
  readonly #way: Way;
  #opened: Opened | undefined;

  constructor(path: string, schema: RecordSchema, pages: () => Pages, way: Way) {
    this.#path = path;
    this.#schema = schema;
    this.#pages = pages;
    this.#way = way;
  }

  /** Opens the database with a connector that looks for deletions, or with one that does not. */
  async open(looksForDeletions: boolean): Promise<void> {
    const isNew = this.#opened === undefined;
    await this.close();
    const connector = connectorOf(this.#schema, this.#pages, this.#way, looksForDeletions);
    const syncer = createSyncer({
      connectors: [connector],
      store: sqlite(this.#path),
      http: { fetch: async (input) => this.#answer(input) },
    });
    if (isNew) await syncer.connections.create(connector, { id: 'bench' });
    const stream = syncer.connection(connector, 'bench').stream('records');
    this.#opened = { stream, stop: () => syncer.stop() };
    await stream.count();
  }

  async read(): Promise<Outcome> {
    return (await this.#stream.sync({ mode: 'full' })).counts;
  }

  async pass(): Promise<Outcome> {
    return (await this.#stream.sync({ mode: 'full' })).counts;
  }

  async feed(after: number, singly: boolean): Promise<Feed> {
    const sum = new FeedSum();
    if (singly) {
      for await (const { seq, kind, key, record } of this.#stream.changes({ after }))
        sum.add(seq, kind, key, record);
    } else {
      for await (const changes of this.#stream.changes({ after, batch: BATCH }))
        for (const { seq, kind, key, record } of changes) sum.add(seq, kind, key, record);
    }
    return sum.feed;
  }

  async close(): Promise<void> {
    await this.#opened?.stop();
  }

  get #stream(): StreamHandle<Versioned> {
    if (!this.#opened) throw new Error('open() comes first');
    return this.#opened.stream;
  }

  #answer(input: Parameters<typeof fetch>[0]): Response {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = this.#pages().body(Number(url.searchParams.get('page') ?? 0));
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  }
}

interface Opened {
  readonly stream: StreamHandle<Versioned>;
  readonly stop: () => Promise<void>;
}

function connectorOf(
  schema: RecordSchema,
  pages: () => Pages,
  way: Way,
  looksForDeletions: boolean,
) {
  return defineConnector({
    name: 'bench',
    baseUrl: 'https://api.example.com',
    streams: {
      records: {
        schema,
        key: 'id',
        cursor: { field: 'updated_at', order: 'ascending' },
        ...(looksForDeletions ? { deletions: { kind: 'snapshot', stable: true } } : {}),
        async *pull(ctx) {
          if (way === 'pull') {
            yield* pull(pages());
            return;
          }
          yield* ctx.http.pages('records', {
            items: 'records',
            pagination: { cursor: 'next', param: 'page' },
          });
        },
      },
    },
  });
}

/** The next page is a token of the API's, so that a killed run would go on there. */
function* pull(pages: Pages) {
  const decoder = new TextDecoder();
  for (let page: string | null = '0'; page !== null;) {
    const body = JSON.parse(decoder.decode(pages.body(Number(page)))) as Body;
    page = body.next;
    yield { records: body.records, resume: page };
  }
}

interface Body {
  readonly records: readonly Versioned[];
  readonly next: string | null;
}
