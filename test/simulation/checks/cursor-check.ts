import type { FakeList, FakeVersion } from 'syncline/testing';
import {
  countsItems,
  isInstant,
  overlapOf,
  startOf,
  type StreamSpec,
} from '../world/stream-spec.js';
import type { Mirror } from './mirror.js';
import { lossOf } from './presence.js';
import type { Page, Reading } from './served.js';
import { must } from './violation.js';

/** A commit that moved a stream's position, and the pages that it stands for. */
export interface Move {
  /** The pages of the commit's reading, up to the one that it brings; all of them where the commit closes the reading. */
  readonly pages: readonly Page[];
  readonly reading: Reading | undefined;
  readonly before: unknown;
  readonly after: unknown;
  readonly closes: boolean;
}

/** I2: the cursor is never ahead of the data. */
export function checkCursor(
  spec: StreamSpec,
  list: FakeList,
  mirror: Mirror,
  move: Move,
  skewMs: number,
): void {
  const { reading } = move;
  const to = cursorValue(spec, list, move.after);
  const from = cursorValue(spec, list, move.before);
  if (to === undefined || !reading || (from !== undefined && to <= from)) return;
  if (spec.cursor === 'token') {
    checkToken(list, mirror, reading, to);
    return;
  }
  checkServerTime(spec, move, to, skewMs);
  // An API that breaks its word is found out only by what it serves: until then the cursor follows it.
  if (spec.cursor === 'ascending' && spec.order === 'key' && !move.closes) return;
  if (hasLeapt(spec, list, move.pages)) return;
  const isComplete = move.pages.some(({ isLast }) => isLast);
  for (const version of visibleTo(reading, list)) {
    const { sortBy, removed, key } = version;
    const isLatest = list.versions(key).at(-1) === version;
    // What has the cursor's own value is asked for again, so it may come with a later page.
    const isPassed = sortBy !== null && (sortBy < to || (sortBy === to && isComplete));
    const isRead = isPassed && sortBy >= (reading.since ?? -Infinity);
    if (!isLatest || !isRead || (removed && !version.shown)) continue;
    const loss = lossOf(version, mirror, list);
    must(loss === undefined, 'I2', () => `the cursor is ${show(move)}, but ${loss ?? ''}`);
  }
}

/** Each reading begins at the committed cursor or before it: else what lies between is never read. */
export function checkBeginning(
  spec: StreamSpec,
  list: FakeList,
  committed: unknown,
  reading: Reading,
): void {
  const cursor = cursorValue(spec, list, committed);
  const { since } = reading;
  if (since === undefined) return;
  const overlap = overlapOf(spec);
  // Nothing is read before the release's own start; the first release begins latest.
  const latest = startOf(spec, 'first') ?? -Infinity;
  must(since <= Math.max((cursor ?? -Infinity) - overlap, latest), 'I2', () => {
    return `${spec.name} is read from ${since} on, but its cursor is ${String(cursor)}, with an overlap of ${overlap}`;
  });
}

/** A delta token stands for every change up to its own. */
function checkToken(list: FakeList, mirror: Mirror, reading: Reading, to: number): void {
  for (const version of visibleTo(reading, list)) {
    const { key, seq, removed } = version;
    const isLatest = list.versions(key).at(-1) === version;
    const isRead = seq <= to && seq > (reading.since ?? 0);
    // What is gone from a full listing is found by the pass that it feeds, after the token.
    if (!isLatest || !isRead || (removed && reading.isFull)) continue;
    const loss = lossOf(version, mirror, list);
    must(loss === undefined, 'I2', () => `the token is that of ${to}, but ${loss ?? ''}`);
  }
}

function checkServerTime(spec: StreamSpec, move: Move, to: number, skewMs: number): void {
  const page = move.pages.at(-1);
  if (!isInstant(spec) || !page) return;
  must(to <= page.at + skewMs, 'I2', () => {
    return `the cursor is ${show(move)}, but the server's clock was at ${page.at + skewMs} when the page was read`;
  });
}

/**
 * Where pages are counted, what leaves an earlier page lets others slip over the border unseen: `page` catches none of them, `offset` one,
 * as long as the page before was full.
 */
function hasLeapt(spec: StreamSpec, list: FakeList, pages: readonly Page[]): boolean {
  if (!countsItems(spec)) return false;
  const { paging, pageSize } = spec;
  return pages.some((page, i) => {
    const before = pages[i - 1];
    if (!before) return false;
    const isOverlapped = paging === 'offset' && pageSize > 1 && before.versions.length === pageSize;
    return leavers(spec, list, before.at, page.at) > (isOverlapped ? 1 : 0);
  });
}

/** How many records left their place in the list between two instants. */
function leavers(spec: StreamSpec, list: FakeList, from: number, to: number): number {
  return list.visible(to).filter((version) => {
    const isNew = version.visibleAt > from && list.versions(version.key)[0] === version;
    const leaves = version.removed ? !version.shown : false;
    const moves = spec.order === 'ascending' && !isNew;
    return version.visibleAt > from && (leaves || moves);
  }).length;
}

/** What could be seen when a reading began. */
function visibleTo({ beganAt, beganSeq }: Reading, list: FakeList): readonly FakeVersion[] {
  return list.visible(beganAt).filter(({ seq }) => seq <= beganSeq);
}

function cursorValue(spec: StreamSpec, list: FakeList, cursor: unknown): number | undefined {
  if (typeof cursor !== 'string' && typeof cursor !== 'number') return undefined;
  if (spec.cursor === 'token') return Number(String(cursor).split('.')[1]);
  return list.stamps.read(String(cursor));
}

function show({ before, after }: Move): string {
  return `${String(after)} (after ${String(before)})`;
}
