import type { CursorType } from 'syncline';
import { describe, expect, test } from 'vitest';
import { byHand, row, scripted } from '../support/by-hand.js';
import { storeKinds, testSyncer } from '../support/syncer.js';

interface Case {
  readonly what: string;
  readonly older: string | number;
  readonly newer: string | number;
  readonly type?: CursorType;
}

/** The text that sorts first is the newer one, in each. */
const cases: readonly Case[] = [
  { what: 'an offset', older: '2025-01-01T10:00:00+05:00', newer: '2025-01-01T09:00:00Z' },
  {
    what: 'an offset before UTC',
    older: '2025-01-01T09:00:00Z',
    newer: '2025-01-01T06:00:00-05:00',
  },
  {
    what: '+0530 without its colon',
    older: '2025-01-02T00:30:00+0530',
    newer: '2025-01-01T19:30:00Z',
  },
  { what: 'fractions', older: '2025-01-01T09:00:00Z', newer: '2025-01-01T09:00:00.5Z' },
  { what: 'longer fractions', older: '2025-01-01T09:00:00.10Z', newer: '2025-01-01T09:00:00.9Z' },
  {
    what: 'fractions beyond milliseconds',
    older: '2025-01-01T09:00:00.000000001Z',
    newer: '2025-01-01T09:00:00.00000001Z',
  },
  {
    what: 'no offset, which is UTC',
    older: '2025-01-01T10:00:00+05:00',
    newer: '2025-01-01T09:00:00',
  },
  { what: 'a blank for the T', older: '2025-01-01T10:00:00+05:00', newer: '2025-01-01 09:00:00' },
  { what: 'a day alone', older: '2025-01-02T00:30:00+05:00', newer: '2025-01-02' },
  { what: 'numbers', older: 9, newer: 10 },
  { what: 'negative numbers', older: -10, newer: -9 },
  { what: 'fractional numbers', older: 9.5, newer: 10.25 },
  { what: 'numeric texts', older: '9', newer: '10' },
  { what: 'a number and a text', older: 9, newer: '10' },
  { what: 'texts beyond 2^53', older: '9007199254740992', newer: '9007199254740993' },
  {
    what: 'texts of forty digits',
    older: '9'.repeat(39),
    newer: `1${'0'.repeat(39)}`,
  },
  { what: 'epoch seconds', older: 999_999_999, newer: 1_000_000_000, type: 'epoch-s' },
  {
    what: 'epoch milliseconds as text',
    older: '999999999999',
    newer: '1000000000000',
    type: 'epoch-ms',
  },
  { what: 'texts, by code unit', older: 'B', newer: 'a' },
  { what: 'digits declared as text', older: '10', newer: '9', type: 'string' },
];

describe.each(cases)('$what', ({ older, newer, type }) => {
  const overlap = type === 'string' || older === 'B' ? {} : { overlap: 0 };
  const cursor = { field: 'updated', ...overlap, ...(type === undefined ? {} : { type }) } as const;

  test.each(storeKinds)(
    'scenario 2: what is newer arrives and moves the cursor (%s)',
    async (store) => {
      const script = scripted();
      const connector = byHand(script.pull, { cursor: { ...cursor, order: 'ascending' } });
      const { syncer, told } = testSyncer([connector], { store });
      await syncer.connections.create(connector, { id: 'acme' });
      const rows = syncer.connection(connector, 'acme').stream('rows');
      script.pages = [[row('1', older)]];
      expect((await rows.sync()).cursor).toBe(older);

      script.pages = [[row('1', newer, { title: 'newer' }), row('2', newer)]];
      const second = await rows.sync();
      expect(script.asked.at(-1)?.cursor).toBe(older);
      expect(second.cursor).toBe(newer);
      expect(second.counts).toMatchObject({ inserted: 1, updated: 1, stale: 0 });

      script.pages = [[row('1', older, { title: 'older' })]];
      const third = await rows.sync();
      expect(third.cursor).toBe(newer);
      expect(third.counts).toMatchObject({ updated: 0, stale: 1 });
      expect(await rows.get('1')).toMatchObject({ title: 'newer' });
      expect(told('cursor.unordered')).toEqual([]);
    },
  );

  test('scenario 2: their order on a page is told rightly', async () => {
    const script = scripted();
    const connector = byHand(script.pull, { cursor: { ...cursor, order: 'ascending' } });
    const { syncer, told } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    script.pages = [[row('1', older), row('2', newer)], [row('3', newer)]];
    await rows.sync();
    expect(told('cursor.unordered')).toEqual([]);

    script.pages = [[row('1', newer)], [row('2', older)]];
    await rows.sync();
    expect(told('cursor.unordered')).toHaveLength(1);
  });
});

test('scenario 2: equal instants written in two ways are no newer version', async () => {
  const script = scripted();
  const connector = byHand(script.pull, { cursor: { field: 'updated', order: 'ascending' } });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  script.pages = [[row('1', '2025-01-01T10:00:00+05:00')]];
  await rows.sync();
  script.pages = [[row('1', '2025-01-01T05:00:00.000Z', { title: 'edited' })]];
  // No order between the two: the one that was asked for later counts.
  expect((await rows.sync()).counts).toMatchObject({ updated: 1, stale: 0 });
});
