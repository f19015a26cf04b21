import { setImmediate } from 'node:timers/promises';
import { createSyncer, defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { fakeApi, virtualClock } from 'syncline/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { collect } from '../support/syncer.js';

test('a list by date that moves so that the item at the border stands there again, edited: what was passed over is not deleted', async () => {
  const clock = virtualClock({ turn: setImmediate });
  const api = fakeApi({ clock });
  const list = api.list('rows', { paging: 'offset', pageSize: 3 });
  let pages = 0;
  api.onPage(() => {
    pages += 1;
    if (pages !== 1) return;
    // a b c d e f becomes d e c f: the second page, from c on, passes d and e by.
    for (const gone of ['a', 'b']) list.remove(gone);
    list.put({ id: 'c' }, { stamp: clock.now() + 1 });
    list.put({ id: 'f' }, { stamp: clock.now() + 2 });
  });
  const connector = defineConnector({
    name: 'moving',
    baseUrl: 'https://api.test',
    streams: {
      rows: {
        schema: z.object({ id: z.string() }),
        key: 'id',
        deletions: { kind: 'snapshot', maxDeleteRatio: 1 },
        async *pull(ctx) {
          const pagination = { offset: 'offset', limit: ['limit', 3] } as const;
          yield* ctx.http.pages<{ id: string }>('rows', { items: 'items', pagination });
        },
      },
    },
  });
  const store = memory();
  const syncer = createSyncer({
    connectors: [connector],
    store,
    clock,
    http: { fetch: api.fetch },
  });
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  pages = 1;
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
    list.put({ id });
    await clock.advance(1_000);
  }
  await clock.run(rows.sync());
  pages = 0;
  await clock.run(rows.sync());
  // That a and b are gone since they were read, the next pass finds.
  expect((await collect(rows.records())).map(({ id }) => id).join('')).toBe('abcdef');
  await clock.run(syncer.stop());
});
