import type { Paging } from '../../connector/page.js';
import type { JsonValue } from '../../core/json.js';
import type { Answer } from '../exchange.js';
import type { ListRequest } from './list-request.js';
import { isJsonObject } from './list-request.js';

/** A page as it came. */
export interface ReadPage {
  readonly answer: Answer;
  /** The request that it was asked with. */
  readonly request: ListRequest;
  /** Undefined when the response had none (204). */
  readonly body: unknown;
  /** The list at `items`; empty when the body has none. */
  readonly items: readonly unknown[];
  /** The field of `items` is there, and is null. */
  readonly isNull: boolean;
  /** The object that should hold the list is there, and is not the body itself. */
  readonly hasPlace: boolean;
}

/** What follows from a page. */
export interface Turn {
  /** Where the next page is; undefined: this was the last one. */
  readonly next: JsonValue | undefined;
  /** The body says by the style's own fields that the list ends here: then a list that is missing or null is an empty one. */
  readonly saidEnd?: boolean;
  /** The items without those that the page before had, when fewer. */
  readonly items?: readonly unknown[];
  /** The list moved since the page before. */
  readonly drift?: boolean;
  /** Nobody can tell whether it began there: what the two pages share has changed. */
  readonly unsure?: boolean;
  /** It moved in such a way that items may have been passed over. */
  readonly gap?: boolean;
  readonly total?: number | undefined;
}

/** A way in which APIs say where the next page is. One object reads one list: it may remember the page before. */
export interface Style {
  readonly paging: Paging;
  /** Whether the same request may have a new answer, as a scroll's has. */
  readonly mayAskAgain: boolean;
  /** The next page is told by headers, which may change while the body stays the same. */
  readonly tellsNextInHeaders?: boolean;
  /** The request for the page at a position; undefined is the first one. */
  request(first: ListRequest, at: JsonValue | undefined): ListRequest;
  /** The list in the body, for styles that know where it is. */
  list?(body: unknown): unknown;
  /** What the headers of a 304 say of the next page: null is the end, undefined nothing. */
  nextAfterUnchanged?(answer: Answer): JsonValue | undefined;
  /** Whether a 404 or 416 for the page at a position says that it lies behind the list's end. */
  endsWithout?(at: JsonValue | undefined): boolean;
  /** @throws {HttpError} when the body contradicts the style */
  turn(page: ReadPage, at: JsonValue | undefined): Turn;
}

/** A field of a position, which may come back from storage in another shape. */
export function positionField(at: JsonValue | undefined, field: string): JsonValue | undefined {
  return isJsonObject(at) && Object.hasOwn(at, field) ? at[field] : undefined;
}
