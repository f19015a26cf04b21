import { describe, expectTypeOf, test } from 'vitest';
import type { Emitter } from '../../src/events/emitter.js';
import type { ErrorInfo } from '../../src/events/error-info.js';
import type {
  AnyEvent,
  EventFamily,
  EventName,
  EventOf,
  SynclineEvent,
} from '../../src/events/event-map.js';
import type { DateField } from '../../src/events/event-row.js';
import type { ScopedEmit } from '../../src/events/scoped-emit.js';

declare const emitter: Emitter;

describe('listening', () => {
  test('to a name gives its event', () => {
    emitter.on('run.failed', (event) => {
      expectTypeOf(event).toEqualTypeOf<SynclineEvent<'run.failed'>>();
      expectTypeOf(event.type).toEqualTypeOf<'run.failed'>();
      expectTypeOf(event.time).toEqualTypeOf<Date>();
      expectTypeOf(event.error).toEqualTypeOf<ErrorInfo>();
      expectTypeOf(event.run).toEqualTypeOf<string>();
      expectTypeOf(event.attempt).toEqualTypeOf<number | undefined>();
    });
  });

  test('to a family gives the union of its events', () => {
    emitter.on('page.*', (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'page.committed' | 'page.drift'>();
    });
    emitter.on('run.*', (event) => {
      if (event.type === 'run.failed') expectTypeOf(event.error).toEqualTypeOf<ErrorInfo>();
      else expectTypeOf(event.error).toEqualTypeOf<ErrorInfo | undefined>();
      // @ts-expect-error not all of the family have counts
      expectTypeOf(event.counts).toBeAny();
    });
  });

  test('to everything gives a union told apart by type', () => {
    emitter.onAny((event) => {
      expectTypeOf(event).toEqualTypeOf<AnyEvent>();
      expectTypeOf(event.type).toEqualTypeOf<EventName>();
      if (event.type === 'cursor.expired') {
        expectTypeOf(event.dropped).toEqualTypeOf<'resume' | 'cursor'>();
      }
    });
  });

  test('may be asynchronous', () => {
    emitter.on('run.*', async () => Promise.resolve());
  });

  test('is to what exists', () => {
    // @ts-expect-error no such event
    emitter.on('run.suceeded', () => undefined);
    // @ts-expect-error no such family
    emitter.on('runs.*', () => undefined);
    // @ts-expect-error everything has its own method
    emitter.on('*', () => undefined);
  });
});

describe('emitting', () => {
  test('needs all of an event but time and level', () => {
    emitter.emit({
      type: 'limit.admitted',
      connector: 'c',
      limit: 'l',
      scope: 's',
      waitedMs: 1,
      priority: 0,
    });
    // @ts-expect-error what is the limit?
    emitter.emit({ type: 'limit.admitted', connector: 'c', scope: 's', waitedMs: 1, priority: 0 });
    // @ts-expect-error no such field
    emitter.emit({ type: 'connection.created', connector: 'c', connection: 'a', colour: 'red' });
  });

  test('in a run leaves out what the run fills in', () => {
    const emit: ScopedEmit = () => undefined;
    emit({ type: 'run.skipped', mode: 'full', after: 'users' });
    // @ts-expect-error after what?
    emit({ type: 'run.skipped', mode: 'full' });
  });
});

test('families and names are those of the map', () => {
  expectTypeOf<'circuit.*'>().toExtend<EventFamily>();
  expectTypeOf<EventOf<'circuit.*'>['type']>().toEqualTypeOf<
    'circuit.opened' | 'circuit.half_open' | 'circuit.closed'
  >();
  expectTypeOf<EventOf<'log.*'>>().toEqualTypeOf<SynclineEvent<'log.line'>>();
});

test('a field that holds an instant in one event holds one in every event', () => {
  type Values<Event> = Event extends unknown ? Event[keyof Event & DateField] : never;
  expectTypeOf<Values<AnyEvent>>().toEqualTypeOf<Date | null>();
});
