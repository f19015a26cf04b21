import { isEmptyLedger, ledgerEnd, type PermitLedger, servePermits } from '../permit-ledger.js';
import type { Block, PermitGrant, PermitStore } from '../permits.js';
import type { Database } from './database.js';

export function permitVerbs(db: Database): PermitStore {
  const sql = db.prepared((prepare) => ({
    get: prepare<{ readonly ledger: string }>('SELECT ledger FROM permits WHERE key = ?'),
    put: prepare<never>('INSERT OR REPLACE INTO permits (key, ends, ledger) VALUES (?, ?, ?)'),
    over: prepare<never>('DELETE FROM permits WHERE ends <= ?'),
    drop: prepare<never>('DELETE FROM permits WHERE key = ?'),
    until: prepare<{ readonly until: number }>('SELECT until FROM blocks WHERE scope = ?'),
    // Replaced, not updated: the new number is what others find it by.
    block: prepare<never>('INSERT OR REPLACE INTO blocks (scope, until) VALUES (?, ?)'),
    ended: prepare<never>('DELETE FROM blocks WHERE until <= ?'),
    blocks: prepare<Block & { readonly nr: number }>(
      'SELECT nr, scope, until FROM blocks WHERE nr > ? AND until > ? ORDER BY nr',
    ),
  }));

  const serve = (params: Parameters<PermitStore['takePermits']>[0]): readonly PermitGrant[] => {
    const ledgers = new Map<string, PermitLedger>();
    for (const { key } of params.reports) {
      const found = sql().get.get(key);
      if (found) ledgers.set(key, JSON.parse(found.ledger) as PermitLedger);
    }
    const grants = servePermits(ledgers, params);
    sql().over.run(params.now);
    for (const [key, ledger] of ledgers) {
      if (isEmptyLedger(ledger)) sql().drop.run(key);
      else sql().put.run(key, ledgerEnd(ledger), JSON.stringify(ledger));
    }
    return grants;
  };

  return {
    takePermits: (params) => db.write('takePermits', 'light', () => serve(params)),

    returnPermits: (params) =>
      db.write('returnPermits', 'light', () => {
        serve({ ...params, groups: [] });
      }),

    reportBlocked: ({ scope, until, now }) =>
      db.write('reportBlocked', 'light', () => {
        sql().ended.run(now);
        if (until <= Math.max(now, sql().until.get(scope)?.until ?? 0)) return;
        sql().block.run(scope, until);
      }),

    readBlocks: ({ now, after }) =>
      db.read('readBlocks', () => {
        const rows = sql().blocks.all(after, now);
        const blocks = rows.map(({ scope, until }) => ({ scope, until }));
        return { blocks, after: rows.at(-1)?.nr ?? after };
      }),
  };
}
