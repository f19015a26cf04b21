import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import '../support/arbitraries.js';
import { createDecide, type DecideContext } from '../../src/commit/decide.js';
import type { IncomingRecord, StoredRecord } from '../../src/storage/commits.js';

const context: DecideContext = {
  origin: 'pull',
  receivedAt: 100,
  orderType: 'number',
  schemaVersion: 1,
  volatile: new Set(),
  fullSince: null,
  partition: null,
};

const stored: StoredRecord = {
  key: 'k',
  data: '{"a":1}',
  version: 5,
  deleted: false,
  origin: 'pull',
  receivedAt: 50,
  schemaVersion: 1,
  seq: 7,
  bornSeq: 3,
  partition: '',
};

const record = (data: string, version: number | null = 5): IncomingRecord => ({
  kind: 'record',
  key: 'k',
  data,
  version,
});
const remove = (version: number | null = null) => ({ kind: 'delete' as const, key: 'k', version });

describe('without a row', () => {
  test('a record is an insert, a deletion nothing', () => {
    expect(createDecide(context)(record('{}'), undefined)).toBe('insert');
    expect(createDecide(context)(remove(), undefined)).toBe('ignore');
  });
});

describe('which version wins', () => {
  const cases: readonly (readonly [
    string,
    IncomingRecord,
    Partial<StoredRecord>,
    Partial<DecideContext>,
    string,
  ])[] = [
    ['newer', record('{"a":2}', 6), {}, {}, 'update'],
    ['equal', record('{"a":2}', 5), {}, {}, 'update'],
    ['older', record('{"a":2}', 4), {}, {}, 'stale'],
    ['no value on the way in', record('{"a":2}', null), {}, {}, 'update'],
    ['no value stored', record('{"a":2}', 1), { version: null }, {}, 'update'],
    [
      'older, in a full pass that began after the row was received',
      record('{"a":2}', 4),
      {},
      { fullSince: 60 },
      'update',
    ],
    [
      'older, in a full pass that began before',
      record('{"a":2}', 4),
      { receivedAt: 70 },
      { fullSince: 60 },
      'stale',
    ],
    [
      'equal, and a delivery came after the request was sent',
      record('{"a":2}'),
      { origin: 'delivery', receivedAt: 150 },
      {},
      'stale',
    ],
    [
      'none, and a write came after the request was sent',
      record('{"a":2}', null),
      { origin: 'write', receivedAt: 150 },
      {},
      'stale',
    ],
    [
      'equal, and a delivery came before it',
      record('{"a":2}'),
      { origin: 'delivery', receivedAt: 90 },
      {},
      'update',
    ],
    [
      'newer than a delivery that came after the request',
      record('{"a":2}', 6),
      { origin: 'delivery', receivedAt: 150 },
      {},
      'update',
    ],
    [
      'a replay of what was received before the row',
      record('{"a":2}', null),
      { receivedAt: 150 },
      { origin: 'replay' },
      'stale',
    ],
    [
      'a replay of what was received after the row',
      record('{"a":2}', null),
      {},
      { origin: 'replay' },
      'update',
    ],
    [
      'a delivery, where nothing decides',
      record('{"a":2}', null),
      { receivedAt: 150 },
      { origin: 'delivery' },
      'update',
    ],
    ['an older delivery', record('{"a":2}', 4), {}, { origin: 'delivery' }, 'stale'],
    ['older than a tombstone', record('{"a":2}', 4), { deleted: true }, {}, 'stale'],
    ['newer than a tombstone', record('{"a":1}', 6), { deleted: true }, {}, 'insert'],
  ];
  test.each(cases)('%s', (_name, incoming, row, more, verdict) => {
    expect(createDecide({ ...context, ...more })(incoming, { ...stored, ...row })).toBe(verdict);
  });
});

describe('what is a change', () => {
  const decide = createDecide({ ...context, volatile: new Set(['seen']) });
  const cases: readonly (readonly [string, IncomingRecord, Partial<StoredRecord>, string])[] = [
    ['the same text', record('{"a":1}'), {}, 'unchanged'],
    ['the same in another order', record('{"b":2,"a":1}'), { data: '{"a":1,"b":2}' }, 'unchanged'],
    ['the same with a newer value', record('{"a":1}', 6), {}, 'refresh'],
    ['the same in another schema version', record('{"a":1}'), { schemaVersion: 2 }, 'refresh'],
    ['a volatile field alone', record('{"a":1,"seen":2}'), { data: '{"a":1,"seen":1}' }, 'refresh'],
    ['a volatile field that is new', record('{"a":1,"seen":2}'), {}, 'refresh'],
    [
      'a volatile field and another',
      record('{"a":2,"seen":2}'),
      { data: '{"a":1,"seen":1}' },
      'update',
    ],
    ['anything else', record('{"a":2}'), {}, 'update'],
    ['the same letters otherwise', record('{"a":12}'), { data: '{"a":21}' }, 'update'],
    ['a value that has moved', record('{"a":1,"b":2}'), { data: '{"a":2,"b":1}' }, 'update'],
    ['the same as a tombstone had', record('{"a":1}'), { deleted: true }, 'insert'],
  ];
  test.each(cases)('%s', (_name, incoming, row, verdict) => {
    expect(decide(incoming, { ...stored, ...row })).toBe(verdict);
  });
});

describe('deletions', () => {
  const decide = createDecide(context);
  test('of a live row, of a tombstone, of a newer row', () => {
    expect(decide(remove(), stored)).toBe('delete');
    expect(decide(remove(9), stored)).toBe('delete');
    expect(decide(remove(), { ...stored, deleted: true })).toBe('ignore');
    expect(decide(remove(4), stored)).toBe('stale');
  });

  test('a full pass does not let an older deletion win', () => {
    expect(createDecide({ ...context, fullSince: 60 })(remove(4), stored)).toBe('stale');
  });

  test('of a partition apply only to what it brought last', () => {
    const ofA = createDecide({ ...context, partition: 'a' });
    expect(ofA(remove(), { ...stored, partition: 'a' })).toBe('delete');
    expect(ofA(remove(), { ...stored, partition: 'b' })).toBe('ignore');
  });

  test('that a record tells of itself are versions of it, from whatever partition, in a full pass also older ones', () => {
    const flagged = (version: number) => ({ ...remove(version), flagged: true });
    const ofA = createDecide({ ...context, partition: 'a' });
    expect(ofA(flagged(6), { ...stored, partition: 'b' })).toBe('delete');
    expect(ofA(flagged(4), { ...stored, partition: 'b' })).toBe('stale');
    expect(createDecide({ ...context, fullSince: 60 })(flagged(4), stored)).toBe('delete');
  });
});

test('pages that come again, in any order, lead to the newest version', () => {
  const versions = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 })),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(versions, (incoming) => {
      const decide = createDecide(context);
      let row: StoredRecord | undefined;
      for (const [version] of incoming) {
        // One version has one content.
        const data = `{"v":${version}}`;
        const verdict = decide(record(data, version), row);
        if (verdict === 'insert' || verdict === 'update' || verdict === 'refresh')
          row = { ...stored, data, version };
      }
      const newest = Math.max(...incoming.map(([version]) => version));
      expect(row).toMatchObject({ version: newest, data: `{"v":${newest}}` });
    }),
  );
});
