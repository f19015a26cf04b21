import { expect, test } from 'vitest';
import { stripe } from '../../../examples/connectors/stripe.js';
import { StripeApi } from './servers/stripe.js';
import { each, Story, STORY_MS } from './support/story.js';

async function opened() {
  const story = await Story.open(stripe, (clock) => new StripeApi(clock));
  await story.syncer.connections.create(stripe, {
    id: 'acme',
    credentials: { token: 'sk_test_1' },
  });
  return story;
}

test(
  'stripe: lists, then events, to what Stripe has, through a kill at each',
  { timeout: STORY_MS },
  async () => {
    const story = await opened();
    const { api, clock } = story;
    const customers: string[] = [];
    const subscriptions: string[] = [];
    for (let i = 0; i < 250; i++) {
      const customer = api.create('customer', { email: i % 7 === 0 ? null : `c${i}@example.com` });
      customers.push(customer);
      if (i % 2 === 0)
        subscriptions.push(api.create('subscription', { customer, status: 'active' }));
      if (i % 10 === 0) clock.skip(1_000);
    }
    // The newest customer has been read by then: only its event tells what it has become.
    const [newest = ''] = customers.slice(-1);
    await story.syncKilledAt(3, () => api.update(newest, { email: 'meanwhile@example.com' }));
    await story.sync();
    await story.expectTold(
      { customers: each('insert', customers), subscriptions: each('insert', subscriptions) },
      { customers: each('update', [newest]) },
    );

    clock.skip(3_600_000);
    // More events than a page holds, of one customer many: each has the customer as it was then.
    for (let i = 0; i < 120; i++) api.update(customers[i]!, { email: `v${i}@example.com` });
    for (let i = 0; i < 5; i++) api.update(customers[119]!, { email: `again${i}@example.com` });
    const born = api.create('customer', { email: 'new@example.com' });
    const [first = '', second = ''] = subscriptions;
    api.cancel(first);
    api.update(second, { status: 'past_due' });
    const started = api.create('subscription', { customer: born, status: 'trialing' });
    api.attachCard(born);
    api.delete(customers[200]!);
    api.delete(customers[201]!);
    await story.syncKilledAt(2);
    await story.expectTold({
      customers: {
        ...each('update', customers.slice(0, 120)),
        ...each('delete', customers.slice(200, 202)),
        ...each('insert', [born]),
      },
      subscriptions: { ...each('update', [first, second]), ...each('insert', [started]) },
    });

    await story.sync();
    await story.sync('full');
    await story.expectTold({});
  },
);

test(
  'stripe: after 31 days without a sync the token is unknown, and everything is read again',
  { timeout: STORY_MS },
  async () => {
    const story = await opened();
    const { api, clock } = story;
    const customers = Array.from({ length: 20 }, () => api.create('customer', { email: null }));
    const subscription = api.create('subscription', { customer: customers[0], status: 'active' });
    await story.sync();
    await story.expectTold({
      customers: each('insert', customers),
      subscriptions: each('insert', [subscription]),
    });
    api.delete(customers[5]!);
    api.update(customers[6]!, { email: 'six@example.com' });
    api.cancel(subscription);
    clock.skip(31 * 86_400_000);
    api.create('subscription', { customer: customers[0], status: 'incomplete' });
    await story.sync();
    expect(story.requests.some(({ url }) => url.pathname === '/v1/customers')).toBe(true);
    await story.expectTold({
      customers: { ...each('delete', [customers[5]!]), ...each('update', [customers[6]!]) },
      subscriptions: {
        ...each('update', [subscription]),
        ...each('insert', [api.truth().subscriptions[1]!.id]),
      },
    });
  },
);
