import type { ConsumerClaim, ConsumerStore } from '../consumers.js';
import { consumerLost, misuse } from '../refusals.js';
import type { Database } from './database.js';

interface StoredConsumer {
  readonly connector: string;
  readonly stream: string;
  readonly offset: number;
  readonly token: number;
  readonly owner: string | null;
  readonly until: number | null;
}

export function consumerVerbs(db: Database): ConsumerStore {
  const sql = db.prepared((prepare) => ({
    get: prepare<StoredConsumer>('SELECT * FROM consumers WHERE name = ?'),
    seq: prepare<{ readonly seq: number }>('SELECT seq FROM meta'),
    create: prepare<never>(
      'INSERT INTO consumers (name, connector, stream, offset, token) VALUES (?, ?, ?, ?, 0)',
    ),
    claim: prepare<never>('UPDATE consumers SET token = ?, owner = ?, until = ? WHERE name = ?'),
    move: prepare<never>('UPDATE consumers SET offset = ? WHERE name = ? AND token = ?'),
    release: prepare<never>(
      'UPDATE consumers SET owner = NULL, until = NULL WHERE name = ? AND token = ?',
    ),
  }));

  const claim = (
    params: Parameters<ConsumerStore['claimConsumer']>[0],
  ): ConsumerClaim | undefined => {
    const { name, connector, stream, startAt, owner, now, leaseMs } = params;
    if (!sql().get.get(name)) {
      const offset = startAt === 'now' ? (sql().seq.get()?.seq ?? 0) : startAt;
      sql().create.run(name, connector, stream, offset);
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
    return { name, token, offset: found.offset };
  };

  return {
    claimConsumer: async (params) => {
      // Where a new consumer begins must survive a power cut; who holds one need not.
      const known = await db.read('claimConsumer', () => sql().get.get(params.name));
      return db.write('claimConsumer', known ? 'light' : 'durable', () => claim(params));
    },

    moveConsumer: ({ name, token, offset }) =>
      db.write('moveConsumer', 'durable', () => {
        if (sql().move.run(offset, name, token).changes === 0) {
          throw consumerLost(name, token, 'moveConsumer');
        }
      }),

    releaseConsumer: ({ name, token }) =>
      db.write('releaseConsumer', 'light', () => {
        sql().release.run(name, token);
      }),

    getConsumer: ({ name }) =>
      db.read('getConsumer', () => {
        const found = sql().get.get(name);
        return found && { offset: found.offset };
      }),
  };
}
