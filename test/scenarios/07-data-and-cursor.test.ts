import { createSyncer, sqlite, type Store } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { testApi } from '../support/api.js';
import { settle, TestClock, until } from '../support/clock.js';
import { cursorKinds } from '../support/cursor-kinds.js';
import { type Death, mortalStore } from '../support/mortal-store.js';
import { type PagingStyle, shop } from '../support/shop.js';
import { collect, type StoreKind, tempFile, testSyncer } from '../support/syncer.js';

interface Case {
  readonly name: string;
  readonly store: StoreKind;
  readonly death: Death;
  readonly style: PagingStyle;
  readonly kind: (typeof cursorKinds)[number];
}

const cases: readonly Case[] = (['before', 'after'] as const).flatMap((death) =>
  cursorKinds
    .filter((_, i) => i % 3 === 0)
    .map((kind, i) => {
      const store = i % 2 === 0 ? ('sqlite' as const) : ('memory' as const);
      const style = (['cursor', 'link', 'offset', 'next'] as const)[i % 4]!;
      return { name: `${death}, ${store}, ${style}, ${kind.name}`, store, death, style, kind };
    }),
);

/** The cursor as it is stored, and the newest of what is stored. */
async function stored(store: Store) {
  const ref = { connector: 'shop', connection: 'acme', stream: 'rows' };
  const position = await store.getPosition({ ref, partition: '' });
  const records = await store.listRecords({ ref, limit: 1_000 });
  const { cursor } = (position ?? { cursor: null }) as { readonly cursor: string | number | null };
  return { cursor, versions: records.map(({ version }) => version) };
}

test.each(cases)(
  'scenario 7: after a crash at any commit data and cursor are both there or neither ($name)',
  async ({ store: storeKind, death, style, kind }) => {
    for (let nth = 1; ; nth++) {
      const api = await testApi({ kind });
      api.fill(7);
      const connector = shop(api, { style, limit: 2, cursor: { order: 'ascending', overlap: 0 } });
      const file = storeKind === 'sqlite' ? sqlite(tempFile()) : memory();
      const clock = new TestClock();
      const owner = testSyncer([connector], { store: file, clock });
      await owner.syncer.connections.create(connector, { id: 'acme' });

      const { store, isDead } = mortalStore(file, nth, death);
      const dead = createSyncer({ connectors: [connector], store, clock });
      let ended = false;
      const run = dead.connection(connector, 'acme').stream('rows').sync();
      void run.then(() => (ended = true));
      await until(() => ended || isDead());
      await settle();

      const { cursor, versions } = await stored(file);
      const newest = versions.reduce<string | number | null>(
        (a, b) =>
          a === null || (b !== null && kind.read(String(b)) > kind.read(String(a))) ? b : a,
        null,
      );
      expect({ nth, cursor }).toEqual({ nth, cursor: newest });
      // A page is there as a whole; one of offsets begins with the last row of the page before.
      expect(style === 'offset' ? [0, 2, 3, 4, 5, 6, 7] : [0, 2, 4, 6, 7]).toContain(
        versions.length,
      );

      clock.skip(20_000);
      const rows = owner.syncer.connection(connector, 'acme').stream('rows');
      const result = await rows.sync();
      expect(result.status).toBe('succeeded');
      expect(result.cursor).toBe(kind.write(api.now()));
      expect(await rows.count()).toBe(7);
      const changes = await collect(rows.changes());
      expect(changes.map((change) => [change.key, change.kind])).toEqual(
        [1, 2, 3, 4, 5, 6, 7].map((i) => [`r${i}`, 'insert']),
      );
      await owner.syncer.stop({ drain: 0 });
      if (!isDead()) {
        expect(nth).toBeGreaterThan(4);
        return;
      }
    }
  },
);

test('scenario 7: a page in several slices has its cursor with the last', async () => {
  for (let nth = 1; ; nth++) {
    const api = await testApi();
    api.fill(1_250);
    const connector = shop(api, { limit: 2_000, cursor: { order: 'ascending', overlap: 0 } });
    const inner = memory();
    const clock = new TestClock();
    const owner = testSyncer([connector], { store: inner, clock });
    await owner.syncer.connections.create(connector, { id: 'acme' });
    const { store, isDead } = mortalStore(inner, nth, 'after');
    const dead = createSyncer({ connectors: [connector], store, clock });
    let ended = false;
    void dead
      .connection(connector, 'acme')
      .stream('rows')
      .sync()
      .then(() => (ended = true));
    await until(() => ended || isDead());
    await settle();
    const { cursor, versions } = await stored(inner);
    expect([nth, cursor !== null]).toEqual([nth, versions.length === 1_000 && nth > 2]);
    clock.skip(20_000);
    const rows = owner.syncer.connection(connector, 'acme').stream('rows');
    await rows.sync();
    expect(await rows.count()).toBe(1_250);
    if (!isDead()) return;
  }
});
