import type { FakeList, ServedPage } from 'syncline/testing';
import type { SimProcess } from '../world/process.js';
import { overlapOf } from '../world/stream-spec.js';
import { checkBeginning, checkCursor } from './cursor-check.js';
import type { Mirror, PositionView } from './mirror.js';
import { lossOf } from './presence.js';
import { type Page, Served } from './served.js';
import type { Commit } from './stream-watch.js';
import { must } from './violation.js';
import type { Watched } from './watched.js';

const NOWHERE: PositionView = { cursor: null, chains: '' };

/** Watches one partition of a stream, or all of a stream that has none: what its API served, and how far it counts as read. */
export class PartWatch {
  readonly partition: string;
  readonly list: FakeList;
  readonly served: Served;
  readonly #watched: Watched;
  readonly #mirror: Mirror;
  #position = NOWHERE;

  constructor(watched: Watched, mirror: Mirror, partition: string, list: FakeList) {
    this.partition = partition;
    this.list = list;
    this.served = new Served(list);
    this.#watched = watched;
    this.#mirror = mirror;
  }

  /** @param token of the lease that the process which asked holds, if it does */
  asked(page: ServedPage, token: number | undefined): void {
    const { reading } = this.served.add(page, token);
    const isFirst = reading.pages.length === 1;
    if (token !== undefined && isFirst)
      checkBeginning(this.#watched.spec, this.list, this.#position.cursor, reading);
  }

  /** After each commit to the stream. */
  committed(process: SimProcess, params: Commit): void {
    const before = this.#position;
    const after = this.#mirror.positions.get(this.partition) ?? NOWHERE;
    this.#position = after;
    const isMoved = params.positions?.some(({ partition }) => partition === this.partition);
    // Otherwise it was reset by the app: what this commit brings has no part in it.
    if (isMoved !== true) return;
    this.served.committed(process.id, params.receivedAt);
    if (after.cursor !== before.cursor || after.chains !== before.chains)
      this.#moved(process, params, before.cursor);
  }

  /** Whether a record became visible in the middle of a reading that went on for longer than the overlap: it is left behind. */
  isLeftBehind(key: string): boolean {
    const { spec, skewMs } = this.#watched;
    const newest = this.list.versions(key).at(-1);
    if (!newest) return false;
    const { at, visibleAt, sortBy } = newest;
    return this.served.readings.some(({ beganAt, pages }) => {
      const lastAt = pages.at(-1)?.at ?? beganAt;
      const isSpanned = visibleAt > at && beganAt < visibleAt && lastAt >= visibleAt;
      return isSpanned && lastAt + skewMs - (sortBy ?? 0) > overlapOf(spec);
    });
  }

  #moved(process: SimProcess, params: Commit, before: unknown): void {
    const { spec, skewMs } = this.#watched;
    const closes = params.items.length + params.rejected.length === 0;
    // What moves the position without records stands for all that its run was served.
    const last = this.served.lastOf(params.lease?.token);
    const sentAt = closes ? (last?.sentAt ?? 0) : params.receivedAt;
    const pages = this.served.upTo(process.id, sentAt);
    const reading = pages.at(-1)?.reading;
    this.#checkPages(pages);
    const move = { pages, reading, before, after: this.#position.cursor, closes };
    checkCursor(spec, this.list, this.#mirror, move, skewMs);
  }

  /** I1: a page's position goes with its last record, not before. */
  #checkPages(pages: readonly Page[]): void {
    for (const { versions, at } of pages) {
      for (const version of versions) {
        const loss = lossOf(version, this.#mirror, this.list);
        must(loss === undefined, 'I1', () => `the page read at ${at} is passed, but ${loss ?? ''}`);
      }
    }
  }
}
