import type { Row } from './mirror.js';
import type { PartWatch } from './part-watch.js';
import type { Commit } from './stream-watch.js';
import { must } from './violation.js';
import type { Watched } from './watched.js';

/** I5: a record is tombstoned only on evidence. */
export class DeletionCheck {
  readonly #watched: Watched;
  readonly #partOf: (key: string) => PartWatch;
  readonly #passes = new Map<string, number>();

  constructor(watched: Watched, partOf: (key: string) => PartWatch) {
    this.#watched = watched;
    this.#partOf = partOf;
  }

  opened(pass: string): void {
    this.#passes.set(pass, this.#watched.now());
  }

  /** @param row the record as it was before it was deleted */
  check(row: Row, { items, lease }: Commit): void {
    const { key } = row;
    must(this.#wasGone(row), 'I5', () => `${key} was deleted, though it was there all the time`);
    const item = items.find((each) => each.key === key);
    const pass = item?.kind === 'delete' ? item.unseenIn : undefined;
    if (pass === undefined) this.#checkTold(key);
    else if (pass.endsWith(':probe')) this.#checkNamed(key, pass);
    else this.#checkPass(key, pass, lease === null);
    if (pass !== undefined) this.#checkUnseen(key, pass);
  }

  /** Whether the record was away or flagged at any time since its stored version was asked for. */
  #wasGone({ key, receivedAt }: Row): boolean {
    const { partition, list } = this.#partOf(key);
    if (this.#watched.remote.wasAway(partition, receivedAt)) return true;
    const versions = list.versions(key);
    return versions.some((version, i) => {
      const until = versions[i + 1]?.visibleAt ?? Infinity;
      return version.removed && version.visibleAt <= this.#watched.now() && until > receivedAt;
    });
  }

  /** A pass is one or more complete readings, and no page that was committed since it was opened has shown the record. */
  #checkPass(key: string, pass: string, isApproved: boolean): void {
    const openedAt = this.#passes.get(pass) ?? Infinity;
    const { partition, served } = this.#partOf(key);
    const readings = served.readings.filter((each) => each.isFull && each.beganAt >= openedAt);
    const complete = readings.filter((each) => each.isComplete);
    const { remote, spec } = this.#watched;
    const { paging, deletions } = spec;
    const confirms = spec.confirm === true && deletions.includes('snapshot');
    const isStable = paging === 'cursor' || paging === 'offset' || paging === 'next';
    const needed = confirms || isStable || isApproved ? 1 : 2;
    // A partition that is not listed is not read.
    const isRead = complete.length >= needed || remote.wasAway(partition, openedAt);
    must(isRead, 'I5', () => {
      return `${key} was deleted by pass ${pass} after ${complete.length} complete readings`;
    });
    // An empty pass is held before anything is confirmed: the app's word stands for it.
    if (confirms && !isApproved) this.#checkNamed(key, pass);
  }

  /** A deletions feed has named it, where nothing else could have told. */
  #checkTold(key: string): void {
    const { spec, remote } = this.#watched;
    if (spec.cursor === 'token' || spec.deletions.includes('flag')) return;
    must(remote.deletions.hasNamed(key, -Infinity), 'I5', () => `${key} was deleted untold`);
  }

  /** The API was asked for it, and said that it is gone. */
  #checkNamed(key: string, pass: string): void {
    const openedAt = this.#passes.get(pass) ?? Infinity;
    must(this.#watched.remote.deletions.hasNamed(key, openedAt), 'I5', () => {
      return `${key} was deleted by ${pass}, but the API did not say that it is gone`;
    });
  }

  #checkUnseen(key: string, pass: string): void {
    const openedAt = this.#passes.get(pass) ?? Infinity;
    const shown = this.#partOf(key)
      .served.readings.flatMap(({ pages }) => pages)
      .filter(({ isCommitted, at }) => isCommitted && at >= openedAt)
      .some(({ versions }) => versions.some((each) => each.key === key && !each.removed));
    must(!shown, 'I5', () => {
      return `${key} was deleted by pass ${pass}, but a page that was committed since has shown it`;
    });
  }
}
