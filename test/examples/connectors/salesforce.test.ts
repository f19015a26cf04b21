import { expect, test } from 'vitest';
import { salesforce } from '../../../examples/connectors/salesforce.js';
import { SalesforceApi } from './servers/salesforce.js';
import { each, Story, STORY_MS } from './support/story.js';

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `001${String(from + i).padStart(15, '0')}`);

async function opened() {
  const story = await Story.open(salesforce, (clock) => new SalesforceApi(clock));
  await story.syncer.connections.create(salesforce, {
    id: 'acme',
    config: {},
    credentials: { token: '00D!token' },
  });
  return story;
}

test(
  "salesforce: from the login host to the customer's own, to what Salesforce has",
  { timeout: STORY_MS },
  async () => {
    const story = await opened();
    const { api, clock } = story;
    const first = ids(0, 650);
    for (const [i, id] of first.entries()) {
      api.save(id, { Name: `Account ${id}`, ...(i % 3 === 0 ? { Industry: 'Energy' } : {}) });
      // By bulk: two hundred at the same instant.
      if (i % 200 === 199) clock.skip(1);
    }
    // The host, the log of deletions, and of four pages of the query the third.
    await story.syncKilledAt(5);
    await story.expectTold({ accounts: each('insert', first) });
    expect(story.requests.filter(({ url }) => url.pathname.endsWith('/query'))).toHaveLength(1);

    clock.skip(3_600_000);
    for (const id of first.slice(100, 400)) api.save(id, { Name: `Renamed ${id}` });
    const second = ids(650, 700);
    for (const id of second) api.save(id, { Name: `New ${id}` });
    for (const id of first.slice(0, 3)) api.delete(id);
    clock.skip(120_000);
    await story.syncKilledAt(3);
    await story.expectTold({
      accounts: {
        ...each('update', first.slice(100, 400)),
        ...each('insert', second),
        ...each('delete', first.slice(0, 3)),
      },
    });

    // Deleted and restored within a minute: the log has the deletion, and then the query the account in a new life.
    api.delete(second[0]!);
    clock.skip(1_000);
    api.save(second[0]!, { Name: 'Back again' });
    clock.skip(120_000);
    await story.sync();
    await story.expectTold({ accounts: each('insert', [second[0]!]) });
    await story.sync();
    await story.sync('full');
    await story.expectTold({});
  },
);

test(
  'salesforce: when the log of deletions no longer reaches back, a pass finds what is missing',
  { timeout: STORY_MS },
  async () => {
    const story = await opened();
    const { api, clock } = story;
    const accounts = ids(0, 20);
    for (const id of accounts) api.save(id, { Name: id });
    await story.sync();
    await story.expectTold({ accounts: each('insert', accounts) });
    api.delete(accounts[7]!);
    clock.skip(20 * 86_400_000);
    await story.sync();
    await story.expectTold({ accounts: each('delete', [accounts[7]!]) });
    // So long ago that Salesforce refuses to answer.
    api.delete(accounts[8]!);
    clock.skip(40 * 86_400_000);
    await story.sync();
    await story.expectTold({ accounts: each('delete', [accounts[8]!]) });
  },
);
