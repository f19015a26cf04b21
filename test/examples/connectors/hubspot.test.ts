import { expect, test } from 'vitest';
import { hubspot } from '../../../examples/connectors/hubspot.js';
import { HubspotApi } from './servers/hubspot.js';
import { each, Story, STORY_MS } from './support/story.js';

test('hubspot: past 10,000 results, to what HubSpot has', { timeout: STORY_MS }, async () => {
  const story = await Story.open(hubspot, (clock) => new HubspotApi(clock));
  const { api, clock } = story;
  await story.syncer.connections.create(hubspot, { id: 'acme', credentials: { token: 'pat-1' } });
  const ids = Array.from({ length: 10_500 }, (_, i) => String(101 + i));
  // An import: all of them at one instant.
  for (const id of ids) api.save(id, { email: `c${id}@example.com` });
  // In the second search, which begins after the last id of the first.
  await story.syncKilledAt(53);
  await story.expectTold({ contacts: each('insert', ids) });
  expect(story.requests.length).toBeLessThan(60);

  clock.skip(3_600_000);
  for (const id of ids.slice(0, 300)) api.save(id, { firstname: 'Ada' });
  api.save('99', { email: null });
  for (const id of ids.slice(300, 310)) api.archive(id);
  await story.syncKilledAt(3);
  await story.expectTold({
    contacts: {
      ...each('update', ids.slice(0, 300)),
      ...each('insert', ['99']),
      ...each('delete', ids.slice(300, 310)),
    },
  });

  // Restored; and written, but found by the search only after the run.
  clock.skip(3_600_000);
  api.save(ids[300]!, { firstname: 'Back' });
  api.indexedUntil = clock.now();
  api.save(ids[301]!, { firstname: 'Late' });
  await story.sync();
  clock.skip(60_000);
  api.index();
  await story.sync();
  await story.expectTold({ contacts: each('insert', ids.slice(300, 302)) });
  await story.sync();
  await story.expectTold({});
});
