import { defineConnector } from 'syncline';
import { memory } from 'syncline/memory';
import { expect, test } from 'vitest';
import { row } from '../support/by-hand.js';
import { type RowInput, rowSchema } from '../support/shop.js';
import { testSyncer } from '../support/syncer.js';

const at = (n: number): string => new Date(Date.UTC(2025, 0, 1, 0, 0, n)).toISOString();

test('a stretch that moves each time it is read is left to the next run, not read for ever', async () => {
  // `b` is the last of one page and the first of the next, as when something is put in before it.
  const order = [
    row('a', at(1)),
    row('b', at(2)),
    row('b', at(2)),
    row('d', at(3)),
    row('x', at(9)),
  ];
  let requests = 0;
  const fetch = (input: string | URL | Request): Promise<Response> => {
    requests += 1;
    if (requests > 50) return Promise.resolve(new Response('enough', { status: 418 }));
    const { searchParams } = new URL(input instanceof Request ? input.url : input);
    const [since, until] = [searchParams.get('since') ?? '', searchParams.get('until') ?? '9'];
    const page = Number(searchParams.get('page'));
    const rows = order.filter(
      ({ updated }) => String(updated) >= since && String(updated) <= until,
    );
    return Promise.resolve(Response.json(rows.slice((page - 1) * 2, page * 2)));
  };
  const store = memory();
  const deploy = async (start: string) => {
    const connector = defineConnector({
      name: 'hand',
      baseUrl: 'https://api.test',
      streams: {
        rows: {
          schema: rowSchema,
          key: 'id',
          cursor: { field: 'updated', order: 'ascending', overlap: 0, type: 'iso', start },
          async *pull(ctx) {
            yield* ctx.http.pages<RowInput>('rows', {
              searchParams: { since: ctx.cursor, until: ctx.until },
              pagination: { page: 'page', size: ['limit', 2] },
            });
          },
        },
      },
    });
    const tested = testSyncer([connector], { store, http: { fetch } });
    if (!(await tested.syncer.connections.get(connector, 'acme')))
      await tested.syncer.connections.create(connector, { id: 'acme' });
    return { ...tested, rows: tested.syncer.connection(connector, 'acme').stream('rows') };
  };
  await (await deploy(at(9))).rows.sync();
  requests = 0;
  const { rows, told } = await deploy(at(0));
  await rows.sync();
  expect(requests).toBeLessThan(10);
  expect(told('page.drift')).toMatchObject([{ key: 'b' }]);
  // The list stands still now: the next run closes the stretch, and the one after it asks for nothing but what is new.
  order.splice(2, 1);
  await rows.sync();
  requests = 0;
  await rows.sync();
  expect(requests).toBe(2);
  expect(await rows.count()).toBe(4);
});
