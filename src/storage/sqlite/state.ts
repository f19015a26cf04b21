import type { RunStore } from '../runs.js';
import { fromJson } from './codes.js';
import type { Database } from './database.js';
import { Streams } from './streams.js';

interface StoredPosition {
  readonly partition: string;
  readonly position: string;
}

/** Reading what the engine remembers of a stream; it is written by commits. */
export function stateVerbs(
  db: Database,
): Pick<RunStore, 'getStreamState' | 'getPosition' | 'listPositions'> {
  const streams = new Streams(db);
  const sql = db.prepared((prepare) => ({
    state: prepare<{ readonly state: string | null }>('SELECT state FROM streams WHERE id = ?'),
    one: prepare<StoredPosition>(
      'SELECT partition, position FROM positions WHERE stream_id = ? AND partition = ?',
    ),
    first: prepare<StoredPosition>(
      'SELECT partition, position FROM positions WHERE stream_id = ? ORDER BY partition LIMIT ?',
    ),
    next: prepare<StoredPosition>(
      `SELECT partition, position FROM positions WHERE stream_id = ? AND partition > ?
       ORDER BY partition LIMIT ?`,
    ),
  }));

  return {
    getStreamState: ({ ref }) =>
      db.read('getStreamState', () => {
        const stream = streams.find(ref);
        const state = stream && sql().state.get(stream.id)?.state;
        return typeof state === 'string' ? fromJson(state) : undefined;
      }),

    getPosition: ({ ref, partition }) =>
      db.read('getPosition', () => {
        const stream = streams.find(ref);
        const found = stream && sql().one.get(stream.id, partition);
        return found && fromJson(found.position);
      }),

    listPositions: ({ ref, after, limit }) =>
      db.read('listPositions', () => {
        const stream = streams.find(ref);
        if (!stream) return [];
        // The name of a partition may be empty: there is no text before all others.
        const found =
          after === undefined
            ? sql().first.all(stream.id, limit)
            : sql().next.all(stream.id, after, limit);
        return found.map(({ partition, position }) => ({
          partition,
          position: fromJson(position),
        }));
      }),
  };
}
