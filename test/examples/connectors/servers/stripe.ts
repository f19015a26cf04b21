import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

const EVENT_DAYS = 30;

interface Thing {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly [field: string]: unknown;
}

interface Event {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data: { readonly object: Thing };
}

/**
 * Stripe's lists: newest first, ten unless `limit` says otherwise and a hundred at most; `starting_after` and `ending_before` are ids of the
 * list, and one that is not there is a 400. What is created, changed or deleted leaves an event with the object as it was then. A
 * subscription that has ended stays, as canceled, and so does its `customer.subscription.deleted`.
 */
export class StripeApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #customers: Thing[] = [];
  readonly #subscriptions: Thing[] = [];
  readonly #events: Event[] = [];
  #made = 0;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  create(kind: 'customer' | 'subscription', fields: Readonly<Record<string, unknown>>): string {
    const prefix = kind === 'customer' ? 'cus' : 'sub';
    const id = `${prefix}_${String((++this.#made * 7_919) % 10_007).padStart(5, '0')}`;
    const thing: Thing = { id, object: kind, created: this.#now(), livemode: true, ...fields };
    this.#list(kind).push(thing);
    this.#tell(thing, 'created');
    return id;
  }

  update(id: string, fields: Readonly<Record<string, unknown>>, verb = 'updated'): void {
    const list = this.#list(id.startsWith('cus') ? 'customer' : 'subscription');
    const at = list.findIndex((thing) => thing.id === id);
    list[at] = { ...list[at]!, ...fields };
    this.#tell(list[at], verb);
  }

  cancel(id: string): void {
    this.update(id, { status: 'canceled' }, 'deleted');
  }

  delete(id: string): void {
    const [gone] = this.#customers.splice(
      this.#customers.findIndex((thing) => thing.id === id),
      1,
    );
    this.#tell(gone!, 'deleted');
  }

  /** Something of another kind happens: its event is none of `object: customer`, though its type begins so. */
  attachCard(customer: string): void {
    const card = { id: 'card_1', object: 'card', created: this.#now(), customer };
    this.#tell(card, 'created', 'customer.source');
  }

  truth() {
    return { customers: this.#customers, subscriptions: this.#subscriptions };
  }

  answer({ url, headers }: Got): Answered {
    if (url.host !== 'api.stripe.com') return refused(404, 'invalid_request_error', url.host);
    if (headers.authorization !== 'Bearer sk_test_1')
      return refused(401, 'invalid_request_error', 'Invalid API Key provided');
    const params = url.searchParams;
    switch (url.pathname) {
      case '/v1/customers':
        return page(this.#customers, url);
      case '/v1/subscriptions': {
        const from = Number(params.get('created[gte]') ?? 0);
        const ended = params.get('status') === 'all';
        const found = this.#subscriptions.filter(
          (one) => one.created >= from && (ended || one['status'] !== 'canceled'),
        );
        return page(found, url);
      }
      case '/v1/events': {
        const type = new RegExp(
          `^${(params.get('type') ?? '*').replace('.', '\\.').replace('*', '.*')}$`,
        );
        const oldest = this.#now() - EVENT_DAYS * 86_400;
        const kept = this.#events.filter(
          (event) => event.created > oldest && type.test(event.type),
        );
        return page(kept, url);
      }
      default:
        return refused(404, 'invalid_request_error', `Unrecognized request URL ${url.pathname}`);
    }
  }

  #tell(object: Thing, verb: string, family?: string): void {
    const name = family ?? (object.object === 'customer' ? 'customer' : 'customer.subscription');
    const id = `evt_${String(this.#events.length + 1).padStart(5, '0')}`;
    const data = { object };
    this.#events.push({ id, type: `${name}.${verb}`, created: this.#now(), data });
  }

  #list(kind: string): Thing[] {
    return kind === 'customer' ? this.#customers : this.#subscriptions;
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}

/** A page of a list that is kept oldest first and shown newest first. */
function page(list: readonly { readonly id: string }[], url: URL): Answered {
  const limit = Number(url.searchParams.get('limit') ?? 10);
  if (limit < 1 || limit > 100) return refused(400, 'invalid_request_error', 'limit');
  const newestFirst = list.toReversed();
  const after = url.searchParams.get('starting_after');
  const before = url.searchParams.get('ending_before');
  const position = (id: string): number => newestFirst.findIndex((one) => one.id === id);
  for (const [param, id] of Object.entries({ starting_after: after, ending_before: before })) {
    if (id !== null && position(id) === -1)
      return refused(400, 'invalid_request_error', `No such object: '${id}'`, {
        code: 'resource_missing',
        param,
      });
  }
  const rest = newestFirst.slice(
    after === null ? 0 : position(after) + 1,
    before === null ? undefined : position(before),
  );
  const data = before === null ? rest.slice(0, limit) : rest.slice(-limit);
  return { body: { object: 'list', url: url.pathname, has_more: rest.length > limit, data } };
}

function refused(status: number, type: string, message: string, more: object = {}): Answered {
  return { status, body: { error: { type, message, ...more } } };
}
