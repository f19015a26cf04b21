import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

const PAGE = 200;
const DAY = 86_400_000;
const QUERY =
  /^SELECT Id, Name, Industry, SystemModstamp FROM Account (?:WHERE SystemModstamp >= (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) )?ORDER BY SystemModstamp, Id$/;

interface Account {
  readonly Id: string;
  readonly Name: string;
  readonly Industry: string | null;
  readonly at: number;
}

/**
 * Salesforce: the login host names the customer's own; a query's pages are cut where the server likes, and followed by `nextRecordsUrl`
 * from the results as they were when it was asked; instants come with +0000 and milliseconds; deletions are logged for 15 days, asked for
 * between two instants more than a minute apart whose seconds are ignored, and refused from before the last purge. Errors are lists.
 */
export class SalesforceApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #accounts = new Map<string, Account>();
  readonly #deleted: { readonly id: string; readonly at: number }[] = [];
  readonly #queries: (readonly Account[])[] = [];

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  save(id: string, fields: { readonly Name: string; readonly Industry?: string }): void {
    const Industry = fields.Industry ?? null;
    this.#accounts.set(id, { Id: id, Name: fields.Name, Industry, at: this.#clock.now() });
  }

  delete(id: string): void {
    this.#accounts.delete(id);
    this.#deleted.push({ id, at: this.#clock.now() });
  }

  truth() {
    return { accounts: [...this.#accounts.values()].map(shown) };
  }

  answer({ url, headers }: Got): Answered {
    if (headers.authorization !== 'Bearer 00D!token')
      return refused(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    if (url.host === 'login.salesforce.com' && url.pathname === '/services/oauth2/userinfo') {
      const rest = 'https://acme.my.salesforce.com/services/data/v{version}/';
      return { body: { user_id: '005', organization_id: '00D', urls: { rest } } };
    }
    const [, path = ''] = /^\/services\/data\/v64\.0\/(.*)$/.exec(url.pathname) ?? [];
    if (url.host !== 'acme.my.salesforce.com') return refused(404, 'NOT_FOUND', url.host);
    if (path === 'sobjects/Account/deleted') return this.#log(url.searchParams);
    if (path === 'query') return this.#query(url.searchParams.get('q') ?? '');
    const [, query, from] = /^query\/01g(\d+)-(\d+)$/.exec(path) ?? [];
    return query === undefined
      ? refused(404, 'NOT_FOUND', 'The requested resource does not exist')
      : this.#page(Number(query), Number(from));
  }

  #query(q: string): Answered {
    const match = QUERY.exec(q);
    if (!match) return refused(400, 'MALFORMED_QUERY', `unexpected token in: ${q}`);
    const since = match[1] === undefined ? -Infinity : Date.parse(match[1]);
    const found = [...this.#accounts.values()]
      .filter(({ at }) => at >= since)
      .sort((a, b) => a.at - b.at || (a.Id < b.Id ? -1 : 1));
    return this.#page(this.#queries.push(found) - 1, 0);
  }

  #page(query: number, from: number): Answered {
    const found = this.#queries[query];
    if (!found) return refused(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    const next = from + PAGE;
    const isDone = next >= found.length;
    const records = found.slice(from, next).map((account) => ({
      attributes: { type: 'Account', url: `/services/data/v64.0/sobjects/Account/${account.Id}` },
      ...shown(account),
    }));
    const rest = isDone ? {} : { nextRecordsUrl: `/services/data/v64.0/query/01g${query}-${next}` };
    return { body: { totalSize: found.length, done: isDone, ...rest, records } };
  }

  #log(params: URLSearchParams): Answered {
    const [start, end] = ['start', 'end'].map((name) => minute(Date.parse(params.get(name) ?? '')));
    const now = this.#clock.now();
    if (start === undefined || end === undefined || !(end - start > 60_000))
      return refused(
        400,
        'INVALID_REPLICATION_DATE',
        'endDate must be more than a minute after startDate',
      );
    if (start < now - 30 * DAY)
      return refused(
        400,
        'INVALID_REPLICATION_DATE',
        'startDate before org replication enabled date',
      );
    const found = this.#deleted.filter(({ at }) => at >= start && at < end);
    return {
      body: {
        deletedRecords: found.map(({ id, at }) => ({ id, deletedDate: instant(at) })),
        earliestDateAvailable: instant(now - 15 * DAY),
        latestDateCovered: instant(end),
      },
    };
  }
}

function shown({ at, ...account }: Account) {
  return { ...account, SystemModstamp: instant(at) };
}

function instant(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}

function minute(at: number): number {
  return Math.floor(at / 60_000) * 60_000;
}

function refused(status: number, errorCode: string, message: string): Answered {
  return { status, body: [{ errorCode, message }] };
}
