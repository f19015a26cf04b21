import type { ConnectionEvents, AuthEvents } from './connection-events.js';
import type { ConsumerEvents } from './consumer-events.js';
import type { DeletionEvents } from './deletion-events.js';
import type { EventHead, LogLevel } from './event-base.js';
import type { HealthEvents, LogEvents } from './health-events.js';
import type { CircuitEvents, HttpEvents, LimitEvents } from './http-events.js';
import type { CursorEvents, PageEvents, SchemaEvents } from './page-events.js';
import type { RunEvents } from './run-events.js';
import type { StoreEvents } from './store-events.js';
import type { WebhookEvents } from './webhook-events.js';
import type { WriteEvents } from './write-events.js';

/** Every event by its name, with what it carries beside {@link EventHead}. Instants are `Date`, durations milliseconds. */
export interface EventMap
  extends
    RunEvents,
    PageEvents,
    CursorEvents,
    SchemaEvents,
    DeletionEvents,
    HttpEvents,
    LimitEvents,
    CircuitEvents,
    AuthEvents,
    ConnectionEvents,
    WebhookEvents,
    WriteEvents,
    ConsumerEvents,
    StoreEvents,
    HealthEvents,
    LogEvents {}

/** The name of an event, as `'run.succeeded'`. */
export type EventName = keyof EventMap;

// Distributes over unions and shows editors one plain object.
type Flat<T> = T extends unknown ? { [K in keyof T]: T[K] } : never;

type Events = { [Name in EventName]: Flat<EventHead<Name> & EventMap[Name]> };

/**
 * The event of a name.
 *
 * @example const remember = (event: SynclineEvent<'run.failed'>) => errors.push(event.error.message);
 */
export type SynclineEvent<Name extends EventName = EventName> = Events[Name];

/** Any event, told apart by `type`. */
export type AnyEvent = Events[EventName];

/** All events whose names begin alike, as `'run.*'`. */
export type EventFamily = EventName extends infer Name
  ? Name extends `${infer Family}.${string}`
    ? `${Family}.*`
    : never
  : never;

/** What can be listened to: an event's name or a family. */
export type EventPattern = EventName | EventFamily;

/** The names that a pattern stands for. */
export type NamesOf<Pattern extends EventPattern> = Pattern extends `${infer Family}.*`
  ? Extract<EventName, `${Family}.${string}`>
  : Pattern;

/** The events that a pattern stands for. */
export type EventOf<Pattern extends EventPattern> = Extract<
  AnyEvent,
  { readonly type: NamesOf<Pattern> }
>;

type Input<Event> = Event extends unknown
  ? Flat<Omit<Event, 'time' | 'level'> & { readonly time?: Date; readonly level?: LogLevel }>
  : never;

/** An event as it is handed in: without `time` it is now, without `level` the usual one of its name. */
export type EventInput<Name extends EventName = EventName> = Input<Events[Name]>;
