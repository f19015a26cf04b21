import type { Conditions } from './codes.js';
import type { Database } from './database.js';

/** How many ids one piece of a search goes through. */
const PIECE = 4_000;

/** Rows of a table by rising id. A filter may fit few rows among many: the search goes in pieces, and others have their turn between them. */
export async function readInPieces<Row>(
  db: Database,
  verb: string,
  table: 'logs' | 'traffic',
  where: Conditions,
  { after = 0, limit }: { readonly after?: number | undefined; readonly limit: number },
): Promise<readonly Row[]> {
  const ends = `SELECT (SELECT min(id) FROM ${table}) AS first, (SELECT max(id) FROM ${table}) AS last`;
  const { first, last } = await db.read(
    verb,
    () => db.prepare<Ends>(ends).get() ?? { first: null, last: null },
  );
  const sql = `SELECT * FROM ${table} WHERE id > ? AND id <= ? AND ${where.sql} ORDER BY id LIMIT ?`;
  const page: Row[] = [];
  const { breathe } = db.pieces();
  for (
    let from = Math.max(after, (first ?? 0) - 1);
    from < (last ?? 0) && page.length < limit;
    from += PIECE
  ) {
    const piece = await db.read(verb, () =>
      db.prepare<Row>(sql).all(from, from + PIECE, ...where.params, limit - page.length),
    );
    page.push(...piece);
    await breathe();
  }
  return page;
}

interface Ends {
  readonly first: number | null;
  readonly last: number | null;
}
