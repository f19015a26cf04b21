import { expect, test } from 'vitest';
import { shopify } from '../../../examples/connectors/shopify.js';
import { ShopifyApi } from './servers/shopify.js';
import { each, Story, STORY_MS } from './support/story.js';

const DAY = 86_400_000;

test('shopify: by GraphQL, to what the shop has', { timeout: STORY_MS }, async () => {
  const story = await Story.open(shopify, (clock) => new ShopifyApi(clock));
  const { api, clock } = story;
  await story.syncer.connections.create(shopify, {
    id: 'acme',
    config: { shop: 'acme' },
    credentials: { key: 'shpat_1' },
  });
  // More in one second than a page holds.
  const ids = Array.from({ length: 620 }, (_, i) => {
    if (i % 250 === 249) clock.skip(1_000);
    return api.save(i + 1, `Product ${i}`, i % 5 === 0 ? 'DRAFT' : 'ACTIVE');
  });
  await story.syncKilledAt(4, () => api.save(1, 'Renamed meanwhile'));
  await story.sync();
  await story.expectTold(
    { products: each('insert', ids) },
    { products: each('update', ids.slice(0, 1)) },
  );

  clock.skip(DAY / 2);
  for (let i = 100; i < 350; i++) api.save(i + 1, `Changed ${i}`, 'ARCHIVED');
  const born = api.save(9_999, 'New');
  await story.syncKilledAt(2);
  await story.expectTold({
    products: { ...each('update', ids.slice(100, 350)), ...each('insert', [born]) },
  });

  // Gone without a trace: found by asking for the ids, once a day.
  for (const id of ids.slice(400, 403)) api.delete(id);
  clock.skip(2 * DAY);
  await story.sync();
  await story.expectTold({ products: each('delete', ids.slice(400, 403)) });
  await story.sync();
  await story.expectTold({});
  expect(api.throttled).toBe(0);

  // Told to slow down, it waits and asks again.
  api.save(9_998, 'New while others query');
  api.drain();
  await story.passing(story.sync());
  expect(api.throttled).toBeGreaterThan(0);
  await story.expectTold({ products: { 'gid://shopify/Product/9998': 'insert' } });
});
