import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

const BUCKET = 2_000;
const RESTORE = 100;

interface Product {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly at: number;
}

interface Query {
  readonly query: string;
  readonly variables?: {
    readonly query?: string | null;
    readonly after?: string;
    readonly ids?: readonly string[];
  };
}

/**
 * Shopify's GraphQL: always a 200; a bucket of points that refills, with what a query has cost and what is left in each answer, and an error
 * without data when it is empty. `updated_at` is to the second; the cursor is a place in the order, whatever has become of what was there.
 */
export class ShopifyApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #products = new Map<string, Product>();
  #available = BUCKET;
  #restoredAt: number;
  throttled = 0;

  constructor(clock: TestClock) {
    this.#clock = clock;
    this.#restoredAt = clock.now();
  }

  save(number: number, title: string, status = 'ACTIVE'): string {
    const id = `gid://shopify/Product/${number}`;
    this.#products.set(id, { id, title, status, at: Math.floor(this.#clock.now() / 1_000) });
    return id;
  }

  delete(id: string): void {
    this.#products.delete(id);
  }

  /** The app's other workers have used up all points, and are about to use more. */
  drain(): void {
    this.#pay(0);
    this.#available = -5 * RESTORE;
  }

  truth() {
    return { products: [...this.#products.values()].map(shown) };
  }

  answer({ method, url, headers, body }: Got): Answered {
    if (url.host !== 'acme.myshopify.com' || url.pathname !== '/admin/api/2025-07/graphql.json')
      return { status: 404, body: { errors: 'Not Found' } };
    if (headers['x-shopify-access-token'] !== 'shpat_1')
      return { status: 401, body: { errors: '[API] Invalid API key or access token' } };
    if (method !== 'POST') return { status: 405, body: { errors: 'Method Not Allowed' } };
    const { query, variables = {} } = JSON.parse(body) as Query;
    const isNodes = query.includes('nodes(ids:');
    const cost = isNodes ? Math.ceil((variables.ids?.length ?? 0) / 10) : 45;
    if (!this.#pay(cost)) {
      this.throttled += 1;
      const errors = [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }];
      return { body: { errors, extensions: this.#costs(cost, null) } };
    }
    const data = isNodes
      ? { nodes: (variables.ids ?? []).map((id) => (this.#products.has(id) ? { id } : null)) }
      : { products: this.#list(variables.query ?? null, variables.after) };
    return { body: { data, extensions: this.#costs(cost, cost) } };
  }

  #list(query: string | null, after: string | undefined) {
    const [, since] = /^updated_at:>='(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)'$/.exec(query ?? '') ?? [];
    if (query !== null && since === undefined) throw new Error(`no query: ${query}`);
    const from = since === undefined ? -Infinity : Date.parse(since) / 1_000;
    const rest = [...this.#products.values()]
      .filter((one) => one.at >= from && (after === undefined || place(one) > after))
      .sort((a, b) => (place(a) < place(b) ? -1 : 1));
    const nodes = rest.slice(0, 100);
    const last = nodes.at(-1);
    return {
      nodes: nodes.map(shown),
      pageInfo: { hasNextPage: rest.length > 100, endCursor: last ? place(last) : null },
    };
  }

  #pay(cost: number): boolean {
    const now = this.#clock.now();
    this.#available = Math.min(
      BUCKET,
      this.#available + ((now - this.#restoredAt) / 1_000) * RESTORE,
    );
    this.#restoredAt = now;
    if (cost > this.#available) return false;
    this.#available -= cost;
    return true;
  }

  #costs(requestedQueryCost: number, actualQueryCost: number | null) {
    const throttleStatus = {
      maximumAvailable: BUCKET,
      currentlyAvailable: Math.floor(this.#available),
      restoreRate: RESTORE,
    };
    return { cost: { requestedQueryCost, actualQueryCost, throttleStatus } };
  }
}

/** A place in the order by time and then by number; texts of the same length sort as they do. */
function place({ at, id }: Product): string {
  return `${at}:${(id.split('/').at(-1) ?? '').padStart(12, '0')}`;
}

function shown({ at, ...product }: Product) {
  return { ...product, updatedAt: new Date(at * 1_000).toISOString().replace('.000Z', 'Z') };
}
