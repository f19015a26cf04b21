import type { FakeList } from 'syncline/testing';
import type { StreamSpec } from '../world/stream-spec.js';
import type { Row } from './mirror.js';
import type { Served } from './served.js';
import type { Commit } from './stream-watch.js';
import { must } from './violation.js';

/** I5: a record is tombstoned only on evidence. */
export class DeletionCheck {
  readonly #spec: StreamSpec;
  readonly #list: FakeList;
  readonly #served: Served;
  readonly #now: () => number;
  readonly #passes = new Map<string, number>();

  constructor(spec: StreamSpec, list: FakeList, served: Served, now: () => number) {
    this.#spec = spec;
    this.#list = list;
    this.#served = served;
    this.#now = now;
  }

  opened(pass: string): void {
    this.#passes.set(pass, this.#now());
  }

  /** @param row the record as it was before it was deleted */
  check(row: Row, { items, lease }: Commit): void {
    const { key } = row;
    must(this.#wasGone(row), 'I5', () => `${key} was deleted, though it was there all the time`);
    const item = items.find((each) => each.key === key);
    const pass = item?.kind === 'delete' ? item.unseenIn : undefined;
    if (pass !== undefined) this.#checkPass(key, pass, lease === null);
  }

  /** Whether the record was away or flagged at any time since its stored version was asked for. */
  #wasGone({ key, receivedAt }: Row): boolean {
    const versions = this.#list.versions(key);
    return versions.some((version, i) => {
      const until = versions[i + 1]?.visibleAt ?? Infinity;
      return version.removed && version.visibleAt <= this.#now() && until > receivedAt;
    });
  }

  /** A pass is one or more complete readings, and no page that was committed since it was opened has shown the record. */
  #checkPass(key: string, pass: string, isApproved: boolean): void {
    const openedAt = this.#passes.get(pass) ?? Infinity;
    const readings = this.#served.readings.filter(
      (each) => each.isFull && each.beganAt >= openedAt,
    );
    const complete = readings.filter((each) => each.isComplete);
    const { paging, confirm } = this.#spec;
    const isStable = paging === 'cursor' || paging === 'offset' || paging === 'next';
    const needed = confirm === true || isStable || isApproved ? 1 : 2;
    must(complete.length >= needed, 'I5', () => {
      return `${key} was deleted by pass ${pass} after ${complete.length} complete readings`;
    });
    const shown = this.#served.readings
      .flatMap(({ pages }) => pages)
      .filter(({ isCommitted, at }) => isCommitted && at >= openedAt)
      .some(({ versions }) => versions.some((each) => each.key === key && !each.removed));
    must(!shown, 'I5', () => {
      return `${key} was deleted by pass ${pass}, but a page that was committed since has shown it`;
    });
  }
}
