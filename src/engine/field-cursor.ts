import {
  compareOrderValues,
  isInstantType,
  msToOrderValue,
  type OrderType,
  type OrderValue,
  orderValueToMs,
} from '../core/order-value.js';

/** How far one reading has come, as its cursor field tells. */
export interface Progress {
  /** The cursor that may be committed now. */
  readonly cursor: OrderValue | null;
  /** Where the cursor goes back to when the order is lost. */
  readonly from: OrderValue | null;
  /** The highest value that any page has shown, future dates included. */
  readonly highest: OrderValue | null;
  /** Whether the cursor moves with each page: the API has kept its order so far. */
  readonly ordered: boolean;
}

/** A reading's progress after a page. */
export interface Advanced extends Progress {
  /** Whether the page showed an instant after the server's time. */
  readonly future: boolean;
}

/**
 * Takes in one page. While the order is kept, the cursor moves to the highest value that is not after the server's time at the page's request:
 * a record dated in the future does not carry it away. The first value below the highest before it shows that the order is lost: the cursor
 * goes back to where the reading began, and moves again only at its end.
 */
export function advance(
  progress: Progress,
  values: readonly (OrderValue | null)[],
  type: OrderType,
  serverTime: number,
): Advanced {
  let { highest, ordered } = progress;
  let newest: OrderValue | null = null;
  for (const value of values) {
    if (value === null) continue;
    if (highest !== null && compareOrderValues(value, highest, type) < 0) {
      ordered = false;
      newest = later(newest, value, type);
    } else highest = newest = value;
  }
  const future = newest !== null && isFuture(newest, type, serverTime);
  const past = future ? newestUntil(values, type, serverTime) : newest;
  const reached = past === null ? progress.cursor : later(progress.cursor, past, type);
  return {
    ...progress,
    highest,
    ordered,
    cursor: ordered ? reached : progress.ordered ? progress.from : progress.cursor,
    future,
  };
}

/** The highest value that is not in the future. */
function newestUntil(
  values: readonly (OrderValue | null)[],
  type: OrderType,
  serverTime: number,
): OrderValue | null {
  let newest: OrderValue | null = null;
  for (const value of values) {
    if (value !== null && !isFuture(value, type, serverTime)) newest = later(newest, value, type);
  }
  return newest;
}

/** How a reading began, by the clocks: ours at its first request, and the server's if its answer told. */
export interface Began {
  readonly at: number;
  readonly serverAt: number | null;
}

/**
 * The cursor after a reading that has succeeded. With order lost or never promised, it moves to the highest value that was seen, and for
 * instants never past the reading's beginning. It never moves back.
 */
export function finish(progress: Progress, type: OrderType, began: Began): OrderValue | null {
  const { cursor, highest, ordered } = progress;
  if (ordered || highest === null) return cursor;
  const limit = began.serverAt ?? began.at;
  const reached = isFuture(highest, type, limit) ? msToOrderValue(limit, type, highest) : highest;
  return later(cursor, reached, type);
}

/** The cursor after a successful reading without any record: an instant moves to the server's time at the first request, if that is known. */
export function finishEmpty(
  cursor: OrderValue | null,
  type: OrderType,
  began: Began,
  model: OrderValue | null,
): OrderValue | null {
  if (!isInstantType(type) || began.serverAt === null) return cursor;
  return later(cursor, msToOrderValue(began.serverAt, type, model ?? undefined), type);
}

function isFuture(value: OrderValue, type: OrderType, serverTime: number): boolean {
  const ms = orderValueToMs(value, type);
  return ms !== undefined && ms > serverTime;
}

function later(a: OrderValue | null, b: OrderValue, type: OrderType): OrderValue {
  return a === null || compareOrderValues(b, a, type) > 0 ? b : a;
}
