import type { Database } from './database.js';

/** How many rows one transaction removes: so many that it pays, so few that nobody waits for it. */
const SLICE = 500;

/**
 * Removing a connection: one short transaction takes it out of everybody's sight, together with its streams and their leases; its rows
 * are then removed in slices. What a crash leaves of them is removed when the store is opened next.
 */
export function removalOf(db: Database): (connector: string, id: string) => Promise<boolean> {
  const sql = db.prepared((prepare) => ({
    exists: prepare<unknown>('SELECT 1 FROM connections WHERE connector = ? AND id = ?'),
    logs: prepare<never>(
      `DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE connector = ? AND connection = ? LIMIT ${SLICE})`,
    ),
    traffic: prepare<never>(
      `DELETE FROM traffic WHERE id IN (SELECT id FROM traffic WHERE connector = ? AND connection = ? LIMIT ${SLICE})`,
    ),
    lastTraffic: prepare<never>('DELETE FROM traffic WHERE connector = ? AND connection = ?'),
    lastLogs: prepare<never>('DELETE FROM logs WHERE connector = ? AND connection = ?'),
    connection: prepare<never>('DELETE FROM connections WHERE connector = ? AND id = ?'),
    detach: prepare<never>(
      'UPDATE streams SET connector = NULL, connection = NULL WHERE connector = ? AND connection = ?',
    ),
  }));

  return async (connector, id) => {
    const verb = 'deleteConnection';
    const exists = await db.read(verb, () => sql().exists.get(connector, id));
    if (exists === undefined) return false;
    // Logs and traffic go first: should this not come to its end, the connection is still there to be deleted again.
    const logs = () => sql().logs.run(connector, id).changes;
    const { breathe } = db.pieces();
    while ((await db.write(verb, 'light', logs)) === SLICE) await breathe();
    const traffic = () => sql().traffic.run(connector, id).changes;
    while ((await db.write(verb, 'light', traffic)) === SLICE) await breathe();
    const removed = await db.write(verb, 'durable', () => {
      sql().lastLogs.run(connector, id);
      sql().lastTraffic.run(connector, id);
      sql().detach.run(connector, id);
      return sql().connection.run(connector, id).changes === 1;
    });
    await sweep(db);
    return removed;
  };
}

/** Removes what is left of streams whose connection is gone. */
export async function sweep(db: Database): Promise<void> {
  const next = () =>
    db
      .prepare<{ readonly id: number }>('SELECT id FROM streams WHERE connector IS NULL LIMIT 1')
      .get();
  const { breathe } = db.pieces();
  for (;;) {
    const stream = await db.read('sweep', next);
    if (!stream) return;
    for (const statement of removals) {
      const slice = () => db.prepare<never>(statement).run(stream.id).changes;
      while ((await db.write('sweep', 'light', slice)) >= SLICE) await breathe();
      await breathe();
    }
  }
}

/** Each removes a slice of what belongs to a stream; the stream's row goes last. */
const removals: readonly string[] = [
  ...['records', 'rejected'].map(
    (table) =>
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE stream_id = ? LIMIT ${SLICE})`,
  ),
  `DELETE FROM versions WHERE seq IN (SELECT seq FROM versions WHERE stream_id = ? LIMIT ${SLICE})`,
  `DELETE FROM runs WHERE nr IN (SELECT nr FROM runs WHERE stream_id = ? LIMIT ${SLICE})`,
  `DELETE FROM positions WHERE (stream_id, partition) IN (SELECT stream_id, partition FROM positions WHERE stream_id = ? LIMIT ${SLICE})`,
  `DELETE FROM seen WHERE (pass_id, chunk) IN
     (SELECT pass_id, chunk FROM seen WHERE pass_id IN (SELECT id FROM passes WHERE stream_id = ?) LIMIT ${SLICE})`,
  'DELETE FROM passes WHERE stream_id = ?',
  'DELETE FROM streams WHERE id = ?',
];
