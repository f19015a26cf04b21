import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

interface Event {
  readonly id: string;
  readonly summary: string;
  readonly status: 'confirmed' | 'cancelled';
  readonly updated: number;
  /** Rises with each change of any event. */
  readonly version: number;
}

/** What a page token stands for. */
interface Listing {
  readonly syncToken: string | null;
  readonly found: readonly Event[];
  readonly from: number;
  /** The version that the next sync token goes on from. */
  readonly upTo: number;
}

/**
 * Google Calendar's events: pages of 250 at most, the sync token only on the last one; a page token goes with the same parameters that its list
 * was begun with. With a sync token what was cancelled is listed too, with little more than its id; without one it is not. A sync token that is
 * too old is a 410.
 */
export class GoogleCalendarApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #events = new Map<string, Event>();
  readonly #listings: Listing[] = [];
  #version = 0;
  #oldestToken = 0;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  save(id: string, summary: string): void {
    this.#put({ id, summary, status: 'confirmed' });
  }

  cancel(id: string): void {
    this.#put({ ...this.#events.get(id)!, status: 'cancelled' });
  }

  /** No token that was given so far is known any more, nor what was cancelled. */
  expireTokens(): void {
    this.#oldestToken = ++this.#version;
    for (const { id, status } of this.#events.values())
      if (status === 'cancelled') this.#events.delete(id);
  }

  truth() {
    const live = [...this.#events.values()].filter(({ status }) => status === 'confirmed');
    return {
      events: live.map((event) => {
        const { id, status, summary, start, end, updated } = shown(event);
        return { id, status, summary, start, end, updated };
      }),
    };
  }

  answer({ url, headers }: Got): Answered {
    if (headers.authorization !== 'Bearer ya29.1')
      return refused(401, 'authError', 'Invalid Credentials');
    if (
      url.host !== 'www.googleapis.com' ||
      url.pathname !== '/calendar/v3/calendars/team%40example.com/events'
    )
      return refused(404, 'notFound', 'Not Found');
    const params = url.searchParams;
    const syncToken = params.get('syncToken');
    const pageToken = params.get('pageToken');
    const size = Math.min(Number(params.get('maxResults') ?? 250), 250);
    const since = syncToken === null ? -1 : Number(syncToken.slice(3));
    if (syncToken !== null && since < this.#oldestToken)
      return refused(
        410,
        'fullSyncRequired',
        'Sync token is no longer valid, a full sync is required.',
      );
    const listing =
      pageToken === null ? this.#list(syncToken, since) : this.#listings[Number(pageToken)];
    if (listing?.syncToken !== syncToken) return refused(400, 'invalid', 'Invalid page token');
    const next = listing.from + size;
    const isLast = next >= listing.found.length;
    const items = listing.found
      .slice(listing.from, next)
      .map((event) => (event.status === 'cancelled' ? tombstone(event) : shown(event)));
    const token = isLast
      ? { nextSyncToken: `st_${listing.upTo}` }
      : { nextPageToken: String(this.#listings.push({ ...listing, from: next }) - 1) };
    return { body: { kind: 'calendar#events', etag: '"p33"', summary: 'Team', ...token, items } };
  }

  #list(syncToken: string | null, since: number): Listing {
    const found = [...this.#events.values()]
      .filter(
        ({ version, status }) => version > since && (syncToken !== null || status !== 'cancelled'),
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return { syncToken, found, from: 0, upTo: this.#version };
  }

  #put(event: Pick<Event, 'id' | 'summary' | 'status'>): void {
    const version = ++this.#version;
    this.#events.set(event.id, { ...event, updated: this.#clock.now(), version });
  }
}

function tombstone({ id, updated }: Event) {
  return { kind: 'calendar#event', etag: `"${updated}"`, id, status: 'cancelled' };
}

function shown({ id, status, summary, updated }: Event) {
  return {
    kind: 'calendar#event',
    etag: `"${updated}"`,
    id,
    status,
    summary,
    start: { dateTime: '2026-03-02T10:00:00+01:00', timeZone: 'Europe/Berlin' },
    end: { date: '2026-03-03' },
    updated: new Date(updated).toISOString(),
  };
}

function refused(code: number, reason: string, message: string): Answered {
  const errors = [{ domain: 'global', reason, message }];
  return { status: code, body: { error: { code, message, errors } } };
}
