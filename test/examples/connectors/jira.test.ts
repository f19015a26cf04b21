import { expect, test } from 'vitest';
import { jira } from '../../../examples/connectors/jira.js';
import { collect } from '../../support/syncer.js';
import { JiraApi } from './servers/jira.js';
import { each, Story, STORY_MS } from './support/story.js';

const DAY = 86_400_000;

test("jira: with a customer's own fields, to what Jira has", { timeout: STORY_MS }, async () => {
  const story = await Story.open(jira, (clock) => new JiraApi(clock));
  const { api, clock } = story;
  await story.syncer.connections.create(jira, {
    id: 'acme',
    config: { site: 'acme', project: 'ENG' },
    credentials: { username: 'ada@example.com', password: 'ATATT1' },
  });
  const ids = Array.from({ length: 450 }, (_, i) => String(10_000 + i));
  for (const [i, id] of ids.entries()) {
    const points = i % 4 === 0 ? { customfield_10020: i } : {};
    api.save(id, { summary: `Issue ${id}`, customfield_10010: 'Platform', ...points });
    if (i % 10 === 0) clock.skip(7_000);
  }
  // The user, the fields, and of five pages the third.
  await story.syncKilledAt(5);
  await story.expectTold({ issues: each('insert', ids) });

  clock.skip(DAY / 2);
  const edited = ids.slice(50, 300);
  for (const id of edited) api.save(id, { customfield_10030: [{ name: 'Grace' }] });
  api.save('20000', { summary: 'New' });
  await story.syncKilledAt(3);
  await story.expectTold({ issues: { ...each('update', edited), ...each('insert', ['20000']) } });

  // A field that was added since is validated too.
  api.fields.push({
    id: 'customfield_10040',
    name: 'Risk',
    custom: true,
    schema: { type: 'number' },
  });
  const issues = story.syncer.connection(jira, 'acme').stream('issues');
  clock.skip(3_600_000);
  api.save(ids[0]!, { customfield_10040: 'high' });
  await issues.sync();
  const [rejected] = await collect(issues.rejected());
  expect(rejected).toMatchObject({ key: ids[0], issues: [{ path: ['customfield_10040'] }] });
  clock.skip(3_600_000);
  api.save(ids[0]!, { customfield_10040: 3 });
  for (const id of ids.slice(1, 4)) api.delete(id);
  clock.skip(2 * DAY);
  await story.sync();
  expect(await collect(issues.rejected())).toEqual([]);
  // All others have the new field too, not set.
  await story.expectTold({
    issues: {
      ...each('update', [...ids.filter((_, i) => i === 0 || i > 3), '20000']),
      ...each('delete', ids.slice(1, 4)),
    },
  });
});
