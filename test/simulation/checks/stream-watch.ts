import type { Store } from 'syncline';
import type { ServedPage } from 'syncline/testing';
import type { Raw } from '../world/connector.js';
import type { SimProcess } from '../world/process.js';
import { DeletionCheck } from './deletion-check.js';
import { FeedCheck } from './feed-check.js';
import { HistoryCheck } from './history-check.js';
import { Mirror, type Row, revOf } from './mirror.js';
import { PartWatch } from './part-watch.js';
import { must } from './violation.js';
import type { Watched } from './watched.js';

export type Commit = Parameters<Store['commit']>[0];
type OpenPass = Parameters<Store['openPass']>[0];

/** Watches one stream of one connection: what became of what its API served. */
export class StreamWatch {
  readonly mirror: Mirror;
  readonly #watched: Watched;
  readonly #parts: readonly PartWatch[];
  readonly #feed: FeedCheck;
  readonly #history: HistoryCheck;
  readonly #deletions: DeletionCheck;

  constructor(store: Store, watched: Watched) {
    const { remote, ref, stream, spec } = watched;
    this.#watched = watched;
    this.mirror = new Mirror(store, ref, spec.volatile === true);
    this.#parts = [...remote.lists].map(
      ([partition, list]) => new PartWatch(watched, this.mirror, partition, list),
    );
    this.#feed = new FeedCheck(stream, spec);
    this.#history = new HistoryCheck(stream, spec);
    this.#deletions = new DeletionCheck(watched, (key) => this.#partOf(key));
  }

  /** @param token of the lease that the process which asked holds, if it does */
  served(page: ServedPage, token: number | undefined): void {
    this.#parts.find(({ list }) => list === page.list)?.asked(page, token);
  }

  abandoned(request: string): void {
    for (const { served } of this.#parts) served.abandoned(request);
  }

  passOpened({ pass }: OpenPass): void {
    this.#deletions.opened(pass);
  }

  /** @param head the store's highest number before the commit */
  async committed(process: SimProcess, params: Commit, head: number): Promise<void> {
    const { changes, answered } = await this.mirror.update();
    for (const part of this.#parts) part.committed(process, params);
    for (const { before: row, after } of changes) {
      if (row && !row.deleted && after.deleted) this.#deletions.check(row, params);
      if (row) checkVersion(row, after);
    }
    for (const raw of answered) checkAnswered(raw, this.mirror, params);
    await this.#feed.check(head, this.#watched.looks);
    await this.#history.check(changes);
  }

  /**
   * Whether a record may differ at rest. One that became visible while its stretch was being read comes with the overlap of the next
   * reading; but a reading that went on for longer than the overlap has left it behind. And what a delta or feed told to be gone while it was
   * rejected, and only rejected, comes to life by its replay, until the next pass.
   */
  isExcused(key: string): boolean {
    const part = this.#partOf(key);
    const { cursor, deletions } = this.#watched.spec;
    const isRemoved = part.list.versions(key).at(-1)?.removed === true;
    const isReplayed = this.mirror.rows.get(key)?.origin === 'replay';
    const isTold = cursor === 'token' || deletions.includes('feed');
    return (isTold && isRemoved && isReplayed) || (cursor !== 'token' && part.isLeftBehind(key));
  }

  #partOf(key: string): PartWatch {
    const list = this.#watched.remote.listOf(key);
    const part = this.#parts.find((each) => each.list === list);
    if (!part) throw new Error(`nobody watches the list of ${key}`);
    return part;
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
