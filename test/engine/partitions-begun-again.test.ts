import { defineConnector, type Page } from 'syncline';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { collect, rejection, testSyncer } from '../support/syncer.js';

interface Row {
  readonly id: string;
}

/** A delta API, one token for each partition, whose first listing has two pages and says nothing of what is gone. */
async function begin({ resumes = false } = {}) {
  const there = new Set(Array.from({ length: 12 }, (_, i) => `r${i}`));
  const remote = { there, breaks: false };
  const connector = defineConnector({
    name: 'delta',
    streams: {
      rows: {
        schema: z.object({ id: z.string() }),
        key: 'id',
        cursor: 'token',
        async *partitions() {
          yield await Promise.resolve({ key: 'all' });
        },
        async *pull(ctx): AsyncGenerator<Page<Row>> {
          const rows = ctx.cursor === undefined ? [...there].map((id) => ({ id })) : [];
          await Promise.resolve();
          if (ctx.resume === undefined) {
            yield { records: rows.slice(0, 6), ...(resumes ? { resume: 'second' } : {}) };
          }
          if (remote.breaks) throw new Error('the API is down');
          yield { records: rows.slice(6), cursor: 'token' };
        },
      },
    },
  });
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  const ids = async (): Promise<readonly string[]> =>
    (await collect(rows.records())).map(({ id }) => id);
  return { remote, rows, ids };
}

test('after a reset, what is gone by the first listing of a partition is found by a pass', async () => {
  const { remote, rows, ids } = await begin();
  await rows.sync();
  remote.there.delete('r3');
  await rows.reset();
  await rows.sync();
  expect(await ids()).not.toContain('r3');
  expect(await ids()).toHaveLength(11);
});

test('a first listing of a partition that was cut short leaves the pass to the next run', async () => {
  const { remote, rows, ids } = await begin();
  remote.breaks = true;
  await rejection(rows.sync());
  remote.breaks = false;
  remote.there.delete('r3');
  await rows.sync();
  await rows.sync();
  expect(await ids()).not.toContain('r3');
  expect(await ids()).toHaveLength(11);
});

test('nor does a full reading of a partition end what an open first listing has begun', async () => {
  const { remote, rows, ids } = await begin({ resumes: true });
  remote.breaks = true;
  await rejection(rows.sync());
  remote.breaks = false;
  remote.there.delete('r3');
  await rows.sync({ mode: 'full' });
  await rows.sync();
  expect(await ids()).not.toContain('r3');
  expect(await ids()).toHaveLength(11);
});
