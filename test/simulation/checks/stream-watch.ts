import type { Store, StreamHandle } from 'syncline';
import type { FakeList, ServedPage } from 'syncline/testing';
import type { Item, Raw } from '../world/connector.js';
import type { SimProcess } from '../world/process.js';
import { overlapOf, type StreamSpec } from '../world/stream-spec.js';
import { checkBeginning, checkCursor } from './cursor-check.js';
import { DeletionCheck } from './deletion-check.js';
import { FeedCheck } from './feed-check.js';
import { Mirror, type Row, revOf, type StreamRef } from './mirror.js';
import { lossOf } from './presence.js';
import { type Page, Served } from './served.js';
import { must } from './violation.js';

export type Commit = Parameters<Store['commit']>[0];
type OpenPass = Parameters<Store['openPass']>[0];

export interface Watched {
  readonly spec: StreamSpec;
  readonly list: FakeList;
  readonly ref: StreamRef;
  readonly stream: StreamHandle<Item>;
  readonly skewMs: number;
  readonly now: () => number;
  readonly looks: () => boolean;
}

/** Watches one stream of one connection: what its API served, and what became of it. */
export class StreamWatch {
  readonly mirror: Mirror;
  readonly #watched: Watched;
  readonly #served: Served;
  readonly #feed: FeedCheck;
  readonly #deletions: DeletionCheck;

  constructor(store: Store, watched: Watched) {
    const { list, ref, stream, spec, now } = watched;
    this.#watched = watched;
    this.mirror = new Mirror(store, ref);
    this.#served = new Served(list);
    this.#feed = new FeedCheck(stream);
    this.#deletions = new DeletionCheck(spec, list, this.#served, now);
  }

  /** @param token of the lease that the process which asked holds, if it does */
  served(page: ServedPage, token: number | undefined): void {
    const { reading } = this.#served.add(page, token);
    const { spec, list } = this.#watched;
    const isFirst = reading.pages.length === 1;
    if (token !== undefined && isFirst)
      checkBeginning(spec, list, this.mirror.position.cursor, reading);
  }

  passOpened({ pass }: OpenPass): void {
    this.#deletions.opened(pass);
  }

  /** @param head the store's highest number before the commit */
  async committed(process: SimProcess, params: Commit, head: number): Promise<void> {
    const before = this.mirror.position;
    const { changes, answered } = await this.mirror.update();
    if (params.positions) this.#served.committed(process.id, params.receivedAt);
    for (const { before: row, after } of changes) {
      if (row && !row.deleted && after.deleted) this.#deletions.check(row, params);
      if (row) checkVersion(row, after);
    }
    for (const raw of answered) checkAnswered(raw, this.mirror, params);
    await this.#feed.check(head, this.#watched.looks);
    const { position } = this.mirror;
    if (position.cursor !== before.cursor || position.chains !== before.chains) {
      this.#moved(process, params, before.cursor);
    }
  }

  /**
   * Whether a record may differ at rest. One that became visible while its stretch was being read comes with the overlap of the next
   * reading; but a reading that went on for longer than the overlap has left it behind. And what a delta told to be gone while it was
   * rejected, and only rejected, comes to life by its replay, until the next pass.
   */
  isExcused(key: string): boolean {
    const { spec, list, skewMs } = this.#watched;
    const newest = list.versions(key).at(-1);
    if (!newest) return false;
    const { at, visibleAt, sortBy, removed } = newest;
    if (spec.cursor === 'token') return removed && this.mirror.rows.get(key)?.origin === 'replay';
    return this.#served.readings.some(({ beganAt, pages }) => {
      const lastAt = pages.at(-1)?.at ?? beganAt;
      const isSpanned = visibleAt > at && beganAt < visibleAt && lastAt >= visibleAt;
      return isSpanned && lastAt + skewMs - (sortBy ?? 0) > overlapOf(spec);
    });
  }

  #moved(process: SimProcess, params: Commit, before: unknown): void {
    const { spec, list, skewMs } = this.#watched;
    const closes = params.items.length + params.rejected.length === 0;
    // What moves the position without records stands for all that its run was served.
    const last = this.#served.lastOf(params.lease?.token);
    const sentAt = closes ? (last?.sentAt ?? 0) : params.receivedAt;
    const pages = this.#served.upTo(process.id, sentAt);
    const reading = pages.at(-1)?.reading;
    this.#checkPages(pages);
    const after = this.mirror.position.cursor;
    checkCursor(spec, list, this.mirror, { pages, reading, before, after, closes }, skewMs);
  }

  /** I1: a page's position goes with its last record, not before. */
  #checkPages(pages: readonly Page[]): void {
    const { list } = this.#watched;
    for (const { versions, at } of pages) {
      for (const version of versions) {
        const loss = lossOf(version, this.mirror, list);
        must(loss === undefined, 'I1', () => `the page read at ${at} is passed, but ${loss ?? ''}`);
      }
    }
  }
}

/** I13: no version is overwritten by an older one, not by a replay either. */
function checkVersion(before: Row, after: Row): void {
  must(revOf(after) >= revOf(before), 'I13', () => {
    return `${after.key} as of ${revOf(before)} was overwritten with ${revOf(after)}, by ${after.origin}`;
  });
}

/** I13: a rejected record goes when it, or a newer version, is stored, rejected or gone; not before. */
function checkAnswered({ id, rev }: Raw, mirror: Mirror, { items }: Commit): void {
  const row = mirror.rows.get(id);
  const isStored = row !== undefined && (row.deleted || revOf(row) >= rev);
  const isRejected = (mirror.rejected.get(id)?.rev ?? 0) >= rev;
  const isGone = items.some((item) => item.kind === 'delete' && item.key === id);
  must(isStored || isRejected || isGone, 'I13', () => {
    return `${id} as of ${rev} is not kept as rejected any more, and stored as of ${row ? revOf(row) : 'never'}`;
  });
}
