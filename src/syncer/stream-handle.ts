import { AbortedError, ConfigError } from '../core/errors.js';
import { abortable, abortableItems, type WaitOptions } from '../core/abortable.js';
import { type Batch, lists, madeOf, OneByOne } from '../core/one-by-one.js';
import type { Key } from '../connector/page.js';
import { storedKey } from '../commit/record-key.js';
import { batchSize } from '../consumers/batch-size.js';
import { type Change, changeBatches } from '../consumers/change.js';
import { sweep } from '../engine/pass.js';
import { openState } from '../engine/stream-state.js';
import type { StoredRecord } from '../storage/commits.js';
import type { StreamRef } from '../storage/contract.js';
import { batches } from './batches.js';
import {
  type RejectedRecord,
  iterateRejected,
  type ReplayResult,
  replayRejected,
} from './rejected.js';
import { type ResetOptions, resetStream } from './reset-stream.js';
import { qualityOf, type StreamQuality } from './quality.js';
import type { RunCoordinator } from './run-coordinator.js';
import type { RunResult } from './run-result.js';
import type { Services } from './services.js';
import { type StreamStats, streamStats } from './stats.js';
import type { StreamSync, SyncOptions } from './sync-stream.js';

/** How many records or changes are read at a time: about a millisecond's work. */
const BATCH = 250;

export interface ChangesOptions extends WaitOptions {
  /** The number of the last change that the reader knows. Default 0: from the beginning. */
  readonly after?: number;
}

/** One stream of one connection. */
export class StreamHandle<Record> {
  readonly connector: string;
  readonly connection: string;
  readonly stream: string;
  readonly #ref: StreamRef;
  readonly #services: Services;
  readonly #runs: RunCoordinator;
  readonly #sync: StreamSync;

  /** Made by `syncer.connection(…).stream(…)`. */
  constructor(
    ref: StreamRef,
    parts: {
      readonly services: Services;
      readonly runs: RunCoordinator;
      readonly sync: StreamSync;
    },
  ) {
    ({ connector: this.connector, connection: this.connection, stream: this.stream } = ref);
    this.#ref = ref;
    this.#services = parts.services;
    this.#runs = parts.runs;
    this.#sync = parts.sync;
  }

  /**
   * Reads the stream and resolves when all is committed. If a run is on that reads at least as much, in whichever process, it is joined; a full run
   * asked for during an incremental one comes after it.
   *
   * @throws the run's error, unless `throws: false`
   * @example const result = await issues.sync({ onProgress: (p) => console.log(p.read, p.total) });
   */
  async sync(options: SyncOptions = {}): Promise<RunResult> {
    return this.#sync.sync(this.#ref, options);
  }

  /**
   * Cancels the stream's runs, queued or running, in all processes; or only the run of the given id. What they have committed stays.
   *
   * @returns how many
   */
  async cancel(run?: string): Promise<number> {
    const { store, clock } = await this.#services.environment();
    const only = run === undefined ? {} : { run };
    const ids = await store.requestCancel({ ...this.#ref, ...only, now: clock.now() });
    const context = { ...this.#ref, reason: 'asked' };
    await this.#runs.cancel(
      ids,
      new AbortedError(`${this.#name}: the run was cancelled`, { context }),
    );
    return ids.length;
  }

  /** All stored records, ordered by key (by bytes), read in batches: the iteration may be left at any time. */
  records({ signal }: WaitOptions = {}): AsyncGenerator<Record, void, undefined> {
    return abortableItems(new OneByOne(this.#records()), signal, `${this.#name}: records()`);
  }

  async *#records(): AsyncGenerator<Batch<Record>, void, undefined> {
    const store = await this.#services.store();
    const read = (last: StoredRecord | undefined) =>
      store.listRecords({
        ref: this.#ref,
        limit: BATCH,
        ...(last === undefined ? {} : { after: last.key }),
      });
    for await (const rows of batches(read, BATCH))
      yield madeOf(rows, (row) => JSON.parse(row.data) as Record);
  }

  /** The record of a key as the stream's `key` names it (`42`, `'42'`, `['a', 'b']`); undefined when it is not there, or was deleted. */
  async get(key: Key, { signal }: WaitOptions = {}): Promise<Record | undefined> {
    return abortable(() => this.#get(key), signal, `${this.#name}: get()`);
  }

  async #get(key: Key): Promise<Record | undefined> {
    const stored = storedKey(key, this.#services.registry.stream(this.connector, this.stream).key);
    if ('problem' in stored)
      throw new ConfigError(`${this.#name}: get(${JSON.stringify(key)}): ${stored.problem}`, {
        context: { ...this.#ref },
      });
    const row = await (await this.#services.store()).getRecord({ ref: this.#ref, key: stored.key });
    return row && !row.deleted ? (JSON.parse(row.data) as Record) : undefined;
  }

  /** How many records there are. */
  async count({ signal }: WaitOptions = {}): Promise<number> {
    const count = async () => (await this.#services.store()).countRecords({ ref: this.#ref });
    return abortable(count, signal, `${this.#name}: count()`);
  }

  /** How many records are stored, deleted and rejected, and their bytes. Goes through everything that is stored: for now and then. */
  async stats({ signal }: WaitOptions = {}): Promise<StreamStats> {
    const measure = async () => streamStats(await this.#services.environment(), this.#ref);
    return abortable(measure, signal, `${this.#name}: stats()`);
  }

  /**
   * What the records' fields are like: for each one how many records have it, how often it is null, which types it has had, when and in which
   * record; and how many records were rejected for it, with an example. Reads everything that is stored, in batches: for now and then.
   *
   * @example const { fields } = await issues.quality();
   */
  async quality({ signal }: WaitOptions = {}): Promise<StreamQuality> {
    const look = async () => qualityOf(await this.#services.environment(), this.#ref, signal);
    return abortable(look, signal, `${this.#name}: quality()`);
  }

  /**
   * What has changed since a number, as each record's latest state (with `history`: every version of it), in the order of the changes; ends
   * when all is told. Keep the last `seq` for the next time. With `batch` they come in lists of so many at most, which is faster for many.
   *
   * @throws {CursorExpiredError} when deletions after that number are no longer kept
   * @throws {ConfigError} when `after` or `batch` is no such number
   * @example for await (const change of issues.changes({ after })) console.log(change.kind, change.record);
   * @example for await (const changes of issues.changes({ after, batch: 500 })) await index.apply(changes);
   */
  changes(
    options: ChangesOptions & { readonly batch: number },
  ): AsyncGenerator<readonly Change<Record>[], void, undefined>;
  changes(
    options?: ChangesOptions & { readonly batch?: undefined },
  ): AsyncGenerator<Change<Record>, void, undefined>;
  changes({
    after = 0,
    batch,
    signal,
  }: ChangesOptions & { readonly batch?: number | undefined } = {}):
    | AsyncGenerator<Change<Record>, void, undefined>
    | AsyncGenerator<readonly Change<Record>[], void, undefined> {
    const what = `${this.#name}: changes()`;
    const batches = this.#changes(after, batch ?? BATCH);
    return batch === undefined
      ? abortableItems(new OneByOne(batches), signal, what)
      : abortableItems(lists(batches), signal, what);
  }

  async *#changes(
    after: number,
    batch: number,
  ): AsyncGenerator<Batch<Change<Record>>, void, undefined> {
    batchSize(batch, `${this.#name}: changes()`);
    if (!Number.isSafeInteger(after) || after < 0)
      throw new ConfigError(
        `${this.#name}: changes({ after }): expected a sequence number, found ${String(after)}`,
      );
    const { connector, connection, stream } = this.#ref;
    const { store, breathe } = await this.#services.environment();
    const { history = false } = this.#services.registry.stream(connector, stream);
    const feed = { connector, connection, stream, history };
    for await (const changes of changeBatches<Record>(store, feed, after, batch)) {
      yield changes;
      await breathe();
    }
  }

  /** Records that failed validation, raw and with the reasons, in the order in which they came. */
  rejected({ signal }: WaitOptions = {}): AsyncGenerator<RejectedRecord, void, undefined> {
    const rejected = iterateRejected(() => this.#services.store(), this.#ref);
    return abortableItems(rejected, signal, `${this.#name}: rejected()`);
  }

  /** Validates rejected records again, for example after the schema was corrected, and stores those that pass; never over a newer version. */
  async replayRejected(): Promise<ReplayResult> {
    return replayRejected(this.#services, this.#ref);
  }

  /** Deletes what a held pass found missing and nobody has seen since (`deletion.guarded`). Returns how many records. */
  async approveDeletions(): Promise<number> {
    const { store, clock, breathe, emit } = await this.#services.environment();
    const pass = await store.heldPass({ ref: this.#ref });
    if (pass === undefined) return 0;
    const stream = this.#services.registry.stream(this.connector, this.stream);
    const { config } = await this.#services.connection(this.connector, this.connection);
    const { held } = openState(await store.getStreamState({ ref: this.#ref }), stream, config);
    const deleted = await sweep({
      store,
      ref: this.#ref,
      lease: null,
      pass,
      schemaVersion: stream.version ?? 1,
      history: stream.history === true,
      now: () => clock.now(),
      breathe,
    });
    await store.dropPass({ ref: this.#ref, lease: null, pass });
    emit({
      type: 'deletion.approved',
      ...this.#ref,
      deleted,
      kept: Math.max(0, held - deleted),
    });
    return deleted;
  }

  /**
   * Forgets how far the stream has been read: the next run reads from the start. With `cursor` it reads from there, in every partition, also in
   * those that it lists for the first time; partitions that come later begin at the start. With `records` all that is stored of the stream goes
   * too, and every reader of its changes has to begin again. Its runs are cancelled first, in all processes.
   *
   * @throws {ConfigError} when `cursor` is no value of the stream's cursor
   * @example await issues.reset({ cursor: '2026-01-01T00:00:00Z' });
   */
  async reset(options: ResetOptions = {}): Promise<void> {
    const cancel = () => this.cancel();
    await resetStream(this.#services, this.#ref, options, cancel);
  }

  get #name(): string {
    return `${this.connector}/${this.connection}/${this.stream}`;
  }
}
