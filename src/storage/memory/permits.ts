import { isEmptyLedger, ledgerEnd, type PermitLedger, servePermits } from '../permit-ledger.js';
import type { PermitReport, PermitStore } from '../permits.js';
import type { Tables } from './tables.js';

/** So many limits are kept before those that have ended are looked for. */
const FIRST_SWEEP = 1_000;

interface MemoryBlock {
  readonly until: number;
  readonly nr: number;
}

export function permitVerbs(tables: Tables): PermitStore {
  const ledgers = new Map<string, PermitLedger>();
  const blocks = new Map<string, MemoryBlock>();
  let lastBlock = 0;
  let sweepAt = FIRST_SWEEP;

  const sweep = (now: number): void => {
    for (const [key, ledger] of ledgers) if (ledgerEnd(ledger) <= now) ledgers.delete(key);
    sweepAt = Math.max(FIRST_SWEEP, 2 * ledgers.size);
  };

  const serve = (params: Parameters<PermitStore['takePermits']>[0]) => {
    const reported = found(params.reports);
    const grants = servePermits(reported, params);
    for (const [key, ledger] of reported) {
      if (isEmptyLedger(ledger)) ledgers.delete(key);
      else ledgers.set(key, ledger);
    }
    if (ledgers.size > sweepAt) sweep(params.now);
    return grants;
  };

  const found = (reports: readonly PermitReport[]): Map<string, PermitLedger> => {
    const reported = new Map<string, PermitLedger>();
    for (const { key } of reports) {
      const ledger = ledgers.get(key);
      if (ledger) reported.set(key, ledger);
    }
    return reported;
  };

  return {
    takePermits: (params) => tables.work(() => serve(params)),

    returnPermits: (params) =>
      tables.work(() => {
        serve({ ...params, groups: [] });
      }),

    reportBlocked: ({ scope, until, now }) =>
      tables.work(() => {
        if (until <= Math.max(now, blocks.get(scope)?.until ?? 0)) return;
        blocks.delete(scope);
        blocks.set(scope, { until, nr: ++lastBlock });
      }),

    readBlocks: ({ now, after }) =>
      tables.work(() => {
        for (const [scope, { until }] of blocks) if (until <= now) blocks.delete(scope);
        const news = [...blocks].filter(([, { nr }]) => nr > after);
        return { blocks: news.map(([scope, { until }]) => ({ scope, until })), after: lastBlock };
      }),
  };
}
