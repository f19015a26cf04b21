import type { LogLevel } from './event-base.js';
import type { EventName } from './event-map.js';

/** The level of each event, unless it is emitted with another one. */
export const EVENT_LEVELS: Readonly<Record<EventName, LogLevel>> = {
  'run.queued': 'info',
  'run.started': 'info',
  'run.waiting': 'info',
  'run.resumed': 'info',
  'run.progress': 'debug',
  'run.succeeded': 'info',
  'run.failed': 'error',
  'run.cancelled': 'info',
  'run.skipped': 'warn',
  'run.stalled': 'warn',
  'run.lost': 'warn',
  'run.late': 'info',

  'page.committed': 'info',
  'page.drift': 'warn',
  'record.rejected': 'warn',
  'record.replayed': 'info',

  'cursor.moved': 'debug',
  'cursor.unordered': 'warn',
  'cursor.expired': 'warn',
  'cursor.unreadable': 'info',
  'cursor.future': 'info',
  'cursor.reset': 'info',

  'schema.drift': 'warn',
  'schema.migrated': 'info',
  'schema.migration_failed': 'error',

  'deletion.pass': 'info',
  'deletion.confirmed': 'info',
  'deletion.applied': 'info',
  'deletion.guarded': 'warn',
  'deletion.approved': 'info',
  'deletion.abandoned': 'info',

  'http.exchange': 'debug',
  'http.retry': 'info',
  'http.failed': 'warn',

  'limit.waiting': 'info',
  'limit.admitted': 'debug',
  'limit.learned': 'info',
  'limit.exhausted': 'info',
  'limit.forecast': 'warn',
  'limit.slowed': 'warn',
  'limit.implausible': 'warn',

  'circuit.opened': 'error',
  'circuit.half_open': 'info',
  'circuit.closed': 'info',

  'auth.refreshed': 'info',
  'auth.refresh_failed': 'warn',
  'auth.refused': 'error',
  'auth.resealed': 'info',

  'connection.created': 'info',
  'connection.updated': 'info',
  'connection.paused': 'info',
  'connection.resumed': 'info',
  'connection.deleted': 'info',
  'connection.needs_reauth': 'error',
  'connection.checked': 'info',
  'connection.unclaimed': 'warn',

  'webhook.received': 'debug',
  'webhook.duplicate': 'debug',
  'webhook.refused': 'warn',
  'webhook.processed': 'info',
  'webhook.failed': 'error',
  'webhook.subscribed': 'info',
  'webhook.subscription_failed': 'error',

  'write.queued': 'info',
  'write.sent': 'debug',
  'write.retry': 'warn',
  'write.conflict': 'warn',
  'write.succeeded': 'info',
  'write.failed': 'error',

  'consumer.started': 'info',
  'consumer.stopped': 'info',
  'consumer.committed': 'debug',
  'consumer.failed': 'error',
  'consumer.poison': 'error',
  'consumer.lag': 'warn',
  'consumer.reset': 'warn',

  'store.migrated': 'info',
  'store.busy': 'warn',
  'store.slow': 'warn',
  'store.failed': 'error',
  'store.pruned': 'info',
  'store.logs_failing': 'error',
  'store.logs_recovered': 'warn',
  'store.traffic_failing': 'error',
  'store.traffic_recovered': 'warn',

  'health.listener_failed': 'error',
  'health.listener_blocked': 'warn',
  'health.event_loop': 'warn',
  'health.memory': 'warn',
  'health.recovered': 'info',
  'health.clock_jumped': 'warn',

  'log.line': 'info',
};

const GRAVITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Whether a level is `least` or graver. */
export function reachesLevel(level: LogLevel, least: LogLevel): boolean {
  return GRAVITY[level] >= GRAVITY[least];
}

/** Whether an event of this name exists. */
export function isEventName(name: string): name is EventName {
  return Object.hasOwn(EVENT_LEVELS, name);
}
