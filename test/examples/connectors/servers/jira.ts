import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

const BASE = '/rest/api/3';
const JQL = /^project = ([A-Z0-9]+)(?: AND updated >= (\d+))? ORDER BY updated ASC, id ASC$/;

interface Issue {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly at: number;
}

interface Field {
  readonly id: string;
  readonly name: string;
  readonly custom: boolean;
  readonly schema?: { readonly type: string };
}

/**
 * Jira's search: page tokens, a `null` where there is none any more, no total; instants in JQL count by the minute; they come in the user's
 * time zone with an offset without a colon. Fields that customers have added are `customfield_…`, and null where they are not set.
 */
export class JiraApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #issues = new Map<string, Issue>();
  readonly #listings: { readonly found: readonly Issue[]; readonly from: number }[] = [];
  readonly fields: Field[] = [
    { id: 'summary', name: 'Summary', custom: false, schema: { type: 'string' } },
    { id: 'customfield_10010', name: 'Team', custom: true, schema: { type: 'string' } },
    { id: 'customfield_10020', name: 'Story Points', custom: true, schema: { type: 'number' } },
    { id: 'customfield_10030', name: 'Approvers', custom: true, schema: { type: 'array' } },
  ];

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  save(id: string, fields: Readonly<Record<string, unknown>>): void {
    const before = this.#issues.get(id)?.fields;
    this.#issues.set(id, { id, fields: { ...before, ...fields }, at: this.#clock.now() });
  }

  delete(id: string): void {
    this.#issues.delete(id);
  }

  truth() {
    return {
      issues: [...this.#issues.values()].map((issue) => {
        const { id, key, fields } = this.#shown(issue);
        return { ...fields, id, key };
      }),
    };
  }

  answer({ url, headers }: Got): Answered {
    const credentials = Buffer.from('ada@example.com:ATATT1').toString('base64');
    if (headers.authorization !== `Basic ${credentials}`)
      return { status: 401, body: 'Client must be authenticated to access this resource.' };
    if (url.host !== 'acme.atlassian.net') return refused(404, 'Site temporarily unavailable');
    if (url.pathname === `${BASE}/myself`) return { body: { timeZone: 'Europe/Berlin' } };
    if (url.pathname === `${BASE}/field`) return { body: this.fields };
    if (url.pathname === `${BASE}/search/jql`) return this.#search(url.searchParams);
    return refused(404, 'dead link');
  }

  #search(params: URLSearchParams): Answered {
    const match = JQL.exec(params.get('jql') ?? '');
    if (!match) return refused(400, `Error in the JQL Query: ${params.get('jql')}`);
    const since = match[2] === undefined ? -Infinity : minute(Number(match[2]));
    const found = [...this.#issues.values()]
      .filter(({ at }) => minute(at) >= since)
      .sort((a, b) => a.at - b.at || Number(a.id) - Number(b.id));
    const token = params.get('nextPageToken');
    const listing = token === null ? { found, from: 0 } : this.#listings[Number(token.slice(1))];
    if (!listing) return refused(400, 'The provided next page token is invalid or expired.');
    const to = listing.from + Math.min(Number(params.get('maxResults') ?? 50), 100);
    const isLast = to >= listing.found.length;
    const issues = listing.found.slice(listing.from, to).map((issue) => this.#shown(issue));
    const next = isLast ? null : `t${this.#listings.push({ ...listing, from: to }) - 1}`;
    return { body: { issues, nextPageToken: next, isLast } };
  }

  #shown({ id, fields, at }: Issue) {
    const unset = this.fields
      .filter(({ custom }) => custom)
      .map((field) => [field.id, null] as const);
    // Berlin, in winter.
    const updated = new Date(at + 3_600_000).toISOString().replace('Z', '+0100');
    const key = `ENG-${id}`;
    return {
      id,
      key,
      self: `${BASE}/issue/${id}`,
      fields: { ...Object.fromEntries(unset), ...fields, updated },
    };
  }
}

function minute(at: number): number {
  return Math.floor(at / 60_000);
}

function refused(status: number, message: string): Answered {
  return { status, body: { errorMessages: [message], errors: {} } };
}
