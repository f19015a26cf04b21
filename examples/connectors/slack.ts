/** Slack: the messages of each channel, each with a cursor of its own. Edits and deletions of older messages are not told: a week is read again. */
import { bearer, defineConnector } from 'syncline';
import { z } from 'zod';

const channel = z.object({ id: z.string(), is_member: z.boolean() });
const channels = z.object({ channels: z.array(channel) });
const pagination = { cursor: 'response_metadata.next_cursor', param: 'cursor' } as const;

export const slack = defineConnector({
  name: 'slack',
  baseUrl: 'https://slack.com/api',
  auth: bearer(),
  limits: [
    // Outside Slack's marketplace distributed apps have 1 a minute, and pages of 15: told by Slack.
    { scope: 'connection', match: 'GET /conversations.history', tokens: 50, per: '1m' },
    { scope: 'connection', match: 'GET /conversations.list', tokens: 20, per: '1m' },
  ],
  streams: {
    messages: {
      schema: z.looseObject({
        channel: z.string(),
        ts: z.string(), // seconds with microseconds, and the message's name in its channel
        text: z.string(),
        user: z.string().optional(),
      }),
      key: ['channel', 'ts'],
      cursor: { field: 'ts', type: 'epoch-s', overlap: '7d' },
      deletions: { kind: 'snapshot', every: '7d' },
      async *partitions(ctx) {
        const pages = ctx.http.pages('conversations.list', {
          searchParams: {
            types: 'public_channel,private_channel',
            exclude_archived: true,
            limit: 200,
          },
          items: (body) => channels.parse(body).channels,
          pagination,
        });
        for await (const { records } of pages)
          for (const { id, is_member } of records) if (is_member) yield { key: id };
      },
      async *pull(ctx) {
        const pages = ctx.http.pages('conversations.history', {
          searchParams: {
            channel: ctx.partition.key,
            oldest: ctx.cursor,
            inclusive: true,
            limit: 200,
          },
          items: 'messages',
          pagination,
        });
        for await (const page of pages) {
          const records = page.records.map((m) => ({ ...m, channel: String(ctx.partition.key) }));
          yield { ...page, records };
        }
      },
    },
  },
});
