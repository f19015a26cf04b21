import type { JsonValue } from '../core/json.js';

/** A record's key as the app writes it: the field's value, or the values of a list key in order. */
export type Key = string | number | readonly (string | number)[];

/** What `pull` yields and the engine commits: all of it, or nothing. */
export interface Page<Input> {
  readonly records?: readonly Input[] | undefined;
  /** Keys of records that are gone. In one page, a key that is also in `records` is deleted. */
  readonly deletes?: readonly Key[] | undefined;
  /**
   * Records and deletions of other streams of the same connection, for APIs whose one feed speaks of several. They are committed before the
   * page's own, and never move the other streams' cursors.
   */
  readonly also?: readonly AlsoPage[] | undefined;
  /** The API's own delta token, for `cursor: 'token'`. The last one of a reading is kept. */
  readonly cursor?: JsonValue | undefined;
  /** Where to go on, should the run end after this page: any JSON but null. */
  readonly resume?: JsonValue | undefined;
  /** How many records the reading has in all, for progress. */
  readonly total?: number | undefined;
}

/** What a page says of another stream. */
export interface AlsoPage {
  readonly stream: string;
  readonly records?: readonly unknown[];
  readonly deletes?: readonly Key[];
}

/** How the pages of a list were asked for: it decides what a key that comes twice means. */
export type Paging = 'link' | 'next' | 'cursor' | 'offset' | 'page' | 'graphql' | 'custom';

/** What `ctx.http.pages` knows of a page beside its records. It travels with the page under {@link pageOrigin}. */
export interface PageOrigin {
  readonly paging: Paging;
  /** Our clock when the page was asked for. */
  readonly requestedAt: number;
  /** The server's clock when it answered, from its `Date` header. */
  readonly serverTime: number | undefined;
  /** The page did not begin where the one before had ended: the list moved while it was read. */
  readonly drift?: boolean;
  /** Nobody can tell whether it did: the item that both pages have was edited in between. */
  readonly unsure?: boolean;
  /** It moved in such a way that records may have been passed over. */
  readonly gap?: boolean;
  /** Present when the page was asked for with `conditional`. */
  readonly condition?: PageCondition;
}

/** What the answer to a conditional request says of its page. */
export interface PageCondition {
  /** Tells the request from all others: a hash of it. */
  readonly address: string;
  /** The API answered 304: the page is as it was when its validator was kept. */
  readonly unchanged: boolean;
  /** What to ask with next time; null when the answer had nothing that can be trusted. */
  readonly validator: Validator | null;
}

/** A page as it was once read: by this the API knows it again (RFC 9110, section 8.8), and the list is read on behind it. */
export interface Validator {
  /** As it came, weak or strong. */
  readonly etag?: string;
  readonly lastModified?: string;
  /** Where the page after it is, in the form of resume tokens; null: there was none. */
  readonly next: JsonValue;
}

/** The validator of a page, and the page's address. */
export interface KnownPage extends Validator {
  readonly address: string;
}

/** The property that a page's origin travels under; an object spread keeps it. */
export const pageOrigin = Symbol.for('syncline.pageOrigin');
