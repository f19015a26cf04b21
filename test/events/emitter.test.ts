import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { Emitter } from '../../src/events/emitter.js';
import type { AnyEvent, EventInput, SynclineEvent } from '../../src/events/event-map.js';
import { ManualClock, settle } from './manual-clock.js';

const place = { connector: 'github', connection: 'acme', stream: 'issues', run: 'r1' } as const;
const queued: EventInput = { type: 'run.queued', ...place, mode: 'incremental' };
const created: EventInput = { type: 'connection.created', connector: 'github', connection: 'acme' };

let clock: ManualClock;
let emitter: Emitter;
beforeEach(() => {
  clock = new ManualClock();
  emitter = new Emitter({ clock });
});

describe('who hears what', () => {
  test('a name, a family and everything; time and level are filled in', () => {
    const heard: [string, AnyEvent][] = [];
    emitter.on('run.queued', (event) => heard.push(['name', event]));
    emitter.on('run.*', (event) => heard.push(['family', event]));
    emitter.on('run.failed', (event) => heard.push(['other', event]));
    emitter.on('page.*', (event) => heard.push(['other', event]));
    emitter.onAny((event) => heard.push(['any', event]));

    emitter.emit(queued);

    expect(heard.map(([who]) => who)).toEqual(['any', 'family', 'name']);
    expect(heard[0]?.[1]).toEqual({ ...queued, time: new Date(clock.now()), level: 'info' });
  });

  test('a given time and level stay', () => {
    const heard: AnyEvent[] = [];
    emitter.onAny((event) => heard.push(event));
    const time = new Date(5);
    emitter.emit({ type: 'log.line', level: 'debug', message: 'hello', time });
    expect(heard).toEqual([{ type: 'log.line', level: 'debug', message: 'hello', time }]);
  });

  test('an event that does not exist is refused', () => {
    // @ts-expect-error no such event
    expect(() => emitter.on('run.suceeded', () => undefined)).toThrow(ConfigError);
    // @ts-expect-error no such family
    expect(() => emitter.on('runs.*', () => undefined)).toThrow("on('runs.*')");
    // @ts-expect-error not a family of its own
    expect(() => emitter.on('toString', () => undefined)).toThrow(ConfigError);
  });

  test('an event that nobody wants is not made', () => {
    const types: string[] = [];
    const off = emitter.onAny(
      ({ type }) => types.push(type),
      (type) => type !== 'run.queued',
    );
    expect([emitter.isHeard('run.queued'), emitter.isHeard('run.failed')]).toEqual([false, true]);
    const stop = emitter.on('run.*', ({ type }) => types.push(`run.*: ${type}`));
    expect(emitter.isHeard('run.queued')).toBe(true);
    emitter.emit(queued);
    emitter.emit(created);
    stop();
    off();
    emitter.emit(created);
    expect(emitter.isHeard('run.failed')).toBe(false);
    expect(types).toEqual(['run.*: run.queued', 'connection.created']);
  });

  test('off ends it, twice does nothing, and other listeners stay', () => {
    const heard: string[] = [];
    const off = emitter.on('run.*', () => heard.push('a'));
    emitter.on('run.*', () => heard.push('b'));
    off();
    off();
    emitter.emit(queued);
    expect(heard).toEqual(['b']);
  });

  test('the same function added twice is called twice, and each off ends one', () => {
    let calls = 0;
    const listener = () => ++calls;
    const off = emitter.on('run.*', listener);
    emitter.on('run.*', listener);
    emitter.emit(queued);
    off();
    emitter.emit(queued);
    expect(calls).toBe(3);
  });
});

describe('adding and removing while an event is delivered', () => {
  test('who is added gets the next event, not this one', () => {
    const heard: string[] = [];
    emitter.onAny(() => {
      if (heard.length === 0) {
        emitter.onAny(() => heard.push('any'));
        emitter.on('run.*', () => heard.push('family'));
        emitter.on('run.queued', () => heard.push('name'));
      }
      heard.push('first');
    });
    emitter.emit(queued);
    expect(heard).toEqual(['first']);
    emitter.emit(queued);
    expect(heard).toEqual(['first', 'first', 'any', 'family', 'name']);
  });

  test('who is removed gets nothing any more, not even this event', () => {
    const heard: string[] = [];
    const offs: (() => void)[] = [];
    emitter.onAny(() => offs.forEach((off) => off()));
    offs.push(emitter.onAny(() => heard.push('removed')));
    offs.push(emitter.on('run.*', () => heard.push('removed')));
    emitter.on('run.*', () => heard.push('stays'));
    emitter.emit(queued);
    expect(heard).toEqual(['stays']);
  });

  test('an event that a listener causes comes after the one that caused it, for everybody', () => {
    const heard: string[] = [];
    emitter.on('run.queued', () => emitter.emit(created));
    emitter.on('run.queued', () => heard.push('queued'));
    emitter.onAny((event) => heard.push(`any ${event.type}`));
    emitter.emit(queued);
    expect(heard).toEqual(['any run.queued', 'queued', 'any connection.created']);
  });

  test('a listener cannot change what the next one gets', () => {
    const heard: AnyEvent[] = [];
    emitter.onAny((event) => Object.assign(event, { type: 'mine' }));
    emitter.on('run.queued', (event) => heard.push(event));
    emitter.emit(queued);
    expect(heard[0]?.type).toBe('run.queued');
  });
});

describe('I16: a listener never harms or delays who emits', () => {
  let failures: SynclineEvent<'health.listener_failed'>[];
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): void => void unhandled.push(error);
  beforeEach(() => {
    failures = [];
    unhandled.length = 0;
    process.on('unhandledRejection', onUnhandled);
    emitter.on('health.listener_failed', (event) => failures.push(event));
  });
  afterEach(async () => {
    await settle();
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });

  test('a throw is caught and told, and the others are served', () => {
    const heard: string[] = [];
    emitter.on('run.queued', function alarm() {
      throw new TypeError('boom');
    });
    emitter.on('run.queued', () => heard.push('second'));
    expect(() => emitter.emit(queued)).not.toThrow();
    expect(heard).toEqual(['second']);
    expect(failures).toMatchObject([
      {
        type: 'health.listener_failed',
        level: 'error',
        ...place,
        pattern: 'run.queued',
        listener: 'alarm',
        event: 'run.queued',
        times: 1,
        error: { name: 'TypeError', message: 'boom' },
      },
    ]);
  });

  test('a throw among those of a family or of everything starves nobody either', () => {
    const heard: string[] = [];
    const fail = (): never => {
      throw new Error('boom');
    };
    emitter.onAny((event) => event.type === 'run.queued' && fail());
    emitter.on('run.*', fail);
    emitter.on('run.queued', fail);
    emitter.onAny((event) => heard.push(event.type));
    emitter.on('run.*', () => heard.push('family'));
    emitter.on('run.queued', () => heard.push('name'));
    emitter.emit(queued);
    expect(heard.slice(0, 3)).toEqual(['run.queued', 'family', 'name']);
    expect(failures.map((event) => event.pattern)).toEqual(['*', 'run.*', 'run.queued']);
  });

  test.each([undefined, null, 'text', { nothing: true }, 7n])(
    'whatever is thrown: %s',
    (thrown: unknown) => {
      emitter.on('run.*', () => {
        throw thrown;
      });
      expect(() => emitter.emit(queued)).not.toThrow();
      expect(failures).toHaveLength(1);
    },
  );

  test('a rejection is told; emit has not waited for it', async () => {
    emitter.on('run.queued', async () => {
      await settle();
      throw new Error('later');
    });
    emitter.emit(queued);
    expect(failures).toEqual([]);
    await settle();
    await settle();
    expect(failures).toMatchObject([{ event: 'run.queued', error: { message: 'later' } }]);
  });

  test('a promise that never settles holds nothing up', () => {
    const heard: string[] = [];
    emitter.on('run.queued', () => new Promise(() => undefined));
    emitter.on('run.queued', () => heard.push('second'));
    emitter.emit(queued);
    emitter.emit(queued);
    expect(heard).toEqual(['second', 'second']);
  });

  test('a hostile thenable is told of, like any other failure', async () => {
    emitter.on('run.queued', () => ({
      get then(): never {
        throw new Error('no then');
      },
    }));
    expect(() => emitter.emit(queued)).not.toThrow();
    await settle();
    expect(failures).toMatchObject([{ error: { message: 'no then' } }]);
  });

  test('a listener that fails with the report itself is not reported again', async () => {
    let calls = 0;
    emitter.on('health.listener_failed', () => {
      calls++;
      throw new Error('and again');
    });
    emitter.on('health.*', async () => {
      await settle();
      throw new Error('and later');
    });
    emitter.onAny(() => {
      throw new Error('always');
    });
    emitter.emit(queued);
    await settle();
    await settle();
    expect(failures.map((event) => event.error.message)).toEqual(['always']);
    expect(calls).toBe(1);
  });

  test('one that fails with every event is told ten times a minute, with the number', () => {
    emitter.on('run.queued', () => {
      throw new Error('boom');
    });
    for (let i = 0; i < 1_000; i++) emitter.emit(queued);
    expect(failures).toHaveLength(10);
    clock.block(60_000);
    emitter.emit(queued);
    expect(failures.map((event) => event.times)).toEqual([...Array<number>(10).fill(1), 991]);
  });
});

describe('I16: a listener that holds the event loop', () => {
  let blocks: SynclineEvent<'health.listener_blocked'>[];
  beforeEach(() => {
    blocks = [];
    emitter.on('health.listener_blocked', (event) => blocks.push(event));
  });

  test('is told of when it took more than 50 ms, and only then', () => {
    let ms = 50;
    emitter.on('run.*', function slow() {
      clock.block(ms);
    });
    emitter.on('run.*', () => undefined);
    emitter.emit(queued);
    expect(blocks).toEqual([]);
    ms = 51;
    emitter.emit(queued);
    expect(blocks).toMatchObject([
      {
        ...place,
        pattern: 'run.*',
        listener: 'slow',
        event: 'run.queued',
        blockedMs: 51,
        level: 'warn',
      },
    ]);
  });

  test('is told of when it throws as well', () => {
    const failed: string[] = [];
    emitter.on('health.listener_failed', (event) => failed.push(event.error.message));
    emitter.on('run.*', () => {
      clock.block(80);
      throw new Error('slow and wrong');
    });
    emitter.emit(queued);
    expect(failed).toEqual(['slow and wrong']);
    expect(blocks).toHaveLength(1);
  });

  test('is not told of for being slow with the report', () => {
    emitter.onAny(() => clock.block(80));
    emitter.emit(queued);
    expect(blocks).toHaveLength(1);
  });
});

describe('cost', () => {
  test('an event that nobody listens to is not even dated', () => {
    let reads = 0;
    const counting = new Emitter({
      clock: { now: () => ++reads, monotonic: () => ++reads, sleep: () => Promise.resolve() },
    });
    counting.on('page.*', () => undefined);
    const off = counting.onAny(() => undefined);
    off();
    for (let i = 0; i < 1_000; i++) counting.emit(queued);
    expect(reads).toBe(0);
  });
});
