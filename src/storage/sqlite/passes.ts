import type { StoreError } from '../../core/errors.js';
import type { VersionValue } from '../commits.js';
import type { PassStore } from '../passes.js';
import { leaseLost, misuse } from '../refusals.js';
import type { StreamRef } from '../stream-ref.js';
import type { Database } from './database.js';
import { Bitmaps } from './marks.js';
import type { Marks } from './marks.js';
import { Streams } from './streams.js';

/** How many rows one piece of looking for missing ones goes through. */
const PIECE = 4_000;

export function passVerbs(db: Database): PassStore {
  const passes = new Passes(db);
  return {
    openPass: (params) => db.write('openPass', 'durable', () => passes.open(params)),

    countPass: ({ ref, pass }) =>
      db.read('countPass', () => {
        const { judged, missing } = passes.find(ref, pass).marks.pass;
        return { judged, missing };
      }),

    readPass: (params) =>
      params.missing
        ? readMissing(db, passes, params)
        : db.read('readPass', () => passes.judged(params)),

    markSeen: (params) => db.write('markSeen', 'durable', () => passes.markSeen(params)),
    holdPass: (params) => db.write('holdPass', 'durable', () => passes.hold(params)),
    dropPass: (params) => db.write('dropPass', 'durable', () => passes.drop(params)),
    heldPass: ({ ref }) => db.read('heldPass', () => passes.held(ref)),
  };
}

type Params<Verb extends keyof PassStore> = Parameters<PassStore[Verb]>[0];
interface PassKey {
  readonly key: string;
  readonly version: VersionValue;
}

/** Looks through the stream's keys in pieces: where little is missing, many rows lie between two that are. */
async function readMissing(
  db: Database,
  passes: Passes,
  { ref, pass, after, limit }: Params<'readPass'>,
): Promise<readonly PassKey[]> {
  const page: PassKey[] = [];
  const { breathe } = db.pieces();
  for (let last: string | undefined = after ?? ''; last !== undefined && page.length < limit;) {
    const from: string = last;
    const piece = await db.read('readPass', () =>
      passes.missing(ref, pass, from, limit - page.length),
    );
    page.push(...piece.rows);
    last = piece.last;
    await breathe();
  }
  return page;
}

/** The steps of the verbs, each within one transaction. */
class Passes {
  readonly #streams;
  readonly #bitmaps;
  readonly #sql;

  constructor(db: Database) {
    this.#streams = new Streams(db);
    this.#bitmaps = new Bitmaps(db);
    this.#sql = db.prepared((prepare) => ({
      open: prepare<never>(
        `INSERT INTO passes (stream_id, name, held, seq, judged, missing)
         SELECT id, ?, 0, (SELECT seq FROM meta), live, live FROM streams WHERE id = ?`,
      ),
      hold: prepare<never>('UPDATE passes SET held = 1 WHERE id = ?'),
      drop: prepare<never>('DELETE FROM passes WHERE id = ?'),
      dropSeen: prepare<never>('DELETE FROM seen WHERE pass_id = ?'),
      judged: prepare<PassKey>(
        `SELECT key, version FROM records
         WHERE stream_id = ? AND key > ? AND deleted = 0 AND born_seq <= ? ORDER BY key LIMIT ?`,
      ),
      // Nearly all of them have been seen: their keys are not read.
      ids: db.prepareFirst<number>(
        'SELECT id FROM records WHERE stream_id = ? AND key > ? ORDER BY key LIMIT ?',
      ),
      known: prepare<{ readonly id: number; readonly deleted: number; readonly born_seq: number }>(
        'SELECT id, deleted, born_seq FROM records WHERE stream_id = ? AND key = ?',
      ),
      row: prepare<{
        readonly key: string;
        readonly version: VersionValue;
        readonly deleted: number;
        readonly born_seq: number;
      }>('SELECT key, version, deleted, born_seq FROM records WHERE id = ?'),
    }));
  }

  open({ lease, pass }: Params<'openPass'>): void {
    const { id } = this.#streams.leased(lease, 'openPass');
    const present = this.#bitmaps.passes(id);
    if (present.some((each) => each.pass.name === pass && each.pass.held === 1)) {
      throw misuse(`openPass: pass '${pass}' is held already; take another name.`, {
        ...lease.ref,
        pass,
      });
    }
    this.#remove(present.find((each) => each.pass.held === 0));
    this.#sql().open.run(pass, id);
  }

  /** The pass of that name and its stream; throws when there is none. */
  find(ref: StreamRef, name: string): { readonly stream: number; readonly marks: Marks } {
    const stream = this.#streams.find(ref)?.id;
    const marks = stream === undefined ? undefined : this.#named(stream, name);
    if (stream === undefined || !marks) throw noPass(ref, name);
    return { stream, marks };
  }

  judged({ ref, pass, after = '', limit }: Params<'readPass'>): readonly PassKey[] {
    const { stream, marks } = this.find(ref, pass);
    return this.#sql().judged.all(stream, after, marks.pass.seq, limit);
  }

  /** One piece: the missing ones in it, and where to go on unless that was the end. */
  missing(
    ref: StreamRef,
    pass: string,
    after: string,
    limit: number,
  ): { readonly rows: readonly PassKey[]; readonly last: string | undefined } {
    const { stream, marks } = this.find(ref, pass);
    const rows: PassKey[] = [];
    if (marks.pass.missing === 0) return { rows, last: undefined };
    const ids = this.#sql().ids.all(stream, after, PIECE);
    const { row } = this.#sql();
    for (const id of ids) {
      if (marks.hasSeen(id)) continue;
      const found = row.get(id);
      if (!found || !marks.judges({ id, deleted: found.deleted === 1, bornSeq: found.born_seq })) {
        continue;
      }
      const { key, version } = found;
      rows.push({ key, version });
      if (rows.length === limit) return { rows, last: key };
    }
    return { rows, last: ids.length < PIECE ? undefined : row.get(ids.at(-1))?.key };
  }

  markSeen({ lease, pass, keys }: Params<'markSeen'>): void {
    this.#streams.leased(lease, 'markSeen');
    const { stream, marks } = this.find(lease.ref, pass);
    for (const key of keys) {
      const row = this.#sql().known.get(stream, key);
      if (row) {
        const { id, deleted, born_seq: bornSeq } = row;
        marks.see({ id, deleted: deleted === 1, bornSeq }, false);
      }
    }
    marks.flush();
  }

  hold({ lease, pass }: Params<'holdPass'>): void {
    const { id } = this.#streams.leased(lease, 'holdPass');
    const found = this.#named(id, pass);
    if (!found) throw noPass(lease.ref, pass);
    if (found.pass.held === 1) return;
    this.#remove(this.#bitmaps.passes(id).find((each) => each.pass.held === 1));
    this.#sql().hold.run(found.pass.id);
  }

  drop({ ref, lease, pass }: Params<'dropPass'>): void {
    const stream = lease ? this.#streams.leased(lease, 'dropPass') : this.#streams.find(ref);
    const found = stream && this.#named(stream.id, pass);
    if (!found) return;
    if (!lease && found.pass.held === 0) {
      throw leaseLost({ ref, run: '(none)', token: 0 }, 'dropPass without a lease');
    }
    this.#remove(found);
  }

  held(ref: StreamRef): string | undefined {
    const stream = this.#streams.find(ref);
    if (!stream) return undefined;
    return this.#bitmaps.passes(stream.id).find((each) => each.pass.held === 1)?.pass.name;
  }

  #named(stream: number, name: string): Marks | undefined {
    return this.#bitmaps.passes(stream).find((each) => each.pass.name === name);
  }

  #remove(marks: Marks | undefined): void {
    if (!marks) return;
    this.#sql().dropSeen.run(marks.pass.id);
    this.#sql().drop.run(marks.pass.id);
  }
}

function noPass(ref: StreamRef, pass: string): StoreError {
  return misuse(
    `There is no open or held pass '${pass}' of stream '${ref.stream}' of ${ref.connector}/${ref.connection}. ` +
      'It was dropped or replaced; open a new one.',
    { ...ref, pass },
  );
}
