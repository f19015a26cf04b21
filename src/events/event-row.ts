import type { JsonObject } from '../core/json.js';
import type { LogLevel } from './event-base.js';
import { isEventName } from './event-level.js';
import type { AnyEvent } from './event-map.js';
import { toPlainObject } from './plain-json.js';

/** An event as the log keeps it: what it is searched by, and all of it as plain JSON. */
export interface EventRow {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly type: string;
  readonly level: LogLevel;
  readonly connector: string | null;
  readonly connection: string | null;
  readonly stream: string | null;
  readonly run: string | null;
  /** The whole event, instants as ISO 8601. */
  readonly event: JsonObject;
}

/** Names of the fields that hold instants. Those of an event, not of the data in it. */
export type DateField<Event = AnyEvent> = Event extends unknown
  ? { [Field in keyof Event]-?: Date extends Event[Field] ? Field : never }[keyof Event]
  : never;

const DATE_FIELDS: Readonly<Record<DateField, true>> = {
  time: true,
  until: true,
  retryAt: true,
  resetAt: true,
  expiresAt: true,
  exhaustedAt: true,
  serverTime: true,
};

/** The row of an event. It shares nothing with the event, and is bounded in size. */
export function toEventRow(event: AnyEvent): EventRow {
  return {
    time: event.time.getTime(),
    type: event.type,
    level: event.level,
    connector: event.connector ?? null,
    connection: event.connection ?? null,
    stream: event.stream ?? null,
    run: event.run ?? null,
    event: toPlainObject(event),
  };
}

/** The event of a row, with its instants as `Date`. Undefined for an event that only another version of Syncline knows. */
export function fromEventRow(row: { readonly event: JsonObject }): AnyEvent | undefined {
  const fields = Object.entries(row.event).map(([name, value]): [string, unknown] => [
    name,
    Object.hasOwn(DATE_FIELDS, name) && typeof value === 'string' ? new Date(value) : value,
  ]);
  const event: object = Object.fromEntries(fields);
  return isEvent(event) ? event : undefined;
}

/** Rows come from {@link toEventRow}: an event of a known name has the fields of that name. */
function isEvent(event: object): event is AnyEvent {
  return 'type' in event && typeof event.type === 'string' && isEventName(event.type);
}
