import type {
  CommitParams,
  CommitResult,
  CommitStore,
  IncomingDelete,
  IncomingRecord,
  Verdict,
} from '../commits.js';
import { countNames, countVerdict } from '../counts.js';
import { misuse } from '../refusals.js';
import { checkVerdict } from '../verdicts.js';
import { originCode } from './codes.js';
import type { Database } from './database.js';
import { Bitmaps } from './marks.js';
import type { Marks } from './marks.js';
import { NewRows, prepareInserts } from './new-rows.js';
import { Rejected } from './rejected.js';
import { AT_ONCE, FoundRecord, foundColumns, placeOf } from './rows.js';
import type { FoundIn, FoundTuple, RestOfFound } from './rows.js';
import { Streams } from './streams.js';
import type { StreamRow } from './streams.js';

export function commitVerbs(db: Database): CommitStore {
  const tables = new CommitTables(db);
  return {
    commit: (params) =>
      db.write('commit', 'durable', () => new Commit(tables, params, tables.target(params)).run()),
  };
}

/** The statements of a commit, prepared once. */
class CommitTables {
  readonly #streams;
  readonly rejected;
  readonly bitmaps;
  readonly sql;

  constructor(db: Database) {
    this.#streams = new Streams(db);
    this.rejected = new Rejected(db);
    this.bitmaps = new Bitmaps(db);
    this.sql = db.prepared((prepare) => ({
      // One statement for many keys takes half the time of one for each. CROSS JOIN: the keys lead, whatever the planner thinks.
      find: db.prepareRaw<FoundTuple>(
        `SELECT ${foundColumns} FROM json_each(?) AS wanted CROSS JOIN records r
         WHERE r.stream_id = ? AND r.key = wanted.value`,
      ),
      rest: prepare<RestOfFound>(
        'SELECT received_at, seq, partition, schema_version FROM records WHERE id = ?',
      ),
      known: prepare<{ readonly id: number; readonly deleted: number; readonly born_seq: number }>(
        'SELECT id, deleted, born_seq FROM records WHERE stream_id = ? AND key = ?',
      ),
      inserts: prepareInserts(db),
      write: prepare<never>(
        `UPDATE records SET deleted = 0, seq = ?, born_seq = ifnull(?, born_seq), changed_at = ?, origin = ?, schema_version = ?, received_at = ?,
           partition = ifnull(?, partition), version = ?, data = ? WHERE id = ?`,
      ),
      refresh: prepare<never>(
        `UPDATE records SET origin = ?, schema_version = ?, received_at = ?, partition = ifnull(?, partition), version = ?, data = ? WHERE id = ?`,
      ),
      bury: prepare<never>(
        `UPDATE records SET deleted = 1, seq = ?, changed_at = ?, origin = ?, received_at = ?, version = ifnull(?, version) WHERE id = ?`,
      ),
      redate: prepare<never>(
        'UPDATE records SET origin = ?, received_at = ?, version = ifnull(?, version) WHERE id = ?',
      ),
      supersede: prepare<never>(
        `INSERT INTO versions (seq, stream_id, feed_id, born_seq, first_seq, deleted, origin, received_at, changed_at, superseded_at, key, data)
         SELECT seq, stream_id, feed_id, born_seq, first_seq, deleted, origin, received_at, changed_at, ?, key, data FROM records WHERE id = ?`,
      ),
      seq: prepare<{ readonly seq: number }>('SELECT seq FROM meta'),
      setSeq: prepare<never>('UPDATE meta SET seq = ?'),
      changed: prepare<never>('UPDATE streams SET last_seq = ?, live = live + ? WHERE id = ?'),
      // Most pages leave it as it is: then nothing is written.
      state: prepare<never>('UPDATE streams SET state = ? WHERE id = ? AND state IS NOT ?'),
      position: prepare<never>(
        'INSERT OR REPLACE INTO positions (stream_id, partition, position) VALUES (?, ?, ?)',
      ),
      dropPosition: prepare<never>('DELETE FROM positions WHERE stream_id = ? AND partition = ?'),
      count: prepare<never>(
        `UPDATE runs SET ${countNames.map((name) => `${name} = ${name} + ?`).join(', ')} WHERE id = ?`,
      ),
    }));
  }

  /** What few decisions ask for of a row. Of the tables, not of a commit: rows that V8 keeps for long would keep all that was committed with them. */
  readonly rest = (id: number): RestOfFound => {
    const row = this.sql().rest.get(id);
    if (!row) throw new Error(`the row ${id} is gone within the transaction that found it`);
    return row;
  };

  /** The stream to commit to, if the commit may. */
  target({ ref, lease, state, positions }: CommitParams): StreamRow {
    if (lease) return this.#streams.leased(lease, 'commit');
    if (state !== undefined || positions !== undefined) {
      throw misuse('commit: state and positions are committed with a lease only.', { ...ref });
    }
    return this.#streams.ensure(ref, 'commit');
  }
}

/** One commit, within its transaction. */
class Commit {
  readonly #tables: CommitTables;
  readonly #sql: ReturnType<CommitTables['sql']>;
  readonly #params: CommitParams;
  readonly #stream: number;
  readonly #origin: number;
  readonly #passes: readonly Marks[];
  readonly #newRows: NewRows;
  readonly #answers: boolean;
  readonly #counts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, stale: 0 };
  readonly #staleKeys: string[] = [];
  readonly #firstSeq: number;
  #seq: number;

  constructor(tables: CommitTables, params: CommitParams, stream: StreamRow) {
    this.#tables = tables;
    this.#sql = tables.sql();
    this.#params = params;
    this.#stream = stream.id;
    this.#origin = originCode(params.origin);
    this.#newRows = new NewRows(this.#sql.inserts, stream, this.#origin, params);
    this.#passes = tables.bitmaps.passes(stream.id);
    this.#answers = tables.rejected.any(stream.id);
    this.#firstSeq = this.#seq = this.#sql.seq.get()?.seq ?? 0;
  }

  run(): CommitResult {
    const { items } = this.#params;
    for (let from = 0; from < items.length; from += AT_ONCE)
      this.#some(items.slice(from, from + AT_ONCE));
    this.#newRows.flush();
    this.#keepRejected();
    this.#finish();
    return { ...this.#counts, staleKeys: this.#staleKeys, seq: this.#seq };
  }

  #some(items: readonly (IncomingRecord | IncomingDelete)[]): void {
    const keys = JSON.stringify(items.map(({ key }) => key));
    const { partition, schemaVersion } = this.#params;
    const rows = this.#sql.find.all(partition, schemaVersion, keys, this.#stream);
    const commit: FoundIn = { partition, schemaVersion, rest: this.#tables.rest };
    let next = 0;
    items.forEach((incoming, at) => {
      const row = rows[next];
      const isFound = row !== undefined && placeOf(row) === at;
      if (isFound) next += 1;
      this.#one(incoming, isFound ? new FoundRecord(row, incoming.key, commit) : undefined);
    });
  }

  #one(incoming: IncomingRecord | IncomingDelete, found: FoundRecord | undefined): void {
    const verdict = this.#decide(incoming, found);
    if (found) for (const pass of this.#passes) pass.see(found, verdict === 'delete');
    countVerdict(this.#counts, verdict);
    if (verdict === 'stale') this.#staleKeys.push(incoming.key);
    else if (this.#answers) this.#answerRejected(incoming, found, verdict);
    if (incoming.kind === 'record') this.#writeRecord(incoming, found?.id, verdict);
    else if (found) this.#writeDelete(incoming, found.id, verdict);
  }

  #decide(incoming: IncomingRecord | IncomingDelete, found: FoundRecord | undefined): Verdict {
    if (incoming.kind === 'delete' && incoming.unseenIn !== undefined) {
      const { unseenIn } = incoming;
      const pass = this.#passes.find((each) => each.pass.name === unseenIn);
      if (!found || !pass?.judges(found) || pass.hasSeen(found.id)) return 'ignore';
    }
    const verdict = this.#params.decide(incoming, found);
    checkVerdict(verdict, incoming, found);
    return verdict;
  }

  #writeRecord(incoming: IncomingRecord, id: number | undefined, verdict: Verdict): void {
    const { now, schemaVersion, receivedAt, partition } = this.#params;
    const origin = this.#origin;
    const { version, data } = incoming;
    if (verdict === 'insert' || verdict === 'update') {
      const seq = ++this.#seq;
      if (id === undefined) {
        this.#newRows.add(seq, incoming);
        return;
      }
      this.#supersede(id);
      const born = verdict === 'insert' ? seq : null;
      // prettier-ignore
      this.#sql.write.run(seq, born, now, origin, schemaVersion, receivedAt, partition, version, data, id);
    } else if (verdict === 'refresh' && id !== undefined) {
      this.#sql.refresh.run(origin, schemaVersion, receivedAt, partition, version, data, id);
    }
  }

  /** Keeps a version that is about to be replaced. */
  #supersede(id: number): void {
    if (this.#params.history === true) this.#sql.supersede.run(this.#params.now, id);
  }

  #writeDelete({ version }: IncomingDelete, id: number, verdict: Verdict): void {
    const { now, receivedAt } = this.#params;
    if (verdict === 'delete') {
      this.#supersede(id);
      this.#sql.bury.run(++this.#seq, now, this.#origin, receivedAt, version, id);
    } else if (verdict === 'refresh') {
      this.#sql.redate.run(this.#origin, receivedAt, version, id);
    }
  }

  /** What was stored or deleted leaves the rejected ones; so does what is deleted without having been stored. */
  #answerRejected(
    incoming: IncomingRecord | IncomingDelete,
    found: FoundRecord | undefined,
    verdict: Verdict,
  ): void {
    const guarded = incoming.kind === 'delete' && incoming.unseenIn !== undefined;
    if (verdict === 'ignore' && (guarded || found?.deleted === false)) return;
    this.#tables.rejected.answer(this.#stream, incoming.key);
  }

  #keepRejected(): void {
    const { rejected, settles } = this.#params;
    if (settles) this.#tables.rejected.settle(this.#stream, settles);
    for (const incoming of rejected) {
      this.#tables.rejected.keep(this.#stream, this.#params, incoming);
      if (incoming.key === null || this.#passes.length === 0) continue;
      const row = this.#sql.known.get(this.#stream, incoming.key);
      if (!row) continue;
      const { id, deleted, born_seq: bornSeq } = row;
      for (const pass of this.#passes) pass.see({ id, deleted: deleted === 1, bornSeq }, false);
    }
  }

  #finish(): void {
    const { state, positions, lease, counts } = this.#params;
    for (const pass of this.#passes) pass.flush();
    if (this.#seq !== this.#firstSeq) {
      this.#sql.setSeq.run(this.#seq);
      this.#sql.changed.run(this.#seq, this.#counts.inserted - this.#counts.deleted, this.#stream);
    }
    if (state !== undefined) {
      const text = JSON.stringify(state);
      this.#sql.state.run(text, this.#stream, text);
    }
    for (const { partition, position } of positions ?? []) {
      if (position === null) this.#sql.dropPosition.run(this.#stream, partition);
      else this.#sql.position.run(this.#stream, partition, JSON.stringify(position));
    }
    if (!lease) return;
    const verdicts: CommitParams['counts'] = this.#counts;
    const added = countNames.map((name) => (counts[name] ?? 0) + (verdicts[name] ?? 0));
    this.#sql.count.run(...added, lease.run);
  }
}
