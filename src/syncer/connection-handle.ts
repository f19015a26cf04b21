import PQueue from 'p-queue';
import { abortable, type WaitOptions } from '../core/abortable.js';
import { AbortedError, SynclineError } from '../core/errors.js';
import type { AnyDefinition } from '../connector/connector.js';
import { endedBy } from '../engine/run-machine.js';
import type { StreamRef } from '../storage/contract.js';
import type { RunResult } from './run-result.js';
import { toRunResult } from './run-result.js';
import type { RunCoordinator } from './run-coordinator.js';
import type { Services } from './services.js';
import { type ConnectionStats, connectionStats } from './stats.js';
import { StreamHandle } from './stream-handle.js';
import type { StreamSync, SyncOptions } from './sync-stream.js';

interface Parts {
  readonly services: Services;
  readonly runs: RunCoordinator;
  readonly sync: StreamSync;
  readonly newId: () => string;
}

/** Some streams of a connection failed; `results` has those of all. */
export class ConnectionSyncError extends SynclineError {
  override readonly name = 'ConnectionSyncError';
  override readonly code = 'SYNC';
  /** What each stream's run did, in the order of the definition. */
  readonly results: readonly RunResult[];

  constructor(
    message: string,
    options: {
      readonly results: readonly RunResult[];
      readonly cause: unknown;
      readonly retryable: boolean;
    },
  ) {
    super(message, options);
    this.results = options.results;
  }
}

/** One connection, typed by its connector. */
export class ConnectionHandle<Records> {
  readonly connector: string;
  readonly id: string;
  readonly #definition: AnyDefinition;
  readonly #parts: Parts;

  /** Made by `syncer.connection(…)`. */
  constructor(definition: AnyDefinition, id: string, parts: Parts) {
    this.connector = definition.name;
    this.id = id;
    this.#definition = definition;
    this.#parts = parts;
  }

  /** A stream of the connection. @throws {ConfigError} when the connector has none of that name */
  stream<Name extends keyof Records & string>(name: Name): StreamHandle<Records[Name]> {
    this.#parts.services.registry.stream(this.connector, name);
    return new StreamHandle<Records[Name]>(
      { connector: this.connector, connection: this.id, stream: name },
      this.#parts,
    );
  }

  /**
   * Syncs all streams: each after those that it names in `after`, the others at the same time. What comes after a failed stream is `skipped`.
   *
   * @returns each stream's result, in the order of the definition
   * @throws {ConnectionSyncError} when all have ended and any has failed, with `.results`; unless `throws: false`
   */
  async sync(options: SyncOptions = {}): Promise<readonly RunResult[]> {
    const names = Object.keys(this.#definition.streams);
    const { tags } = await this.#parts.services.connection(this.connector, this.id);
    const slots = new PQueue({
      concurrency: this.#parts.services.settings.concurrency.perConnection,
    });
    const started = new Map<string, Promise<RunResult>>();
    const start = (name: string): Promise<RunResult> => {
      const known = started.get(name);
      if (known) return known;
      const result = this.#afterOthers(name, start).then((failed) =>
        failed === undefined
          ? slots.add(() => this.#syncOne(name, options))
          : this.#skip(name, failed, options, tags),
      );
      started.set(name, result);
      return result;
    };
    const settled = await Promise.allSettled(names.map(start));
    const results = settled.map((one) => {
      // Streams fail by their results; what rejects is the store, or the syncer's end.
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const failed = results.filter(
      (result) => result.error !== undefined && result.status !== 'succeeded',
    );
    const first = failed.find((result) => result.status !== 'skipped') ?? failed[0];
    if (!first || options.throws === false) return results;
    throw new ConnectionSyncError(
      `${this.connector}/${this.id}: ${failed.length} of ${results.length} streams did not succeed (${failed.map((result) => `${result.stream}: ${result.status}`).join(', ')}); the first: ${first.error?.message ?? first.status}`,
      {
        results,
        cause: first.error,
        retryable: failed.every(
          (result) => result.error instanceof SynclineError && result.error.retryable,
        ),
      },
    );
  }

  /** What is stored of the connection: records, deleted and rejected ones, and their bytes, in all and by stream. */
  async stats({ signal }: WaitOptions = {}): Promise<ConnectionStats> {
    const ref = { connector: this.connector, connection: this.id };
    const measure = async () =>
      connectionStats(await this.#parts.services.environment(), ref, signal);
    return abortable(measure, signal, `${this.connector}/${this.id}: stats()`);
  }

  /** Waits for the streams named in `after`; the name of one that did not succeed, if any. */
  async #afterOthers(
    name: string,
    start: (name: string) => Promise<RunResult>,
  ): Promise<string | undefined> {
    const before = this.#definition.streams[name]?.after ?? [];
    const results = await Promise.all(before.map(start));
    return results.find((result) => result.status !== 'succeeded')?.stream;
  }

  async #syncOne(name: string, options: SyncOptions): Promise<RunResult> {
    return this.#parts.sync.sync(this.#ref(name), { ...options, throws: false });
  }

  async #skip(
    name: string,
    failed: string,
    { mode = 'incremental' }: SyncOptions,
    tags: Readonly<Record<string, string>>,
  ): Promise<RunResult> {
    const ref = this.#ref(name);
    const { store, clock, emit } = await this.#parts.services.environment();
    const { run, joined } = await this.#parts.runs.request(ref, mode, this.#parts.newId(), tags);
    const error = new AbortedError(
      `${ref.connector}/${ref.connection}/${name} was skipped, because '${failed}', which it comes after, did not succeed`,
      { context: { ...ref } },
    );
    // Somebody else's run of the stream is theirs to end.
    if (joined) return { ...toRunResult(run, error), status: 'skipped' };
    const row = await store.finishRun({
      run: run.id,
      lease: null,
      status: endedBy(run.status, 'skip'),
      now: clock.now(),
      counts: {},
      cursor: null,
      error: {
        name: error.name,
        code: error.code,
        message: error.message,
        retryable: false,
        context: { ...ref },
      },
    });
    emit({ type: 'run.skipped', ...ref, run: row.id, tags, mode: row.mode, after: failed });
    return toRunResult(row, error);
  }

  #ref(stream: string): StreamRef {
    return { connector: this.connector, connection: this.id, stream };
  }
}
