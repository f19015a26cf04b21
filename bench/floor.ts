import Database from 'better-sqlite3';
import {
  type Contestant,
  type Feed,
  FeedSum,
  type Outcome,
  type RecordSchema,
  type Versioned,
} from './contestant.js';
import type { Pages } from './pages.js';

export interface Page {
  readonly records: readonly Versioned[];
  readonly next: string | null;
}
type Found = readonly [id: number, data: string, deleted: number];

/** Rows whose marks share a blob. */
const CHUNK = 4_096;
const BATCH = 500;

/**
 * The least that leads to the same outcome, written by hand: parse, validate, compare with what is stored, write what changed under a
 * number, move the cursor; one transaction for each page. No lease, no decision which version wins, no rejected records, no resume, no log.
 */
export class Floor implements Contestant {
  readonly #path: string;
  readonly #pages: () => Pages;
  readonly #schema: RecordSchema;
  #opened: ReturnType<typeof openFloor> | undefined;
  #seq = 0;

  /** @param pages what `read` and `pass` read; not needed for `commit` */
  constructor(path: string, schema: RecordSchema, pages: () => Pages = noPages) {
    this.#path = path;
    this.#pages = pages;
    this.#schema = schema;
  }

  async open(): Promise<void> {
    await this.close();
    this.#opened = openFloor(this.#path);
  }

  async close(): Promise<void> {
    this.#opened?.db.close();
    this.#opened = undefined;
  }

  get #sql() {
    if (!this.#opened) throw new Error('open() comes first');
    return this.#opened.sql;
  }

  async read(): Promise<Outcome> {
    return this.#read(undefined);
  }

  async pass(): Promise<Outcome> {
    const marks = new Marks(this.#sql);
    const outcome = this.#read(marks);
    const deleted = this.#bury(marks);
    this.#sql.forget.run();
    return { ...outcome, deleted };
  }

  #read(marks: Marks | undefined): Outcome {
    const outcome = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 };
    const pages = this.#pages();
    const decoder = new TextDecoder();
    for (let page: string | null = '0'; page !== null;) {
      const body = JSON.parse(decoder.decode(pages.body(Number(page)))) as Page;
      const { inserted, updated, unchanged } = this.commit(body.records, marks);
      outcome.inserted += inserted;
      outcome.updated += updated;
      outcome.unchanged += unchanged;
      page = body.next;
    }
    return outcome;
  }

  /** Validates and stores one page, in a transaction. */
  commit(records: Page['records'], marks?: Marks): Outcome {
    const outcome = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 };
    const sql = this.#sql;
    const now = Date.now();
    let cursor = '';
    sql.begin.run();
    for (const raw of records) {
      const data = JSON.stringify(this.#schema.parse(raw));
      const key = String(raw.id);
      cursor = raw.updated_at;
      const found = sql.find.get(key);
      if (found === undefined) {
        const seq = ++this.#seq;
        sql.insert.run(seq, seq, now, key, data);
        outcome.inserted += 1;
      } else {
        if (found[1] === data) outcome.unchanged += 1;
        else {
          sql.update.run(++this.#seq, now, data, found[0]);
          outcome.updated += 1;
        }
        marks?.see(found[0]);
      }
    }
    marks?.flush();
    sql.meta.run(this.#seq, cursor);
    sql.commit.run();
    return outcome;
  }

  #bury(marks: Marks): number {
    const sql = this.#sql;
    let deleted = 0;
    for (let last = 0; ;) {
      const ids = sql.live.all(last);
      const missing = ids.filter((id) => !marks.hasSeen(id));
      for (let from = 0; from < missing.length; from += BATCH) {
        sql.begin.run();
        for (const id of missing.slice(from, from + BATCH))
          sql.bury.run(++this.#seq, Date.now(), id);
        sql.meta.run(this.#seq, null);
        sql.commit.run();
      }
      deleted += missing.length;
      if (ids.length < 4_000) return deleted;
      last = ids.at(-1)!;
    }
  }

  async feed(after: number): Promise<Feed> {
    const sum = new FeedSum();
    for (let last = after; ;) {
      const rows = this.#sql.feed.all(last, BATCH);
      for (const [seq, born, deleted, changedAt, key, data] of rows) {
        const kind = deleted === 1 ? 'delete' : born > after ? 'insert' : 'update';
        const record = JSON.parse(data) as Versioned;
        const change = { seq, kind, key, record, at: new Date(changedAt) } as const;
        if (kind !== 'delete' || born <= after) {
          sum.add(change.seq, change.kind, change.key, change.record);
        }
        last = seq;
      }
      if (rows.length < BATCH) return sum.feed;
    }
  }
}

function openFloor(path: string) {
  const db = new Database(path);
  db.pragma('page_size = 8192');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE IF NOT EXISTS meta (seq INTEGER NOT NULL, cursor TEXT);
    INSERT INTO meta SELECT 0, NULL WHERE NOT EXISTS (SELECT 1 FROM meta);
    CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, born INTEGER NOT NULL, deleted INTEGER NOT NULL,
      changed_at INTEGER NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS records_by_key ON records (key);
    CREATE UNIQUE INDEX IF NOT EXISTS records_by_seq ON records (seq);
    CREATE TABLE IF NOT EXISTS seen (chunk INTEGER PRIMARY KEY, bits BLOB NOT NULL);
  `);
  const sql = {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    find: db
      .prepare<[string], Found>('SELECT id, data, deleted FROM records WHERE key = ?')
      .raw(true),
    insert: db.prepare(
      'INSERT INTO records (seq, born, deleted, changed_at, key, data) VALUES (?, ?, 0, ?, ?, ?)',
    ),
    update: db.prepare('UPDATE records SET seq = ?, changed_at = ?, data = ? WHERE id = ?'),
    bury: db.prepare('UPDATE records SET seq = ?, changed_at = ?, deleted = 1 WHERE id = ?'),
    meta: db.prepare('UPDATE meta SET seq = ?, cursor = ?'),
    seen: db.prepare<[number], { bits: Uint8Array }>('SELECT bits FROM seen WHERE chunk = ?'),
    mark: db.prepare('INSERT OR REPLACE INTO seen VALUES (?, ?)'),
    forget: db.prepare('DELETE FROM seen'),
    live: db
      .prepare<[number], number>(
        'SELECT id FROM records WHERE id > ? AND deleted = 0 ORDER BY id LIMIT 4000',
      )
      .pluck(true),
    feed: db
      .prepare<[number, number], readonly [number, number, number, number, string, string]>(
        'SELECT seq, born, deleted, changed_at, key, data FROM records WHERE seq > ? ORDER BY seq LIMIT ?',
      )
      .raw(true),
  };
  return { db, sql };
}

function noPages(): never {
  throw new Error('there are no pages to read');
}

interface MarkStatements {
  readonly seen: Database.Statement<[number], { bits: Uint8Array }>;
  readonly mark: Database.Statement;
}

/** A durable bit for each row seen: the cheapest mark there is. */
class Marks {
  readonly #sql: MarkStatements;
  #number = -1;
  #bits: Uint8Array = new Uint8Array(CHUNK / 8);
  #isChanged = false;

  constructor(sql: MarkStatements) {
    this.#sql = sql;
  }

  see(id: number): void {
    this.#open(id);
    const at = id % CHUNK;
    this.#bits[at >> 3]! |= 1 << (at & 7);
    this.#isChanged = true;
  }

  hasSeen(id: number): boolean {
    this.#open(id);
    const at = id % CHUNK;
    return (this.#bits[at >> 3]! & (1 << (at & 7))) !== 0;
  }

  flush(): void {
    if (this.#isChanged) this.#sql.mark.run(this.#number, this.#bits);
    this.#isChanged = false;
  }

  #open(id: number): void {
    const number = Math.floor(id / CHUNK);
    if (number === this.#number) return;
    this.flush();
    this.#number = number;
    this.#bits = this.#sql.seen.get(number)?.bits ?? new Uint8Array(CHUNK / 8);
  }
}
