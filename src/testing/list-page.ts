import type { JsonObject, JsonValue } from '../index.js';
import type { FakeList, FakeVersion } from './fake-list.js';

/** A page of a fake list, with what a test may want to know of it. */
export interface FakePage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonValue;
  /** What was served, in the order of the page. */
  readonly versions: readonly FakeVersion[];
  /** Keys that a delta page said are gone. */
  readonly gone: readonly string[];
  /** Pages of one reading have one number, as far as the paging can tell (`offset` and `page` cannot). */
  readonly reading: number | undefined;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Where a page begins: after a record, whatever was added or removed before it. */
type Place = readonly [sortBy: number | null, key: string];

interface PageToken {
  readonly after: Place;
  readonly reading: number;
  readonly epoch: number;
}

/** Where a first listing begins: before a list that has seen no change yet, whose token is 0. It tells nothing of what is gone. */
const FIRST = -1;

/** A fake list as its API serves it: filters, pages, tokens that expire. */
export class ListServer {
  readonly list: FakeList;
  #readings = 0;
  #pageEpoch = 0;
  #tokenEpoch = 0;
  #refusals = 0;

  constructor(list: FakeList) {
    this.list = list;
  }

  /** Page tokens that were handed out are refused from now on; or delta tokens, and the next filter by time. */
  expire(part: 'page' | 'cursor'): void {
    if (part === 'page') this.#pageEpoch += 1;
    else {
      this.#tokenEpoch += 1;
      this.#refusals += 1;
    }
  }

  answer(url: URL): FakePage {
    const { paging } = this.list.options;
    if (url.pathname.endsWith('/delta')) return this.#delta(url);
    return paging === 'offset' || paging === 'page' ? this.#byCount(url) : this.#byPlace(url);
  }

  #byPlace(url: URL): FakePage {
    const { paging, repeats } = this.list.options;
    const name = paging === 'cursor' ? 'cursor' : 'page_token';
    const given = url.searchParams.get(name);
    const token = given === null ? undefined : readToken(given);
    const refused = token ? token.epoch !== this.#pageEpoch : this.#refuses(url);
    if (refused || (given !== null && !token)) return gone(token ? 'page token' : 'filter');
    const reading = token?.reading ?? ++this.#readings;
    const found = this.#filtered(url).filter(
      (version) => token === undefined || this.#compare(placeOf(version), token.after) > 0,
    );
    const size = this.#sizeOf(url);
    const page = found.slice(0, size);
    const last = page.at(-1);
    const isLast = page.length === found.length || last === undefined;
    // The place before the last record serves it again at the next page's beginning.
    const from = page.length > 2 && repeats() ? (page.at(-2) ?? last) : last;
    const next =
      isLast || from === undefined
        ? undefined
        : writeToken({ after: placeOf(from), reading, epoch: this.#pageEpoch });
    return this.#page(page, url, next === undefined ? undefined : [name, next], {
      reading,
      isFirst: token === undefined,
      isLast,
    });
  }

  #byCount(url: URL): FakePage {
    if (this.#refuses(url)) return gone('filter');
    const { paging } = this.list.options;
    const size = this.#sizeOf(url);
    const found = this.#filtered(url);
    const from =
      paging === 'offset'
        ? Number(url.searchParams.get('offset') ?? 0)
        : (Number(url.searchParams.get('page') ?? 1) - 1) * size;
    const page = found.slice(from, from + size);
    return this.#page(page, url, undefined, {
      reading: undefined,
      isFirst: from === 0,
      isLast: from + size >= found.length,
      total: found.length,
    });
  }

  #page(
    versions: readonly FakeVersion[],
    url: URL,
    next: readonly [name: string, token: string] | undefined,
    about: Pick<FakePage, 'reading' | 'isFirst' | 'isLast'> & { readonly total?: number },
  ): FakePage {
    const { paging, repeats } = this.list.options;
    const { total = 0, ...told } = about;
    const served = versions.flatMap((version) => (repeats() ? [version, version] : [version]));
    const items = served.flatMap(({ shown }) => (shown ? [shown] : []));
    const address = next && withParam(url, next[0], next[1]).href;
    const bodies: Readonly<Record<typeof paging, JsonValue>> = {
      link: items,
      page: items,
      next: { items, next: address ?? null },
      cursor: { items, next_cursor: next?.[1] ?? null },
      offset: { items, total },
    };
    const headers: Readonly<Record<string, string>> =
      paging === 'link' && address !== undefined ? { link: `<${address}>; rel="next"` } : {};
    return { status: 200, headers, body: bodies[paging], versions: served, gone: [], ...told };
  }

  /**
   * What has changed since a token, each record once, in its latest state: `{ items, deleted, token, next_page }`. The token is that of the
   * reading's beginning, so that what changes meanwhile comes the next time.
   */
  #delta(url: URL): FakePage {
    const { list } = this;
    const paged = url.searchParams.get('page_token');
    const token = paged ?? url.searchParams.get('token') ?? `${this.#tokenEpoch}.${FIRST}`;
    const [epoch, since = 0, upTo = 0, after = 0, of = 0] = token.split('.').map(Number);
    if (epoch !== this.#tokenEpoch) return gone('token');
    const isFirst = paged === null;
    const head = isFirst ? list.seq : upTo;
    const reading = isFirst ? ++this.#readings : of;
    const changed = list
      .visible()
      .filter(({ seq, removed }) => seq > Math.max(since, after) && !(removed && since === FIRST))
      .sort((a, b) => a.seq - b.seq);
    const page = changed.slice(0, this.#sizeOf(url));
    const isLast = page.length === changed.length;
    const items = page.flatMap(({ shown, removed }) => (shown && !removed ? [shown] : []));
    const deleted = page.filter(({ removed }) => removed).map(({ key }) => key);
    const body: JsonObject = {
      items,
      deleted,
      token: `${epoch}.${head}`,
      next_page: isLast ? null : [epoch, since, head, page.at(-1)?.seq ?? 0, reading].join('.'),
    };
    return {
      status: 200,
      headers: {},
      body,
      versions: page,
      gone: deleted,
      reading,
      isFirst,
      isLast,
    };
  }

  #filtered(url: URL): readonly FakeVersion[] {
    const { stamps } = this.list;
    const text = url.searchParams.get('since');
    const since = text === null ? undefined : stamps.read(text);
    return this.list
      .visible()
      .filter(
        ({ shown, sortBy }) => shown && (since === undefined || sortBy === null || sortBy >= since),
      )
      .sort((a, b) => this.#compare(placeOf(a), placeOf(b)));
  }

  #refuses(url: URL): boolean {
    if (this.#refusals === 0 || !url.searchParams.has('since')) return false;
    this.#refusals -= 1;
    return true;
  }

  #sizeOf(url: URL): number {
    const asked = Number(url.searchParams.get('limit') ?? Infinity);
    return Math.min(asked, this.list.options.pageSize);
  }

  #compare([aStamp, aKey]: Place, [bStamp, bKey]: Place): number {
    const byStamp =
      this.list.options.order === 'key' ? 0 : (aStamp ?? -Infinity) - (bStamp ?? -Infinity) || 0;
    return byStamp === 0 ? (aKey < bKey ? -1 : aKey > bKey ? 1 : 0) : byStamp;
  }
}

function placeOf({ sortBy, key }: FakeVersion): Place {
  return [sortBy, key];
}

function gone(what: string): FakePage {
  const body = { error: `this ${what} has expired` };
  const nothing = { headers: {}, versions: [], gone: [], reading: undefined };
  return { status: 410, body, ...nothing, isFirst: false, isLast: false };
}

function withParam(url: URL, name: string, value: string): URL {
  const next = new URL(url);
  next.searchParams.set(name, value);
  return next;
}

function writeToken(token: PageToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function readToken(text: string): PageToken | undefined {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as PageToken;
  } catch {
    return undefined;
  }
}
