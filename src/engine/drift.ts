import type { OrderValue } from '../core/order-value.js';
import type { PageOrigin, Paging } from '../connector/page.js';

/** Ways of paging in which a list that changes under the reader moves records over page borders. */
const MOVING: ReadonlySet<Paging> = new Set(['link', 'offset', 'page']);
const REMEMBERED = 100_000;

/**
 * Finds a key that comes twice with the same cursor value in one ascending reading: the sort is not total, or the list moved. In ascending order such keys are
 * neighbours, so only the keys at the newest value are remembered; beyond 100,000 at one value, no more are.
 */
export class DriftDetector {
  #value: OrderValue | null = null;
  readonly #keys = new Set<string>();

  /** The first key that came twice on the page or since the page before, if any. */
  observe(
    records: readonly { readonly key: string | null; readonly version: OrderValue | null }[],
    paging: Paging | undefined,
  ): string | undefined {
    if (paging === undefined || !MOVING.has(paging)) return undefined;
    let twice: string | undefined;
    const onPage = new Set<string>();
    for (const { key, version } of records) {
      if (key === null || version === null) continue;
      if (version !== this.#value) {
        this.#value = version;
        this.#keys.clear();
        onPage.clear();
      }
      // Twice on one page is the API's own repetition, which says nothing about page borders.
      if (this.#keys.has(key) && !onPage.has(key)) twice ??= key;
      onPage.add(key);
      if (this.#keys.size < REMEMBERED) this.#keys.add(key);
    }
    return twice;
  }
}

/** Whether a page may not have begun where the one before had ended. */
export function mayHaveMoved(origin: PageOrigin | undefined): boolean {
  return origin?.drift === true || origin?.unsure === true;
}
