import { expect, test } from 'vitest';
import { github } from '../../../examples/connectors/github.js';
import { GithubApi } from './servers/github.js';
import { each, Story, STORY_MS } from './support/story.js';

const DAY = 86_400_000;

test('github: along the Link header, to what GitHub has', { timeout: STORY_MS }, async () => {
  const story = await Story.open(github, (clock) => new GithubApi(clock));
  const { api, clock } = story;
  await story.syncer.connections.create(github, {
    id: 'acme',
    config: { owner: 'Octo', repo: 'hello' },
    credentials: { token: 'ghp_1' },
  });
  const all = Array.from({ length: 470 }, (_, i) => i + 1);
  for (const number of all) {
    api.save(number, `Issue ${number}`, {
      isPull: number % 6 === 0,
      state: number % 2 ? 'open' : 'closed',
    });
    // Many within one second.
    if (number % 40 === 0) clock.skip(1_000);
  }
  const issues = all.filter((number) => number % 6 !== 0);
  // The repository, and then of five pages the fourth.
  await story.syncKilledAt(5);
  await story.expectTold({ issues: each('insert', issues) });

  clock.skip(DAY / 2);
  const edited = issues.slice(100, 350);
  for (const number of edited) api.save(number, `Edited ${number}`);
  api.save(471, 'New');
  await story.syncKilledAt(2);
  await story.expectTold({ issues: { ...each('update', edited), ...each('insert', [471]) } });

  // On no list any more; one of them is only hidden for now.
  api.delete(1);
  api.transfer(2);
  api.unlisted.add(3);
  clock.skip(2 * DAY);
  await story.sync();
  await story.expectTold({ issues: each('delete', [1, 2]) });
  await story.sync();
  await story.expectTold({});

  // Asked again, GitHub answers that nothing has changed, which costs no quota.
  const { quota, unchanged } = api;
  await story.sync();
  expect({ quota: api.quota - quota, unchanged: api.unchanged > unchanged }).toEqual({
    quota: 0,
    unchanged: true,
  });
  api.save(471, 'Changed in the same second as the newest');
  await story.sync();
  await story.expectTold({ issues: each('update', [471]) });
});
