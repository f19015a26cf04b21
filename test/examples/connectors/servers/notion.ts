import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

interface Page {
  readonly id: string;
  readonly title: string;
  readonly edited: number;
  readonly in_trash: boolean;
}

interface Search {
  readonly filter?: { readonly property: string; readonly value: string };
  readonly sort?: { readonly timestamp: string; readonly direction: string };
  readonly start_cursor?: string;
  readonly page_size?: number;
}

/**
 * Notion's search: a POST, a hundred results at most, sorted by `last_edited_time`, which is rounded down to the minute; the cursor is where a
 * page begins, and one that is unknown is a 400. Pages in the trash are not shown, but can be asked for by their id; those that nobody has
 * shared are a 404, as are those that are gone for good.
 */
export class NotionApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #pages = new Map<string, Page>();
  /** Pages that the index has not taken up yet, or has lost. */
  readonly unindexed = new Set<string>();

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  save(id: string, title: string): void {
    this.#pages.set(id, { id, title, edited: this.#clock.now(), in_trash: false });
  }

  trash(id: string): void {
    const page = this.#pages.get(id)!;
    this.#pages.set(id, { ...page, in_trash: true });
  }

  remove(id: string): void {
    this.#pages.delete(id);
  }

  truth() {
    return { pages: [...this.#pages.values()].filter(({ in_trash }) => !in_trash).map(shown) };
  }

  answer({ method, url, headers, body }: Got): Answered {
    if (url.host !== 'api.notion.com') return refused(404, 'object_not_found', url.host);
    if (headers.authorization !== 'Bearer ntn_1')
      return refused(401, 'unauthorized', 'API token is invalid.');
    if (headers['notion-version'] === undefined)
      return refused(400, 'missing_version', 'Notion-Version header should be defined.');
    const [, id] = /^\/v1\/pages\/(.+)$/.exec(url.pathname) ?? [];
    if (method === 'GET' && id !== undefined) {
      const page = this.#pages.get(id);
      return page
        ? { body: shown(page) }
        : refused(404, 'object_not_found', `Could not find ${id}`);
    }
    if (method === 'GET' && url.pathname === '/v1/users/me') return { body: { object: 'user' } };
    if (method === 'POST' && url.pathname === '/v1/search')
      return this.#search(JSON.parse(body) as Search);
    return refused(400, 'invalid_request_url', 'Invalid request URL.');
  }

  #search({ filter, sort, start_cursor, page_size = 100 }: Search): Answered {
    if (filter?.property !== 'object' || filter.value !== 'page')
      return refused(400, 'validation_error', 'body.filter.value should be page');
    if (page_size > 100) return refused(400, 'validation_error', 'body.page_size should be ≤ 100');
    const direction = sort?.direction === 'ascending' ? 1 : -1;
    const found = [...this.#pages.values()]
      .filter(({ id, in_trash }) => !in_trash && !this.unindexed.has(id))
      .sort((a, b) => direction * (minute(a) - minute(b)) || (a.id < b.id ? -1 : 1));
    const from = start_cursor === undefined ? 0 : found.findIndex(({ id }) => id === start_cursor);
    if (from < 0) return refused(400, 'validation_error', 'The start_cursor provided is invalid');
    const next = found[from + page_size]?.id ?? null;
    const results = found.slice(from, from + page_size).map(shown);
    return { body: { object: 'list', results, next_cursor: next, has_more: next !== null } };
  }
}

function minute({ edited }: Page): number {
  return Math.floor(edited / 60_000) * 60_000;
}

function shown(page: Page) {
  return {
    object: 'page',
    id: page.id,
    last_edited_time: new Date(minute(page)).toISOString(),
    in_trash: page.in_trash,
    properties: { title: { type: 'title', title: [{ plain_text: page.title }] } },
  };
}

function refused(status: number, code: string, message: string): Answered {
  return { status, body: { object: 'error', status, code, message } };
}
