import type { Emit } from './emitter.js';
import type { EventInput } from './event-map.js';

/** Where a run's events happen: filled in for each of them. */
export interface EventScope {
  readonly connector: string;
  readonly connection: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly stream: string;
  readonly run: string;
  /** Which attempt of the run; an event that speaks of another attempt brings its own. */
  readonly attempt: number;
}

type Unscoped<Event> = Event extends unknown
  ? Omit<Event, Exclude<keyof EventScope, 'attempt'>>
  : never;

/** An event without what its scope fills in. */
export type ScopedInput = Unscoped<EventInput>;

export type ScopedEmit = (event: ScopedInput) => void;

/**
 * Emits in the name of a run.
 *
 * @example const emit = scopedEmit(env.emit, { ...ref, run: run.id, attempt, tags }); emit({ type: 'run.lost', error });
 */
export function scopedEmit(emit: Emit, scope: EventScope): ScopedEmit {
  return (event) => emit({ ...scope, ...event });
}
