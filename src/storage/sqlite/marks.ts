import type { Database } from './database.js';

/** Row ids in one chunk of a bitmap: small enough to be rewritten for a few bits, large enough to be few. */
const CHUNK = 4_096;

export interface PassRow {
  readonly id: number;
  readonly name: string;
  readonly held: number;
  /** It judges live records that were born up to this number. */
  readonly seq: number;
  readonly judged: number;
  readonly missing: number;
}

/** What a pass needs to know of a record. */
export interface Judged {
  readonly id: number;
  readonly deleted: boolean;
  readonly bornSeq: number;
}

/** Which rows the passes of a stream have seen: a bit for each row id, in chunks. */
export class Bitmaps {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = db.prepared((prepare) => ({
      passes: prepare<PassRow>('SELECT * FROM passes WHERE stream_id = ?'),
      chunk: prepare<{ readonly bits: Uint8Array }>(
        'SELECT bits FROM seen WHERE pass_id = ? AND chunk = ?',
      ),
      put: prepare<never>('INSERT OR REPLACE INTO seen (pass_id, chunk, bits) VALUES (?, ?, ?)'),
      count: prepare<never>('UPDATE passes SET judged = ?, missing = ? WHERE id = ?'),
    }));
  }

  /** The open and the held pass of a stream, each as it is now. */
  passes(streamId: number): readonly Marks[] {
    const rows = this.#sql().passes.all(streamId);
    return rows.map((row) => new Marks(row, this));
  }

  read(pass: number, chunk: number): Uint8Array | undefined {
    return this.#sql().chunk.get(pass, chunk)?.bits;
  }

  write(pass: number, chunk: number, bits: Uint8Array): void {
    this.#sql().put.run(pass, chunk, bits);
  }

  writeCounts(pass: number, judged: number, missing: number): void {
    this.#sql().count.run(judged, missing, pass);
  }
}

/** One pass within one transaction: reads chunks as they are asked for, and writes those that changed. */
export class Marks {
  readonly pass: PassRow;
  readonly #bitmaps: Bitmaps;
  readonly #chunks = new Map<number, Chunk>();
  #latest: Chunk | undefined;
  #judged: number;
  #missing: number;

  constructor(pass: PassRow, bitmaps: Bitmaps) {
    this.pass = pass;
    this.#bitmaps = bitmaps;
    this.#judged = pass.judged;
    this.#missing = pass.missing;
  }

  judges(row: Judged): boolean {
    return !row.deleted && row.bornSeq <= this.pass.seq;
  }

  hasSeen(id: number): boolean {
    const { bits } = this.#chunk(id);
    const at = id % CHUNK;
    return ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }

  /** Marks a row as it was before the commit; `deletes`: the commit leaves a tombstone of it. */
  see(row: Judged, deletes: boolean): void {
    const judged = this.judges(row);
    if (judged && deletes) this.#judged -= 1;
    const chunk = this.#chunk(row.id);
    const at = row.id % CHUNK;
    const byte = chunk.bits[at >> 3] ?? 0;
    const bit = 1 << (at & 7);
    if ((byte & bit) !== 0) return;
    chunk.bits[at >> 3] = byte | bit;
    chunk.changed = true;
    if (judged) this.#missing -= 1;
  }

  flush(): void {
    const { id, judged, missing } = this.pass;
    for (const { number, bits, changed } of this.#chunks.values()) {
      if (changed) this.#bitmaps.write(id, number, bits);
    }
    if (this.#judged !== judged || this.#missing !== missing) {
      this.#bitmaps.writeCounts(id, this.#judged, this.#missing);
    }
  }

  #chunk(id: number): Chunk {
    const number = Math.floor(id / CHUNK);
    if (this.#latest?.number === number) return this.#latest;
    let chunk = this.#chunks.get(number);
    if (!chunk) {
      const bits = this.#bitmaps.read(this.pass.id, number) ?? new Uint8Array(CHUNK / 8);
      chunk = { number, bits, changed: false };
      this.#chunks.set(number, chunk);
    }
    return (this.#latest = chunk);
  }
}

interface Chunk {
  readonly number: number;
  readonly bits: Uint8Array;
  changed: boolean;
}
