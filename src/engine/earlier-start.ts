import type { JsonValue } from '../core/json.js';
import { compareOrderValues, type OrderType, readOrderValue } from '../core/order-value.js';
import type { Run } from './run.js';
import type { Chain, Position } from './stream-state.js';

/** Whether the stream's `start` lies before what a part has been read from. */
export function startsEarlier(
  { cursor, state, start }: Run,
  { cursor: committed, start: from }: Position,
): boolean {
  if (cursor.kind !== 'field' || committed === null) return false;
  return isEarlier(start, from, state.orderType);
}

/** The position with the `start` that the first reading of a part begins from: a part without a cursor has not been read from anywhere yet. */
export function beginsFrom({ cursor, start }: Run, position: Position): Position {
  if (cursor.kind !== 'field' || position.cursor !== null) return position;
  const open = [position.incremental, position.full].find((chain) => chain?.resume);
  return { ...position, start: open ? open.asked : start };
}

/** Where a part has been read from, once it has been read from `asked` too. */
export function earliestStart(
  from: JsonValue,
  asked: JsonValue,
  type: OrderType | null,
): JsonValue {
  return isEarlier(asked, from, type) ? asked : from;
}

/** Whether all has come that lies before the reading's end, if the API keeps its order. */
export function isPastEnd({ highest, until }: Chain, type: OrderType | null): boolean {
  const end = readOrderValue(until, type ?? undefined);
  return (
    end !== null && highest !== null && type !== null && compareOrderValues(highest, end, type) > 0
  );
}

/** Null is before everything. */
function isEarlier(a: JsonValue, b: JsonValue, type: OrderType | null): boolean {
  const [x, y] = [readOrderValue(a, type ?? undefined), readOrderValue(b, type ?? undefined)];
  if (y === null || type === null) return false;
  return x === null || compareOrderValues(x, y, type) < 0;
}
