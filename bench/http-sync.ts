/** A sync over HTTP from loopback, pages of a thousand records, beside a `fetch` loop that parses, validates and stores the same in SQLite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSyncer, defineConnector, sqlite } from 'syncline';
import { Floor, type Page } from './floor.js';
import { startLoopback } from './loopback.js';
import { schemas } from './records.js';
import { count, mark, median, table } from './table.js';

const RECORDS = 30_000;
const ROUNDS = 7;
const TARGET = 0.8;
/** As the floor of `npm run bench` has it, and Syncline. */
const TRANSACTION = 500;

/** Reads the list into a new database. */
type Load = (origin: string, path: string) => Promise<number>;

const byHand: Load = async (origin, path) => {
  const floor = new Floor(path, schemas.tickets);
  await floor.open();
  let stored = 0;
  for (let next: string | null = '0'; next !== null;) {
    const response = await fetch(`${origin}/records?page=${next}`);
    const page = (await response.json()) as Page;
    for (let from = 0; from < page.records.length; from += TRANSACTION)
      stored += floor.commit(page.records.slice(from, from + TRANSACTION)).inserted;
    next = page.next;
  }
  await floor.close();
  return stored;
};

const synced: Load = async (origin, path) => {
  const connector = defineConnector({
    name: 'bench',
    baseUrl: origin,
    streams: {
      records: {
        schema: schemas.tickets,
        key: 'id',
        cursor: { field: 'updated_at', order: 'ascending' },
        pull: (ctx) =>
          ctx.http.pages('records', {
            items: 'records',
            pagination: { cursor: 'next', param: 'page' },
          }),
      },
    },
  });
  const syncer = createSyncer({ connectors: [connector], store: sqlite(path) });
  await syncer.connections.create(connector, { id: 'bench' });
  const { counts } = await syncer.connection(connector, 'bench').stream('records').sync();
  await syncer.stop();
  return counts.inserted;
};

/** Prints its table. */
export async function syncTable(): Promise<void> {
  const { origin, close } = await startLoopback(RECORDS);
  await measured(byHand, origin);
  await measured(synced, origin);
  const rounds: { readonly raw: number; readonly own: number }[] = [];
  for (let i = 0; i < ROUNDS; i++)
    rounds.push({ raw: await measured(byHand, origin), own: await measured(synced, origin) });
  close();
  const ratio = median(rounds.map(({ raw, own }) => raw / own));
  const row = (name: string, seconds: readonly number[], share: string) => [
    name,
    count(RECORDS / median(seconds)),
    share,
  ];
  table(
    `${count(RECORDS)} tickets over HTTP into SQLite, a thousand a page, ${TRANSACTION} a transaction; medians of ${ROUNDS} rounds`,
    ['', 'records/s', `ratio (target: ≥ ${TARGET})`],
    [
      row(
        'fetch, zod, better-sqlite3',
        rounds.map(({ raw }) => raw),
        '',
      ),
      row(
        'sync()',
        rounds.map(({ own }) => own),
        mark(ratio.toFixed(2), ratio >= TARGET),
      ),
    ],
  );
}

/** Seconds that a load takes, opening and closing included. */
async function measured(load: Load, origin: string): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'syncline-bench-'));
  try {
    const began = performance.now();
    const stored = await load(origin, join(directory, 'data.db'));
    const seconds = (performance.now() - began) / 1_000;
    if (stored !== RECORDS) throw new Error(`stored ${stored} of ${RECORDS} records`);
    return seconds;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
