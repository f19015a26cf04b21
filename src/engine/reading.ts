import type { JsonValue } from '../core/json.js';
import { readOrderValue } from '../core/order-value.js';
import { commitPage, hasNews, type PageResult } from '../commit/commit-page.js';
import { createDecide } from '../commit/decide.js';
import { type OrderField, orderField } from '../commit/order-field.js';
import { type PageRecords, readPageRecords } from '../commit/page-records.js';
import type { PullContext } from '../connector/context.js';
import type { Paging } from '../connector/page.js';
import type { Decide } from '../storage/commits.js';
import type { RunCounts } from '../storage/runs.js';
import { type Advance, advancePart, advancePass } from './advance-part.js';
import { commitAlso } from './commit-also.js';
import { checkCursorField } from './cursor-field-check.js';
import { overlapOf, requestCursor, sinceDate } from './cursor-request.js';
import { DriftDetector, mayHaveMoved } from './drift.js';
import type { ObservedExchange } from './environment.js';
import { conditionsOf } from './page-validators.js';
import { type PulledPage, pullPages } from './pull-pages.js';
import { countRequest, type Part, partScope, placeOf, type Run, scope, uncount } from './run.js';
import { openCallbacks } from './run-context.js';
import { beginsFrom, isPastEnd } from './earlier-start.js';
import { type Chain, hasResume, type ReadingKind, roundOf, toJson } from './stream-state.js';

/** Ways of paging in which a deletion cannot shift a live record over a page border. */
const STABLE: ReadonlySet<Paging> = new Set<Paging>(['cursor', 'graphql', 'offset']);

/** How a reading ended: complete, or by what `pull` threw after so many requests. */
export type ReadingEnd =
  | { readonly complete: true; readonly chain: Chain; readonly ordered: boolean }
  | {
      readonly complete: false;
      readonly error: unknown;
      readonly resumed: boolean;
      readonly unchanged: boolean;
      readonly asked: JsonValue;
      readonly requests: number;
    };

/**
 * One reading of a part: pulls page after page and commits each with the cursor and resume token that it allows. The chain that it began or
 * went on with is still open at its end.
 */
export class Reading {
  readonly #run: Run;
  readonly #part: Part;
  readonly #kind: ReadingKind;
  readonly #order: OrderField;
  readonly #drift = new DriftDetector();
  readonly #resumed: boolean;
  /** Where the cursor goes back to when the order is lost: where the chain began, unless another reading has moved it since. */
  readonly #from: JsonValue;
  #chain: Chain;
  #ordered: boolean;
  #requests = 0;
  #answered = false;
  #lastExchange: ObservedExchange | undefined;

  constructor(run: Run, part: Part, kind: ReadingKind) {
    this.#run = run;
    this.#part = part;
    this.#kind = kind;
    this.#order = orderField(run.target.stream, run.state.orderType ?? undefined);
    part.position = beginsFrom(run, part.position);
    const open = part.position[kind];
    const round = roundOf(run.state, kind);
    this.#resumed = hasResume(open, round);
    this.#chain = hasResume(open, round) ? open : beginChain(run, part, kind, round);
    const { cursor } = part.position;
    this.#from = cursor === this.#chain.reached ? this.#chain.from : cursor;
    this.#ordered =
      run.cursor.kind === 'field' &&
      run.cursor.field.order === 'ascending' &&
      !run.state.unordered &&
      !this.#chain.drifted;
  }

  /** @throws the reason that the run was ended with */
  async read(): Promise<ReadingEnd> {
    const { active } = this.#run;
    try {
      const pages = pullPages(
        () => this.#pull(),
        active,
        placeOf(this.#run),
        (dropped) => {
          this.#run.env.emit({ type: 'run.late', ...scope(this.#run), dropped });
        },
      );
      for await (const page of pages) {
        await this.#commit(page);
        if (this.#ordered && isPastEnd(this.#chain, this.#run.state.orderType)) break;
      }
      active.guard();
    } catch (error) {
      if (active.signal.aborted) throw active.reason ?? error;
      const { asked, unchanged } = this.#chain;
      const [resumed, requests] = [this.#resumed, this.#requests];
      return { complete: false, error, resumed, unchanged, asked, requests };
    }
    return { complete: true, chain: this.#chain, ordered: this.#ordered };
  }

  #pull(): AsyncIterable<unknown> {
    const { env, target, state } = this.#run;
    const { asked, until } = this.#chain;
    const resume = this.#chain.resume?.token;
    const { context } = openCallbacks(env, target, this.#run, {
      observe: (exchange) => {
        this.#observe(exchange);
      },
      ...(resume === undefined ? {} : { resume }),
      conditions: conditionsOf(this.#run, this.#part, this.#kind, this.#chain),
    });
    const pullContext: PullContext<
      unknown,
      unknown,
      Readonly<Record<string, unknown>>,
      unknown,
      JsonValue | undefined,
      unknown
    > = {
      ...context,
      now: new Date(this.#chain.beganAt),
      mode: this.#kind === 'full' ? 'full' : 'incremental',
      cursor: asked ?? undefined,
      since: sinceDate(asked, state.orderType),
      until: until ?? undefined,
      resume,
      partition: this.#part.partition,
    };
    return target.stream.pull(pullContext);
  }

  #observe(exchange: ObservedExchange): void {
    // Another attempt is the same request.
    if (exchange.attempt === 1) this.#requests += 1;
    this.#lastExchange = exchange;
    countRequest(this.#run, exchange.attempt);
    if (this.#resumed || this.#answered) return;
    // An attempt without an answer does not tell the server's time.
    this.#answered = exchange.status !== undefined;
    const serverBeganAt = exchange.serverTime ?? null;
    this.#chain = { ...this.#chain, serverBeganAt };
  }

  async #commit(page: PulledPage): Promise<void> {
    const run = this.#run;
    const { env, target, active } = run;
    if (this.#order.type === undefined && this.#chain.read === 0)
      checkCursorField(run, page.records);
    const records = readPageRecords(page, target.stream, this.#order);
    checkOverlap(run, this.#order);
    const { twice, next } = this.#advance(page, records);
    const receivedAt = this.#requestedAt(page);
    await commitAlso(run, page.also, receivedAt);
    const counted = run.requests;
    const result = await commitPage(records, {
      store: env.store,
      breathe: env.breathe,
      ref: target.ref,
      lease: run.lease,
      stream: target.stream,
      origin: 'pull',
      partition: this.#part.key,
      receivedAt,
      decide: this.#decide(receivedAt),
      now: () => env.clock.now(),
      guard: () => {
        active.guard();
      },
      counts: { pages: 1, ...counted },
      onRejected: (rejected) => {
        env.emit({
          type: 'record.rejected',
          ...partScope(run, this.#part),
          origin: 'pull',
          ...rejected,
        });
      },
      last: () => {
        const state = this.#state(page, records, twice, next);
        run.state = state;
        const positions = [{ partition: this.#part.key, position: toJson(next.position) }];
        return { state: toJson(state), positions };
      },
    });
    uncount(run, counted);
    active.touch();
    this.#committed(page, twice, next, result);
    this.#tell(page, records, result);
  }

  #advance(page: PulledPage, records: PageRecords) {
    const paging = page.origin?.paging;
    const twice = this.#ordered ? this.#drift.observe(records.seen, paging) : undefined;
    const next = advancePart(this.#run, this.#part, this.#order, page, records, {
      kind: this.#kind,
      chain: this.#chain,
      ordered: this.#ordered,
      from: this.#from,
      serverTime:
        page.origin?.serverTime ?? this.#lastExchange?.serverTime ?? this.#requestedAt(page),
      twice: twice !== undefined || page.origin?.gap === true,
    });
    return { twice, next };
  }

  #state(page: PulledPage, records: PageRecords, twice: string | undefined, next: Advance) {
    const { state } = this.#run;
    const paging = page.origin?.paging;
    const keyless = records.records.some((record) => record.key === null);
    const pass =
      state.pass && this.#kind === 'full'
        ? advancePass(state.pass, {
            met: page.records.length + page.deletes.length > 0,
            stable: paging !== undefined && STABLE.has(paging) && !mayHaveMoved(page.origin),
            disarms: twice !== undefined ? 'drift' : keyless ? 'unreadable-key' : null,
          })
        : state.pass;
    const orderType = this.#order.type ?? state.orderType;
    return { ...state, orderType, unordered: state.unordered || next.lost, pass };
  }

  #decide(receivedAt: number): Decide {
    const { stream } = this.#run.target;
    return createDecide({
      origin: 'pull',
      receivedAt,
      orderType: this.#order.type,
      schemaVersion: stream.version ?? 1,
      volatile: new Set(stream.volatile ?? []),
      fullSince: this.#kind === 'full' ? this.#chain.beganAt : null,
      partition: this.#part.key,
    });
  }

  #requestedAt(page: PulledPage): number {
    return page.origin?.requestedAt ?? this.#lastExchange?.requestedAt ?? this.#run.env.clock.now();
  }

  #committed(page: PulledPage, twice: string | undefined, next: Advance, result: PageResult): void {
    const run = this.#run;
    this.#chain = next.chain;
    this.#ordered = next.ordered;
    this.#part.position = next.position;
    run.counts = addPage(run.counts, page.records.length, result);
    const about = partScope(run, this.#part);
    if (twice !== undefined || page.origin?.drift === true) {
      run.env.emit({ type: 'page.drift', ...about, key: twice ?? null });
    }
    if (next.lost) {
      run.env.emit({ type: 'cursor.unordered', ...about, cursor: next.position.cursor });
    }
    run.onProgress({ counts: run.counts, read: next.chain.read, total: page.total });
  }

  #tell(page: PulledPage, records: PageRecords, result: PageResult): void {
    const run = this.#run;
    const about = partScope(run, this.#part);
    const unreadable =
      run.cursor.kind === 'field' ? records.seen.filter((record) => record.version === null) : [];
    if (unreadable[0]) {
      const { key } = unreadable[0];
      run.env.emit({ type: 'cursor.unreadable', ...about, count: unreadable.length, key });
    }
    const cursor = this.#part.position.cursor;
    run.env.emit({
      type: 'page.committed',
      ...about,
      read: page.records.length,
      ...result,
      cursor,
      // Of pages without news listeners hear, but the log is spared them.
      ...(hasNews(result) ? {} : { level: 'debug' as const }),
    });
    run.invalid.observe(page.records.length, result.rejected);
  }
}

function beginChain(run: Run, part: Part, kind: ReadingKind, round: string | null): Chain {
  const { cursor, start } = part.position;
  return {
    asked: kind === 'incremental' ? askFrom(run, part) : run.start,
    until: kind === 'earlier' ? start : null,
    from: cursor,
    reached: cursor,
    beganAt: run.env.clock.now(),
    serverBeganAt: null,
    highest: null,
    limit: null,
    drifted: false,
    token: null,
    read: 0,
    unchanged: false,
    validators: [],
    round,
    modified: part.modified,
    resume: null,
  };
}

/** The first value shows whether the cursor's overlap fits its type. @throws {ConfigError} */
function checkOverlap({ cursor, state, target }: Run, { type }: OrderField): void {
  if (cursor.kind !== 'field' || state.orderType !== null || type === undefined) return;
  overlapOf(cursor.field, type, `streams.${target.ref.stream}`);
}

function askFrom({ cursor, state, start, target }: Run, { position }: Part): JsonValue {
  if (cursor.kind !== 'field') return cursor.kind === 'token' ? position.cursor : null;
  const type = state.orderType;
  const committed = readOrderValue(position.cursor, type ?? undefined);
  const overlap = overlapOf(cursor.field, type, `streams.${target.ref.stream}`);
  return requestCursor(committed, start, overlap, type);
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
