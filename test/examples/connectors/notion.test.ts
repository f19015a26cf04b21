import { test } from 'vitest';
import { notion } from '../../../examples/connectors/notion.js';
import { NotionApi } from './servers/notion.js';
import { each, Story, STORY_MS } from './support/story.js';

const DAY = 86_400_000;

test('notion: newest first by POST, to what Notion has', { timeout: STORY_MS }, async () => {
  const story = await Story.open(notion, (clock) => new NotionApi(clock));
  const { api, clock } = story;
  await story.syncer.connections.create(notion, { id: 'acme', credentials: { token: 'ntn_1' } });
  const ids = Array.from(
    { length: 350 },
    (_, i) => `59833787-2cf9-4fdf-8782-${String(i * 7).padStart(12, '0')}`,
  );
  for (const [i, id] of ids.entries()) {
    api.save(id, `Page ${i}`);
    if (i % 9 === 0) clock.skip(20_000);
  }
  const [oldest = ''] = ids;
  // Two of four pages are there when one that is not moves to the front.
  await story.syncKilledAt(4, () => api.save(oldest, 'Edited meanwhile'));
  await story.sync();
  await story.expectTold({ pages: each('insert', ids) });

  clock.skip(DAY / 2);
  for (const id of ids.slice(50, 180)) api.save(id, `Edited ${id}`);
  const born = `59833787-2cf9-4fdf-8782-${'9'.repeat(12)}`;
  api.save(born, 'New');
  await story.syncKilledAt(2);
  await story.expectTold({
    pages: { ...each('update', ids.slice(50, 180)), ...each('insert', [born]) },
  });

  // Edited twice within the minute that the first edit was read in.
  api.save(born, 'Newer');
  await story.sync();
  await story.expectTold({ pages: each('update', [born]) });
  api.save(born, 'Newest');
  await story.sync();
  await story.expectTold({ pages: each('update', [born]) });
});

test(
  'notion: a page that the index has lost is not deleted, one in the trash is',
  { timeout: STORY_MS },
  async () => {
    const story = await Story.open(notion, (clock) => new NotionApi(clock));
    const { api, clock } = story;
    await story.syncer.connections.create(notion, { id: 'acme', credentials: { token: 'ntn_1' } });
    const ids = Array.from({ length: 130 }, (_, i) => `page-${i}`);
    for (const id of ids) api.save(id, id);
    await story.sync();
    await story.expectTold({ pages: each('insert', ids) });
    api.unindexed.add('page-3');
    api.trash('page-4');
    api.remove('page-5');
    clock.skip(2 * DAY);
    await story.sync();
    await story.expectTold({ pages: each('delete', ['page-4', 'page-5']) });
  },
);
