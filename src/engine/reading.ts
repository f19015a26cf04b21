import { type JsonValue, ownValue } from '../core/json.js';
import { type OrderValue, readOrderValue } from '../core/order-value.js';
import { ConfigError } from '../core/errors.js';
import { commitPage, type PageResult } from '../commit/commit-page.js';
import { createDecide } from '../commit/decide.js';
import { orderField, type OrderField } from '../commit/order-field.js';
import { readPageRecords, type PageRecords } from '../commit/page-records.js';
import type { PullContext } from '../connector/context.js';
import type { Paging } from '../connector/page.js';
import { inputFields } from '../connector/schema.js';
import type { Decide } from '../storage/commits.js';
import type { RunCounts } from '../storage/runs.js';
import { overlapOf, requestCursor, sinceDate } from './cursor-request.js';
import { DriftDetector } from './drift.js';
import type { ObservedExchange } from './environment.js';
import { advance, type Progress } from './field-cursor.js';
import { pullPages, type PulledPage } from './pull-pages.js';
import { placeOf, type Run, scope, uncount } from './run.js';
import { openCallbacks } from './run-context.js';
import { type Chain, type PassProgress, type Position, type StreamState, toJson } from './stream-state.js';

/** What a complete reading has shown. */
export interface ReadingReport {
  readonly chain: Chain;
  /** Every way of paging that was used; undefined stands for pages made by hand. */
  readonly paging: ReadonlySet<Paging | undefined>;
  /** Whether the API kept the order that the stream's cursor declares. */
  readonly ordered: boolean;
}

/** How a reading ended: complete, or by what `pull` threw after so many requests. */
export type ReadingEnd =
  | ({ readonly complete: true } & ReadingReport)
  | { readonly complete: false; readonly error: unknown; readonly resumed: boolean; readonly asked: JsonValue; readonly requests: number };

/** What is to be committed with a page. */
interface Moved {
  readonly chain: Chain;
  readonly state: StreamState;
  readonly position: Position;
  readonly ordered: boolean;
  /** The key that showed that the list moved. */
  readonly drifted: string | null | undefined;
}

/**
 * One reading of the stream: pulls page after page and commits each with the cursor and resume token that it allows. The chain that it began or
 * went on with is still open at its end.
 */
export class Reading {
  readonly #run: Run;
  readonly #order: OrderField;
  readonly #drift = new DriftDetector();
  readonly #paging = new Set<Paging | undefined>();
  readonly #resumed: boolean;
  /** Where the cursor goes back to when the order is lost: where the chain began, unless another reading has moved it since. */
  readonly #from: JsonValue;
  #chain: Chain;
  #ordered: boolean;
  #requests = 0;
  #lastExchange: ObservedExchange | undefined;

  constructor(run: Run, pass: PassProgress | null) {
    this.#run = run;
    this.#order = orderField(run.target.stream, run.state.orderType ?? undefined);
    const open = run.position[run.mode];
    this.#resumed = open?.resume != null;
    this.#chain = open?.resume ? open : beginChain(run, pass);
    this.#from = run.position.cursor === this.#chain.reached ? this.#chain.from : run.position.cursor;
    this.#ordered =
      run.cursor.kind === 'field' && run.cursor.field.order === 'ascending' && !run.state.unordered && !this.#chain.drifted;
  }

  /** What `ctx.cursor` is in this reading. */
  get asked(): JsonValue {
    return this.#chain.asked;
  }

  get resumed(): boolean {
    return this.#resumed;
  }

  /** @throws the reason that the run was ended with */
  async read(): Promise<ReadingEnd> {
    const { active } = this.#run;
    try {
      for await (const page of pullPages(() => this.#pull(), active, placeOf(this.#run))) await this.#commit(page);
      active.guard();
    } catch (error) {
      if (active.signal.aborted) throw active.reason ?? error;
      return { complete: false, error, resumed: this.#resumed, asked: this.#chain.asked, requests: this.#requests };
    }
    return { complete: true, chain: this.#chain, paging: this.#paging, ordered: this.#ordered };
  }

  #pull(): AsyncIterable<unknown> {
    const { env, target, id, active, state, mode } = this.#run;
    const resume = this.#chain.resume?.token;
    const { context } = openCallbacks(env, target, { id, active }, {
      observe: (exchange) => { this.#observe(exchange); },
      ...(resume === undefined ? {} : { resume }),
    });
    const pullContext: PullContext<unknown, unknown, Readonly<Record<string, unknown>>, unknown, JsonValue | undefined, undefined> = {
      ...context,
      mode,
      cursor: this.#chain.asked ?? undefined,
      since: sinceDate(this.#chain.asked, state.orderType),
      until: undefined,
      resume,
      partition: undefined,
    };
    return target.stream.pull(pullContext);
  }

  #observe(exchange: ObservedExchange): void {
    const run = this.#run;
    this.#requests += 1;
    run.requests = { requests: run.requests.requests + 1, retries: run.requests.retries + (exchange.attempt > 1 ? 1 : 0) };
    this.#lastExchange = exchange;
    run.active.touch();
    if (!this.#resumed && this.#requests === 1) {
      this.#chain = { ...this.#chain, beganAt: exchange.requestedAt, serverBeganAt: exchange.serverTime ?? null };
    }
  }

  async #commit(page: PulledPage): Promise<void> {
    const run = this.#run;
    const { env, target, active } = run;
    this.#checkCursorField(page);
    const records = readPageRecords(page, target.stream, this.#order);
    const moved = this.#advance(page, records);
    const counted = run.requests;
    const receivedAt = page.origin?.requestedAt ?? this.#lastExchange?.requestedAt ?? env.clock.now();
    const result = await commitPage(records, {
      store: env.store, host: env.host, ref: target.ref, lease: run.lease, stream: target.stream, origin: 'pull', partition: '',
      receivedAt,
      decide: this.#decide(receivedAt),
      now: () => env.clock.now(),
      guard: () => { active.guard(); },
      counts: { pages: 1, ...counted },
      onRejected: (rejected) => { env.emit({ type: 'record.rejected', ...scope(run), origin: 'pull', ...rejected }); },
      last: () => ({ state: toJson(moved.state), positions: [{ partition: '', position: toJson(moved.position) }] }),
    });
    uncount(run, counted);
    active.touch();
    this.#committed(page, moved, result);
    this.#tell(page, records, result);
  }

  #decide(receivedAt: number): Decide {
    const { target, mode } = this.#run;
    return createDecide({
      origin: 'pull',
      receivedAt,
      orderType: this.#order.type,
      schemaVersion: target.stream.version ?? 1,
      volatile: new Set(target.stream.volatile ?? []),
      fullSince: mode === 'full' ? this.#chain.beganAt : null,
    });
  }

  /** What is to be committed with the page: the cursor that it allows, and the chain as it stands after it. */
  #advance(page: PulledPage, records: PageRecords): Moved {
    const run = this.#run;
    this.#paging.add(page.origin?.drift === true ? undefined : page.origin?.paging);
    const twice = this.#ordered ? this.#drift.observe(records.seen, page.origin?.paging) : undefined;
    const progress = this.#moveCursor(page, records, twice !== undefined);
    const token = page.cursor ?? this.#chain.token;
    const cursor = run.cursor.kind === 'token' ? this.#tokenCursor(token) : progress.cursor;
    const keyless = records.records.some((record) => record.key === null);
    const chain: Chain = {
      ...this.#chain,
      reached: cursor,
      highest: progress.highest,
      drifted: this.#chain.drifted || twice !== undefined,
      token,
      read: this.#chain.read + page.records.length + page.deletes.length,
      resume: page.resume === undefined ? null : { token: page.resume },
      pass: disarm(this.#chain.pass, twice !== undefined ? 'drift' : keyless ? 'unreadable-key' : null),
    };
    const lost = this.#ordered && !progress.ordered && twice === undefined;
    return {
      chain,
      ordered: progress.ordered,
      drifted: twice ?? (page.origin?.drift === true ? null : undefined),
      state: { ...run.state, orderType: this.#order.type ?? null, unordered: run.state.unordered || lost },
      position: { ...run.position, cursor, [run.mode]: chain },
    };
  }

  /** A delta token covers all pages up to its own; but while everything is read again, the one that is committed stays until the end. */
  #tokenCursor(token: JsonValue): JsonValue {
    const { position, mode } = this.#run;
    return mode === 'full' && this.#chain.from !== null ? position.cursor : (token ?? position.cursor);
  }

  #moveCursor(page: PulledPage, records: PageRecords, drifted: boolean): Progress {
    const { cursor, env, position } = this.#run;
    const type = this.#order.type;
    const from = readOrderValue(this.#from, type);
    const before: Progress = {
      cursor: readOrderValue(position.cursor, type), from, highest: this.#chain.highest, ordered: this.#ordered,
    };
    if (cursor.kind !== 'field' || type === undefined) return before;
    const serverTime =
      page.origin?.serverTime ?? this.#lastExchange?.serverTime ?? page.origin?.requestedAt ?? this.#lastExchange?.requestedAt ?? env.clock.now();
    const after = advance(before, records.seen.map((record) => record.version), type, serverTime);
    return drifted ? { ...after, ordered: false, cursor: from } : after;
  }

  #committed(page: PulledPage, moved: Moved, result: PageResult): void {
    const run = this.#run;
    const lost = this.#ordered && !moved.ordered && !moved.chain.drifted;
    this.#chain = moved.chain;
    this.#ordered = moved.ordered;
    run.state = moved.state;
    run.position = moved.position;
    run.counts = addPage(run.counts, page.records.length, result);
    if (moved.drifted !== undefined) run.env.emit({ type: 'page.drift', ...scope(run), key: moved.drifted });
    if (lost) run.env.emit({ type: 'cursor.unordered', ...scope(run), cursor: moved.position.cursor });
    run.onProgress({ counts: run.counts, read: moved.chain.read, total: page.total });
  }

  #tell(page: PulledPage, records: PageRecords, result: PageResult): void {
    const run = this.#run;
    const unreadable = run.cursor.kind === 'field' ? records.seen.filter((record) => record.version === null) : [];
    if (unreadable[0]) {
      run.env.emit({ type: 'cursor.unreadable', ...scope(run), count: unreadable.length, key: unreadable[0].key });
    }
    run.env.emit({ type: 'page.committed', ...scope(run), read: page.records.length, ...result, cursor: run.position.cursor });
    run.invalid.observe(page.records.length, result.rejected);
  }

  /** Where the schema cannot tell its fields, the first page does. */
  #checkCursorField(page: PulledPage): void {
    const { cursor, target } = this.#run;
    if (cursor.kind !== 'field' || this.#order.type !== undefined || this.#chain.read > 0 || page.records.length === 0) return;
    const { field } = cursor.field;
    if (typeof field !== 'string' || inputFields(target.stream.schema) !== undefined) return;
    if (page.records.some((record) => ownValue(record, field) !== undefined || Object.hasOwn(Object(record), field))) return;
    const path = `streams.${target.ref.stream}.cursor.field`;
    const fields = Object.keys(Object(page.records[0])).slice(0, 30).join(', ');
    throw new ConfigError(`${path}: no record of the first page has '${field}'; they have: ${fields}`, { context: { ...target.ref, path } });
  }
}

function beginChain(run: Run, pass: PassProgress | null): Chain {
  const { position, env, mode, start } = run;
  return {
    asked: mode === 'full' ? start : askFrom(run),
    from: position.cursor, reached: position.cursor, beganAt: env.clock.now(), serverBeganAt: null,
    highest: null, drifted: false, token: null, read: 0, resume: null, pass,
  };
}

function askFrom({ cursor, position, state, start, target }: Run): JsonValue {
  if (cursor.kind !== 'field') return cursor.kind === 'token' ? position.cursor : null;
  const type = state.orderType;
  const committed = readOrderValue(position.cursor, type ?? undefined);
  return requestCursor(committed, start, overlapOf(cursor.field, type, `streams.${target.ref.stream}`), type);
}

function addPage(counts: RunCounts, read: number, result: PageResult): RunCounts {
  return {
    ...counts,
    pages: counts.pages + 1,
    read: counts.read + read,
    inserted: counts.inserted + result.inserted,
    updated: counts.updated + result.updated,
    deleted: counts.deleted + result.deleted,
    unchanged: counts.unchanged + result.unchanged,
    stale: counts.stale + result.stale,
    rejected: counts.rejected + result.rejected,
  };
}

function disarm(pass: PassProgress | null, reason: PassProgress['disarmed']): PassProgress | null {
  return pass && reason !== null && pass.disarmed === null ? { ...pass, disarmed: reason } : pass;
}
