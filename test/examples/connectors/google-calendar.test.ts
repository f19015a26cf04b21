import { expect, test } from 'vitest';
import { googleCalendar } from '../../../examples/connectors/google-calendar.js';
import { GoogleCalendarApi } from './servers/google-calendar.js';
import { each, Story, STORY_MS } from './support/story.js';

test('google-calendar: by sync tokens, to what Google has', { timeout: STORY_MS }, async () => {
  const story = await Story.open(googleCalendar, (clock) => new GoogleCalendarApi(clock));
  const { api, clock } = story;
  await story.syncer.connections.create(googleCalendar, {
    id: 'acme',
    config: { calendar: 'team@example.com' },
    credentials: { token: 'ya29.1' },
  });
  const ids = Array.from({ length: 900 }, (_, i) => `e${String(i).padStart(5, '0')}`);
  for (const id of ids) api.save(id, `Event ${id}`);
  const [first = '', second = ''] = ids;
  // What happens while the list is read: its token is from before.
  await story.syncKilledAt(3, () => {
    api.save(first, 'Moved meanwhile');
    api.cancel(second);
  });
  await story.sync();
  await story.expectTold(
    { events: each('insert', ids) },
    { events: { [first]: 'update', [second]: 'delete' } },
  );

  clock.skip(3_600_000);
  for (const id of ids.slice(100, 500)) api.save(id, `Changed ${id}`);
  for (const id of ids.slice(500, 510)) api.cancel(id);
  api.save('e99999', 'New');
  await story.syncKilledAt(2);
  await story.expectTold({
    events: {
      ...each('update', ids.slice(100, 500)),
      ...each('delete', ids.slice(500, 510)),
      ...each('insert', ['e99999']),
    },
  });

  // Everything is read again, and what was cancelled meanwhile is on no list any more.
  api.cancel(ids[20]!);
  api.save(ids[21]!, 'Changed before the token was lost');
  api.expireTokens();
  const before = story.requests.length;
  await story.sync();
  expect(story.requests[before]?.url.searchParams.has('syncToken')).toBe(true);
  expect(story.requests[before + 1]?.url.searchParams.has('syncToken')).toBe(false);
  await story.expectTold({ events: { [ids[20]!]: 'delete', [ids[21]!]: 'update' } });
  await story.sync();
  await story.expectTold({});
});
