import { leaseLost, misuse } from '../refusals.js';
import { countNames } from '../counts.js';
import type { RunRow, RunStore } from '../runs.js';
import type { Database } from './database.js';
import { runRow, runSelect, runsWhere } from './run-rows.js';
import type { StoredRun } from './run-rows.js';
import { stateVerbs } from './state.js';
import { Streams } from './streams.js';

export function runVerbs(db: Database): RunStore {
  const run = new Runs(db);

  return {
    requestRun: (params) => db.write('requestRun', 'durable', () => run.request(params)),
    // A power cut that undoes a claim has ended its holder as well.
    claimRun: (params) => db.write('claimRun', 'light', () => run.claim(params)),
    renewLease: (params) => db.write('renewLease', 'light', () => run.renew(params)),
    markWaiting: (params) => db.write('markWaiting', 'light', () => run.markWaiting(params)),
    finishRun: (params) => db.write('finishRun', 'durable', () => run.finish(params)),
    releaseRun: (params) => db.write('releaseRun', 'durable', () => run.release(params)),
    requestCancel: (params) => db.write('requestCancel', 'durable', () => run.cancel(params)),

    pruneRuns: ({ before, limit }) =>
      db.write('pruneRuns', 'light', () => run.prune(before, limit)),

    getRun: (params) =>
      db.read('getRun', () => {
        const found = run.find(params.run);
        return found && runRow(found);
      }),

    listRuns: ({ filter, before, limit }) =>
      db.read('listRuns', () => {
        const where = runsWhere(filter, before);
        return db
          .prepare<StoredRun>(
            `${runSelect} WHERE ${where.sql} ORDER BY r.queued_at DESC, r.id DESC LIMIT ?`,
          )
          .all(...where.params, limit)
          .map(runRow);
      }),

    ...stateVerbs(db),
  };
}

type Params<Verb extends keyof RunStore> = Parameters<RunStore[Verb]>[0];
type Answer<Verb extends keyof RunStore> = Awaited<ReturnType<RunStore[Verb]>>;

const unfinished = `${runSelect} WHERE r.stream_id = ? AND r.finished_at IS NULL`;
/** The running one first, or the one whose process died, then those that wait by age. */
const byTurn = "ORDER BY r.status = 'queued', r.queued_at, r.nr LIMIT 1";

/** The steps of the verbs, each within one transaction. */
class Runs {
  readonly #streams;
  readonly #sql;

  constructor(db: Database) {
    this.#streams = new Streams(db);
    this.#sql = db.prepared((prepare) => ({
      find: prepare<StoredRun>(`${runSelect} WHERE r.id = ? AND s.connector IS NOT NULL`),
      first: prepare<StoredRun>(`${unfinished} ${byTurn}`),
      joinable: prepare<StoredRun>(
        `${unfinished} AND r.cancel_requested = 0 AND (r.mode = 'full' OR ? = 'incremental') ${byTurn}`,
      ),
      add: prepare<never>(
        "INSERT INTO runs (id, stream_id, mode, status, queued_at) VALUES (?, ?, ?, 'queued', ?)",
      ),
      claim: prepare<never>(
        "UPDATE runs SET status = 'running', started_at = ifnull(started_at, ?), attempt = attempt + 1 WHERE nr = ?",
      ),
      lease: prepare<never>(
        'UPDATE streams SET lease_token = ?, lease_run = ?, lease_owner = ?, lease_until = ? WHERE id = ?',
      ),
      renew: prepare<never>('UPDATE streams SET lease_until = ? WHERE id = ?'),
      giveBack: prepare<never>(
        'UPDATE streams SET lease_run = NULL, lease_owner = NULL, lease_until = NULL WHERE id = ? AND lease_run = ?',
      ),
      mark: prepare<never>('UPDATE runs SET status = ? WHERE id = ?'),
      requeue: prepare<never>("UPDATE runs SET status = 'queued' WHERE id = ?"),
      end: prepare<never>('UPDATE runs SET status = ?, finished_at = ? WHERE nr = ?'),
      result: prepare<never>(
        `UPDATE runs SET cursor = ?, error = ?, ${countNames.map((name) => `${name} = ${name} + ?`).join(', ')} WHERE nr = ?`,
      ),
      asked: prepare<StoredRun>(
        `${runSelect} WHERE s.connector = ? AND s.connection = ? AND (? IS NULL OR s.stream = ?) AND (? IS NULL OR r.id = ?)
           AND r.finished_at IS NULL ORDER BY r.queued_at, r.nr`,
      ),
      prune: prepare<never>(
        'DELETE FROM runs WHERE nr IN (SELECT nr FROM runs WHERE finished_at < ? ORDER BY finished_at LIMIT ?)',
      ),
      cancel: prepare<never>('UPDATE runs SET cancel_requested = 1 WHERE nr = ?'),
    }));
  }

  find(id: string): StoredRun | undefined {
    return this.#sql().find.get(id);
  }

  request({ ref, id, mode, now }: Params<'requestRun'>): Answer<'requestRun'> {
    const known = this.find(id);
    if (known) return { run: runRow(known), joined: false };
    const stream = this.#streams.ensure(ref, 'requestRun');
    const joinable = this.#sql().joinable.get(stream.id, mode);
    if (joinable) return { run: runRow(joinable), joined: true };
    this.#sql().add.run(id, stream.id, mode, now);
    return { run: this.#row(id), joined: false };
  }

  claim({ run: id, owner, now, leaseMs }: Params<'claimRun'>): Answer<'claimRun'> {
    const run = this.find(id);
    const stream = run && this.#streams.find(run);
    if (!run || !stream) return { kind: 'missing' };
    if (run.finished_at !== null) return { kind: 'ended', run: runRow(run) };
    const first = this.#sql().first.get(stream.id) ?? run;
    const until = stream.run !== null && stream.until !== null ? stream.until : -Infinity;
    const holder = until > now && stream.run !== null ? this.find(stream.run) : undefined;
    if (holder) return { kind: 'busy', holder: runRow(holder), leaseUntil: until };
    if (first.id !== id) return { kind: 'busy', holder: runRow(first), leaseUntil: null };
    const token = stream.token + 1;
    this.#sql().lease.run(token, id, owner, now + leaseMs, stream.id);
    this.#sql().claim.run(now, run.nr);
    const { connector, connection, stream: name } = run;
    const lease = { ref: { connector, connection, stream: name }, run: id, token };
    return { kind: 'claimed', run: this.#row(id), lease, resumed: run.attempt > 0 };
  }

  renew({ lease, now, leaseMs }: Params<'renewLease'>): Answer<'renewLease'> {
    const stream = this.#streams.leased(lease, 'renewLease');
    this.#sql().renew.run(now + leaseMs, stream.id);
    return { cancelRequested: this.find(lease.run)?.cancel_requested === 1 };
  }

  markWaiting({ lease, waiting }: Params<'markWaiting'>): void {
    this.#streams.leased(lease, 'markWaiting');
    this.#sql().mark.run(waiting ? 'waiting' : 'running', lease.run);
  }

  finish({ lease, status, now, counts, cursor, error, ...params }: Params<'finishRun'>): RunRow {
    if (lease) this.#streams.leased(lease, 'finishRun');
    const run = this.find(params.run);
    if (!run || (lease && lease.run !== run.id)) {
      throw misuse(`finishRun: there is no run ${params.run}, or the lease is not its own.`, {
        run: params.run,
      });
    }
    if (!lease && run.finished_at !== null) return runRow(run);
    if (!lease && run.status !== 'queued') {
      const { connector, connection, stream } = run;
      const held = { ref: { connector, connection, stream }, run: run.id, token: 0 };
      throw leaseLost(held, 'finishRun without a lease');
    }
    this.#end(run, status, now);
    const added = countNames.map((name) => counts[name] ?? 0);
    this.#sql().result.run(JSON.stringify(cursor), JSON.stringify(error), ...added, run.nr);
    return this.#row(run.id);
  }

  release({ lease }: Params<'releaseRun'>): void {
    const stream = this.#streams.leased(lease, 'releaseRun');
    this.#sql().giveBack.run(stream.id, lease.run);
    this.#sql().requeue.run(lease.run);
  }

  cancel(params: Params<'requestCancel'>): readonly string[] {
    const { connector, connection, stream = null, run = null, now } = params;
    const asked = this.#sql().asked.all(connector, connection, stream, stream, run, run);
    for (const each of asked) {
      this.#sql().cancel.run(each.nr);
      const held = this.#streams.find(each);
      if (held?.run !== each.id || (held.until ?? -Infinity) <= now) {
        this.#end(each, 'cancelled', now);
      }
    }
    return asked.map(({ id }) => id);
  }

  prune(before: number, limit: number): number {
    return this.#sql().prune.run(before, limit).changes;
  }

  #end(run: StoredRun, status: RunRow['status'], now: number): void {
    this.#sql().giveBack.run(run.stream_id, run.id);
    this.#sql().end.run(status, now, run.nr);
  }

  #row(id: string): RunRow {
    const run = this.find(id);
    if (!run) throw misuse(`Run ${id} is gone within its own transaction.`, { run: id });
    return runRow(run);
  }
}
