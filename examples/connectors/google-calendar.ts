/** Google Calendar: a sync token comes with the last page; when it has expired (410) everything is read again. What is cancelled says so. */
import { bearer, defineConnector } from 'syncline';
import { z } from 'zod';

const moment = z.looseObject({ date: z.string().optional(), dateTime: z.string().optional() });
const event = z.object({
  id: z.string(),
  status: z.enum(['confirmed', 'tentative', 'cancelled']),
  summary: z.string().optional(),
  start: moment,
  end: moment,
  updated: z.iso.datetime(),
});
const lastPage = z.object({ nextSyncToken: z.string().optional() });

export const googleCalendar = defineConnector({
  name: 'google-calendar',
  baseUrl: 'https://www.googleapis.com/calendar/v3',
  config: z.object({ calendar: z.string().default('primary') }),
  auth: bearer(),
  limits: [{ scope: 'connection', tokens: 600, per: '1m' }],
  streams: {
    events: {
      schema: event,
      key: 'id',
      cursor: 'token',
      // A cancelled event may come as little more than its id.
      deletions: { kind: 'flag', when: (raw) => raw.status === 'cancelled' },
      async *pull(ctx) {
        const calendar = encodeURIComponent(ctx.config.calendar);
        const pages = ctx.http.pages(`calendars/${calendar}/events`, {
          searchParams: { syncToken: ctx.cursor, maxResults: 250 },
          items: 'items',
          pagination: { cursor: 'nextPageToken', param: 'pageToken' },
        });
        for await (const page of pages) {
          yield { ...page, cursor: lastPage.parse(page.body).nextSyncToken };
        }
      },
    },
  },
});
