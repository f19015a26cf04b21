import type { ConsumerClaim, ConsumerStore } from '../consumers.js';
import { consumerLost, misuse } from '../refusals.js';
import type { Database } from './database.js';

interface StoredConsumer {
  readonly connector: string;
  readonly stream: string;
  readonly offset: number;
  readonly anew: number;
  readonly reset: number;
  readonly token: number;
  readonly owner: string | null;
  readonly until: number | null;
}

const MOVE = `UPDATE consumers SET offset = ?, reset = ?, anew = iif(?, (SELECT seq FROM meta), anew)
  WHERE name = ? AND token = ?`;

export function consumerVerbs(db: Database): ConsumerStore {
  const sql = db.prepared((prepare) => ({
    get: prepare<StoredConsumer>('SELECT * FROM consumers WHERE name = ?'),
    seq: prepare<{ readonly seq: number }>('SELECT seq FROM meta'),
    create: prepare<never>(
      'INSERT INTO consumers (name, connector, stream, offset, anew, token) VALUES (?, ?, ?, ?, ?, 0)',
    ),
    claim: prepare<never>('UPDATE consumers SET token = ?, owner = ?, until = ? WHERE name = ?'),
    move: prepare<never>(MOVE),
    release: prepare<never>(
      'UPDATE consumers SET owner = NULL, until = NULL WHERE name = ? AND token = ?',
    ),
  }));

  const claim = (
    params: Parameters<ConsumerStore['claimConsumer']>[0],
  ): ConsumerClaim | undefined => {
    const { name, connector, stream, startAt, owner, now, leaseMs } = params;
    if (!sql().get.get(name)) {
      const latest = sql().seq.get()?.seq ?? 0;
      const offset = startAt === 'now' ? latest : startAt;
      sql().create.run(name, connector, stream, offset, startAt === 0 ? latest : 0);
    }
    const found = sql().get.get(name);
    if (found?.connector !== connector || found.stream !== stream) {
      throw misuse(
        `claimConsumer: consumer '${name}' reads ${found?.connector}/${found?.stream}; a consumer of ${connector}/${stream} needs another name.`,
        { connector, stream, consumer: name },
      );
    }
    const held = found.owner !== null && (found.until ?? -Infinity) > now;
    if (held && found.owner !== owner) return undefined;
    const token = found.owner === owner ? found.token : found.token + 1;
    sql().claim.run(token, owner, now + leaseMs, name);
    const { offset, anew, reset } = found;
    return { name, token, offset, anew, reset: reset === 1 };
  };

  return {
    claimConsumer: async (params) => {
      // Where a new consumer begins must survive a power cut; who holds one need not.
      const known = await db.read('claimConsumer', () => sql().get.get(params.name));
      return db.write('claimConsumer', known ? 'light' : 'durable', () => claim(params));
    },

    moveConsumer: ({ name, token, offset, reset = false }) =>
      db.write('moveConsumer', 'durable', () => {
        if (
          sql().move.run(offset, reset ? 1 : 0, offset === 0 ? 1 : 0, name, token).changes === 0
        ) {
          throw consumerLost(name, token, 'moveConsumer');
        }
      }),

    releaseConsumer: ({ name, token }) =>
      db.write('releaseConsumer', 'light', () => void sql().release.run(name, token)),

    getConsumer: ({ name }) =>
      db.read('getConsumer', () => {
        const found = sql().get.get(name);
        return found && { offset: found.offset };
      }),
  };
}
