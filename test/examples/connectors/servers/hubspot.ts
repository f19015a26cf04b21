import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

const WINDOW = 10_000;
const PATH = '/crm/v3/objects/contacts';

interface Contact {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly at: number;
  readonly archivedAt: number | undefined;
}

interface Filter {
  readonly propertyName: string;
  readonly operator: string;
  readonly value: string;
}

interface Search {
  readonly filterGroups: readonly { readonly filters: readonly Filter[] }[];
  readonly sorts: readonly { readonly propertyName: string; readonly direction: string }[];
  readonly properties: readonly string[];
  readonly limit?: number;
  readonly after?: string;
}

/**
 * HubSpot's search: a POST, ten results unless `limit` says otherwise and 200 at most; `after` is an offset as a text, and nothing is shown
 * from the 10,000th on. What is archived is not found any more, but listed by `archived=true`, and can be restored. Values of properties are
 * texts or null; the index takes up what is written later.
 */
export class HubspotApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #contacts = new Map<string, Contact>();
  /** The index knows what was written before then. */
  indexedUntil = Infinity;
  readonly #indexed = new Map<string, Contact>();

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  save(id: string, properties: Readonly<Record<string, string | null>>): void {
    const before = this.#contacts.get(id)?.properties ?? { email: null, firstname: null };
    this.#put({
      id,
      properties: { ...before, ...properties },
      at: this.#clock.now(),
      archivedAt: undefined,
    });
  }

  archive(id: string): void {
    const now = this.#clock.now();
    this.#put({ ...this.#contacts.get(id)!, at: now, archivedAt: now });
  }

  /** Lets the index take up everything. */
  index(): void {
    for (const contact of this.#contacts.values()) this.#indexed.set(contact.id, contact);
  }

  #put(contact: Contact): void {
    this.#contacts.set(contact.id, contact);
    if (contact.at < this.indexedUntil) this.#indexed.set(contact.id, contact);
  }

  truth() {
    const live = [...this.#contacts.values()].filter(({ archivedAt }) => archivedAt === undefined);
    return {
      contacts: live.map((contact) => {
        const { id, properties, updatedAt } = shown(contact, ['email', 'firstname']);
        return { id, updatedAt, properties };
      }),
    };
  }

  answer({ method, url, headers, body }: Got): Answered {
    if (url.host !== 'api.hubapi.com') return refused(404, 'OBJECT_NOT_FOUND', url.host);
    if (headers.authorization !== 'Bearer pat-1')
      return refused(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found.');
    if (method === 'GET' && url.pathname === PATH) return this.#list(url.searchParams);
    if (method === 'POST' && url.pathname === `${PATH}/search`)
      return this.#search(JSON.parse(body) as Search);
    return refused(404, 'OBJECT_NOT_FOUND', `resource not found ${url.pathname}`);
  }

  #list(params: URLSearchParams): Answered {
    const isArchived = params.get('archived') === 'true';
    const limit = Number(params.get('limit') ?? 10);
    if (limit > 100) return refused(400, 'VALIDATION_ERROR', 'limit must be ≤ 100');
    const after = Number(params.get('after') ?? 0);
    const found = [...this.#contacts.values()]
      .filter(
        ({ id, archivedAt }) => (archivedAt !== undefined) === isArchived && Number(id) > after,
      )
      .sort((a, b) => Number(a.id) - Number(b.id));
    const results = found.slice(0, limit);
    const next = found.length > limit ? results.at(-1)?.id : undefined;
    return { body: { results: results.map((one) => shown(one, ['email'])), ...paging(next) } };
  }

  #search({ filterGroups, sorts, properties, limit = 10, after = '0' }: Search): Answered {
    if (limit > 200) return refused(400, 'VALIDATION_ERROR', 'limit must be ≤ 200');
    const from = Number(after);
    if (from + limit > WINDOW)
      return refused(400, 'VALIDATION_ERROR', `paging beyond ${WINDOW} results is not supported`);
    const [sort] = sorts;
    if (sort?.direction !== 'ASCENDING') return refused(400, 'VALIDATION_ERROR', 'sort');
    const found = [...this.#indexed.values()]
      .filter((one) => one.archivedAt === undefined)
      .filter((one) => filterGroups.some(({ filters }) => filters.every((f) => holds(f, one))))
      .sort((a, b) => valueOf(a, sort.propertyName) - valueOf(b, sort.propertyName));
    const results = found.slice(from, from + limit).map((one) => shown(one, properties));
    const next = found.length > from + limit ? String(from + limit) : undefined;
    return { body: { total: found.length, results, ...paging(next) } };
  }
}

function holds({ propertyName, operator, value }: Filter, contact: Contact): boolean {
  const own = valueOf(contact, propertyName);
  // Instants are milliseconds.
  const asked = Number(value);
  if (!/^\d+$/.test(value)) throw new Error(`no value: ${value}`);
  return operator === 'GT' ? own > asked : operator === 'GTE' && own >= asked;
}

function valueOf({ id, at }: Contact, property: string): number {
  if (property === 'hs_object_id') return Number(id);
  if (property === 'lastmodifieddate') return at;
  throw new Error(`no property of contacts: ${property}`);
}

function paging(after: string | undefined) {
  return after === undefined ? {} : { paging: { next: { after, link: `?after=${after}` } } };
}

function shown({ id, properties, at, archivedAt }: Contact, asked: readonly string[]) {
  const updatedAt = new Date(at).toISOString();
  const given = Object.entries(properties).filter(([name]) => asked.includes(name));
  return {
    id,
    // Some come whether they are asked for or not.
    properties: { ...Object.fromEntries(given), hs_object_id: id, lastmodifieddate: updatedAt },
    createdAt: '2020-01-01T00:00:00.000Z',
    updatedAt,
    archived: archivedAt !== undefined,
    ...(archivedAt === undefined ? {} : { archivedAt: new Date(archivedAt).toISOString() }),
  };
}

function refused(status: number, category: string, message: string): Answered {
  return { status, body: { status: 'error', message, correlationId: 'aeb5f871', category } };
}
