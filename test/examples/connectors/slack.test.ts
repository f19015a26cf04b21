import { expect, test } from 'vitest';
import { slack } from '../../../examples/connectors/slack.js';
import { SlackApi } from './servers/slack.js';
import { each, Story, STORY_MS } from './support/story.js';

const DAY = 86_400_000;

test('slack: channel by channel, to what Slack has', { timeout: STORY_MS }, async () => {
  const story = await Story.open(slack, (clock) => new SlackApi(clock));
  const { api, clock } = story;
  await story.syncer.connections.create(slack, { id: 'acme', credentials: { token: 'xoxb-1' } });
  const channels = ['C1', 'C2', 'C3', 'C4', 'C5'];
  for (const id of channels) api.open(id);
  api.open('C6', false);
  const old: string[] = [];
  for (let i = 0; i < 1_500; i++) {
    old.push(api.post(channels[i % 3]!, `message ${i}`));
    if (i % 10 === 0) clock.skip(1_000);
  }
  clock.skip(10 * DAY);
  const recent = Array.from({ length: 30 }, (_, i) => api.post('C4', `recent ${i}`));
  // Three requests list the channels; then four of them are read at a time.
  await story.syncKilledAt(8);
  await story.expectTold({ messages: each('insert', [...old, ...recent]) });

  clock.skip(3_600_000);
  api.edit(recent[0]!, 'edited');
  api.open('C7');
  const fresh = [api.post('C7', 'hello'), api.post('C1', 'again'), api.post('C5', 'first')];
  await story.syncKilledAt(6);
  await story.expectTold({
    messages: { ...each('update', [recent[0]!]), ...each('insert', fresh) },
  });

  // Older than a week, and deleted: only a full reading can tell.
  clock.skip(8 * DAY);
  api.edit(old[0]!, 'edited long after');
  for (const key of [old[1]!, recent[1]!]) api.delete(key);
  const before = story.requests.length;
  await story.sync();
  expect(story.requests.slice(before).filter(({ url }) => url.searchParams.has('oldest'))).toEqual(
    [],
  );
  await story.expectTold({
    messages: { ...each('update', [old[0]!]), ...each('delete', [old[1]!, recent[1]!]) },
  });
  await story.sync();
  await story.expectTold({});
});
