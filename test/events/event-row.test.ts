import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import { Emitter } from '../../src/events/emitter.js';
import { toErrorInfo } from '../../src/events/error-info.js';
import type { AnyEvent, EventInput } from '../../src/events/event-map.js';
import { fromEventRow, toEventRow } from '../../src/events/event-row.js';
import { scopedEmit } from '../../src/events/scoped-emit.js';
import { ManualClock } from './manual-clock.js';

const scope = {
  connector: 'github',
  connection: 'acme',
  tags: { plan: 'pro' },
  stream: 'issues',
  run: 'r1',
  attempt: 2,
} as const;

function parse(json: string): JsonObject {
  return JSON.parse(json) as JsonObject;
}

function emitted(input: EventInput): AnyEvent {
  const emitter = new Emitter({ clock: new ManualClock() });
  const heard: AnyEvent[] = [];
  emitter.onAny((event) => heard.push(event));
  emitter.emit(input);
  const [event] = heard;
  if (!event) throw new Error('nothing heard');
  return event;
}

describe('rows of events', () => {
  test('an event comes back as it was, its instants as Date', () => {
    const until = new Date(Date.UTC(2026, 5, 1, 12, 0, 0, 123));
    const event = emitted({ type: 'run.waiting', ...scope, until, suspended: false });
    const row = toEventRow(event);
    expect(row).toMatchObject({
      time: event.time.getTime(),
      type: 'run.waiting',
      level: 'info',
      connector: 'github',
      connection: 'acme',
      stream: 'issues',
      run: 'r1',
      event: { until: '2026-06-01T12:00:00.123Z', tags: { plan: 'pro' }, attempt: 2 },
    });
    expect(fromEventRow({ event: parse(JSON.stringify(row.event)) })).toEqual(event);
  });

  test('an event of no connection has nulls', () => {
    const row = toEventRow(emitted({ type: 'store.slow', verb: 'commit', durationMs: 900 }));
    expect(row).toMatchObject({ connector: null, connection: null, stream: null, run: null });
  });

  test('an error comes back whole', () => {
    const error = toErrorInfo(new Error('outer', { cause: new Error('inner') }));
    const event = emitted({ type: 'run.lost', ...scope, error });
    expect(fromEventRow(toEventRow(event))).toEqual(event);
  });

  test('text in data that looks like an instant stays text', () => {
    const data = { until: '2026-06-01T12:00:00.000Z' };
    const event = emitted({ type: 'log.line', message: 'm', data });
    expect(fromEventRow(toEventRow(event))).toMatchObject({ data });
  });

  test('what a connector logs may be anything', () => {
    const data = parse('{"__proto__":{"a":1},"nul":"a\\u0000b","half":"\\ud800","ok":"😀"}');
    const { event } = toEventRow(emitted({ type: 'log.line', message: 'm', data }));
    expect(JSON.stringify(event['data'])).toBe(
      '{"__proto__":{"a":1},"nul":"a\u{fffd}b","half":"\u{fffd}","ok":"😀"}',
    );
    const large = { list: Array.from({ length: 100_000 }, () => 'x'.repeat(1_000)) };
    const row = toEventRow(emitted({ type: 'log.line', message: 'm', data: large }));
    expect(JSON.stringify(row).length).toBeLessThan(60_000);
  });

  test('an event that this version does not know is left out', () => {
    expect(
      fromEventRow({ event: { type: 'run.teleported', time: '2026-01-01T00:00:00Z' } }),
    ).toBeUndefined();
    expect(fromEventRow({ event: { type: 'constructor' } })).toBeUndefined();
    expect(fromEventRow({ event: {} })).toBeUndefined();
  });
});

test('an event emitted in the name of a run carries its place, and may speak of another attempt', () => {
  const heard: EventInput[] = [];
  const emit = scopedEmit((event) => heard.push(event), scope);
  emit({ type: 'cursor.expired', dropped: 'resume', error: toErrorInfo(new Error('gone')) });
  emit({ type: 'webhook.duplicate', delivery: 'd', attempt: 7 });
  expect(heard).toMatchObject([
    { type: 'cursor.expired', ...scope, dropped: 'resume' },
    { type: 'webhook.duplicate', ...scope, attempt: 7 },
  ]);
});
