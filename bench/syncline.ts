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

/** Syncline through its public API: HTTP client, paging, validation, commit, feed. Only the network is not there. */
export class Syncline implements Contestant {
  readonly #path: string;
  readonly #schema: RecordSchema;
  readonly #pages: () => Pages;
  #opened: Opened | undefined;

  constructor(path: string, schema: RecordSchema, pages: () => Pages) {
    this.#path = path;
    this.#schema = schema;
    this.#pages = pages; PAGES = pages;
  }

  /** Opens the database with a connector that looks for deletions, or with one that does not. */
  async open(looksForDeletions: boolean): Promise<void> {
    if (this.#opened?.looksForDeletions === looksForDeletions) return;
    const isNew = this.#opened === undefined;
    await this.close();
    const connector = connectorOf(this.#schema, looksForDeletions);
    const syncer = createSyncer({
      connectors: [connector],
      store: sqlite(this.#path),
      http: { fetch: async (input) => this.#answer(input) },
    });
    if (isNew) await syncer.connections.create(connector, { id: 'bench' });
    const stream = syncer.connection(connector, 'bench').stream('records');
    this.#opened = { looksForDeletions, stream, stop: () => syncer.stop() };
    await stream.count();
  }

  async read(): Promise<Outcome> {
    return (await this.#stream.sync({ mode: 'full' })).counts;
  }

  async pass(): Promise<Outcome> {
    return (await this.#stream.sync({ mode: 'full' })).counts;
  }

  async feed(after: number): Promise<Feed> {
    const sum = new FeedSum();
    for await (const change of this.#stream.changes({ after })) {
      sum.add(change.seq, change.kind, change.key, change.record);
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

let PAGES: (() => Pages) | undefined;
interface Opened {
  readonly looksForDeletions: boolean;
  readonly stream: StreamHandle<Versioned>;
  readonly stop: () => Promise<void>;
}

function connectorOf(schema: RecordSchema, looksForDeletions: boolean) {
  return defineConnector({
    name: 'bench',
    baseUrl: 'https://api.example.com',
    streams: {
      records: {
        schema,
        key: 'id',
        cursor: { field: 'updated_at', order: 'ascending' },
        ...(looksForDeletions ? { deletions: { kind: 'snapshot' } } : {}),
        async *pull(ctx) {
          if (process.env['DIRECT']) {
            const d = new TextDecoder();
            for (let p: string | null = '0'; p !== null; ) {
              const b = JSON.parse(d.decode(PAGES!().body(Number(p)))) as { records: never[]; next: string | null };
              p = b.next;
              yield { records: b.records, resume: p };
            }
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
