import { CursorExpiredError, HttpError } from 'syncline';
import { describe, expect, test } from 'vitest';
import { type Intercept, testApi } from '../support/api.js';
import { byHand, row } from '../support/by-hand.js';
import { pagingStyles, shop } from '../support/shop.js';
import { collect, rejection, storeKinds, testSyncer } from '../support/syncer.js';

/** Answers the request of that index, among those that carry a page token. */
function refuse(status: number, from: number): Intercept {
  return ({ index }) => (index === from ? { status, body: { error: 'expired' } } : undefined);
}

const cases = [410, 400].flatMap((status) =>
  pagingStyles.map((style, i) => ({ status, style, store: storeKinds[i % 2]! })),
);

test.each(cases)(
  'scenario 14: an expired page token is dropped, and the run begins again at the cursor ($status, $style)',
  async ({ status, style, store }) => {
    const api = await testApi();
    const connector = shop(api, { style, limit: 2, cursor: { order: 'ascending', overlap: 0 } });
    const { syncer, told } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    api.fill(6, api.now() - 60_000);
    await rows.sync();
    api.fill(6, api.now(), 'n');
    const before = api.asked.length;
    api.intercept = refuse(403, before + 1);
    await rows.sync({ throws: false });
    const cursor = (await collect(syncer.runs())).find((run) => run.status === 'failed')?.cursor;

    const resumed = api.asked.length;
    api.intercept = refuse(status, resumed);
    const result = await rows.sync();

    expect(told('cursor.expired')).toMatchObject([{ dropped: 'resume', run: result.id }]);
    expect(api.asked[resumed + 1]?.params['since']).toBe(cursor);
    expect(result.status).toBe('succeeded');
    expect(await rows.count()).toBe(12);
    expect(result.cursor).toBe(api.kind.write(api.now()));
  },
);

test.each(storeKinds)(
  'scenario 14: an expired cursor leads to a full reading in the same run (%s)',
  async (store) => {
    const api = await testApi();
    const connector = shop(api, { cursor: { order: 'ascending' } });
    const { syncer, told } = testSyncer([connector], { store });
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    api.fill(3);
    await rows.sync();
    api.put('new');
    api.put('long ago', {}, api.now() - 1e9);
    api.intercept = ({ params }) =>
      params['since'] === undefined ? undefined : { status: 410, body: {} };
    const result = await rows.sync();
    expect(told('cursor.expired')).toMatchObject([{ dropped: 'cursor', run: result.id }]);
    expect(result).toMatchObject({ status: 'succeeded', cursor: api.kind.write(api.now()) });
    expect(result.counts).toMatchObject({ inserted: 2, unchanged: 3 });
    // The next one is incremental again.
    api.intercept = () => undefined;
    await rows.sync();
    expect(api.params('since').at(-1)).toBeDefined();
  },
);

test('scenario 14: resume, then cursor, then the run fails: three times and no more', async () => {
  const api = await testApi();
  const connector = shop(api, { limit: 2, style: 'next', cursor: { order: 'ascending' } });
  const { syncer, told } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.fill(6);
  api.intercept = refuse(403, 1);
  await rows.sync({ throws: false });
  api.intercept = () => ({ status: 410, body: {} });
  const before = api.asked.length;
  const error = await rejection(rows.sync());
  expect(error).toBeInstanceOf(HttpError);
  expect(told('cursor.expired').map(({ dropped }) => dropped)).toEqual(['resume', 'cursor']);
  expect(api.asked.length - before).toBe(3);

  api.intercept = () => undefined;
  expect((await rows.sync()).status).toBe('succeeded');
  expect(await rows.count()).toBe(6);
});

test('scenario 14: a 400 on a later request, or on the first without a resume, is no expiry', async () => {
  const api = await testApi();
  const connector = shop(api, { limit: 2, style: 'cursor', cursor: { order: 'ascending' } });
  const { syncer, told } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  api.fill(8);
  api.intercept = refuse(400, 0);
  expect((await rows.sync({ throws: false })).status).toBe('failed');
  api.intercept = refuse(403, 2);
  await rows.sync({ throws: false });
  // The first request after the resume is good, the second is not.
  api.intercept = refuse(400, api.asked.length + 1);
  expect((await rows.sync({ throws: false })).status).toBe('failed');
  expect(told('cursor.expired')).toEqual([]);
});

describe('what the connector says', () => {
  test('scenario 14: pull throws CursorExpiredError', async () => {
    const resumes: unknown[] = [];
    let fails = true;
    const connector = byHand(
      async function* pull({ resume, cursor, mode }) {
        resumes.push([resume, cursor, mode]);
        if (resume !== undefined) throw new CursorExpiredError('the search has ended');
        yield { records: [row('1', '2025-01-01T00:00:00Z')], resume: { page: 2 } };
        if (fails) throw new Error('network');
        yield [row('2', '2025-01-02T00:00:00Z')];
      },
      { cursor: { field: 'updated', order: 'ascending', overlap: 0 } },
    );
    const { syncer, told } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync({ throws: false });
    fails = false;
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1, unchanged: 1 });
    expect(told('cursor.expired')).toMatchObject([{ dropped: 'resume' }]);
    expect(resumes).toEqual([
      [undefined, undefined, 'incremental'],
      [{ page: 2 }, undefined, 'incremental'],
      [undefined, '2025-01-01T00:00:00Z', 'incremental'],
    ]);
  });

  test('scenario 14: cursor.expired decides, also against the default', async () => {
    const api = await testApi();
    const expired = (error: unknown): boolean => error instanceof HttpError && error.status === 422;
    const connector = shop(api, { cursor: { order: 'ascending', expired } });
    const { syncer, told } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    api.fill(3);
    await rows.sync();
    api.intercept = () => ({ status: 410, body: {} });
    expect((await rows.sync({ throws: false })).status).toBe('failed');
    expect(told('cursor.expired')).toEqual([]);
    api.intercept = ({ params }) =>
      params['since'] === undefined ? undefined : { status: 422, body: {} };
    expect((await rows.sync()).status).toBe('succeeded');
    expect(told('cursor.expired')).toMatchObject([{ dropped: 'cursor' }]);
  });

  test('scenario 14: an expired delta token leads to a full reading, and what is gone by then is deleted', async () => {
    const seen: unknown[] = [];
    let full = [row('1'), row('2'), row('3'), row('4'), row('5'), row('6')];
    const connector = byHand(
      async function* pull({ cursor, mode }) {
        seen.push([cursor, mode]);
        if (cursor === 'old') throw new CursorExpiredError('the token is too old');
        yield { records: full, cursor: seen.length === 1 ? 'old' : 'new' };
      },
      { cursor: 'token' },
    );
    const { syncer, told } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    expect((await rows.sync()).cursor).toBe('old');
    full = full.slice(1);
    const result = await rows.sync();
    expect(result).toMatchObject({ cursor: 'new', counts: { deleted: 1 } });
    expect(told('deletion.applied')).toMatchObject([{ kind: 'sweep', deleted: 1 }]);
    expect(seen.slice(0, 3)).toEqual([
      [undefined, 'incremental'],
      ['old', 'incremental'],
      [undefined, 'full'],
    ]);
    expect(await rows.get('1')).toBeUndefined();
  });

  test('scenario 14: the sweep is made up for when the full reading after an expired token fails', async () => {
    let token: string | undefined = 'old';
    let fails = false;
    let full = [row('1'), row('2'), row('3'), row('4'), row('5'), row('6')];
    const connector = byHand(
      async function* pull({ cursor }) {
        if (cursor === 'old' && token !== 'old')
          throw new CursorExpiredError('the token is too old');
        yield { records: full.slice(0, 3) };
        if (fails) throw new Error('network');
        yield { records: full.slice(3), cursor: token ?? null };
      },
      { cursor: 'token' },
    );
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    await rows.sync();
    token = 'new';
    full = full.slice(1);
    fails = true;
    expect((await rows.sync({ throws: false })).status).toBe('failed');
    expect(await rows.get('1')).toBeDefined();
    fails = false;
    await rows.sync();
    expect(await rows.get('1')).toBeUndefined();
    expect(await rows.count()).toBe(5);
  });
});
