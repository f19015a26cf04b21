import { defineConnector, type Deletions, type FieldCursor } from 'syncline';
import { z } from 'zod';
import type { RemoteObject } from './objects.js';

const instant = z.union([z.string(), z.number()]);
const record = z.object({ id: z.string(), title: z.string(), updated: instant });
const delta = z.object({
  items: z.array(z.union([record, z.object({ id: z.string(), removed: z.literal(true) })])),
  token: z.string().optional(),
});
const gone = z.object({
  items: z.array(z.object({ id: z.string(), at: instant })),
  token: z.string(),
});
const paging = { items: 'items', pagination: { cursor: 'next', param: 'after' } } as const;
const inJson = { items: 'items', pagination: { ...paging.pagination, in: 'json' } } as const;

type Input = z.input<typeof record>;

/** The connector that an object's facts lead to. */
export function objectConnector(object: RemoteObject, baseUrl: string) {
  return typeof object.news === 'string' && object.news.startsWith('token')
    ? deltaConnector(object, baseUrl)
    : listConnector(object, baseUrl);
}

function listConnector(object: RemoteObject, baseUrl: string) {
  const { stamp, news } = object;
  const cursor = cursorOf(object);
  const deletions = deletionsOf(object);
  return defineConnector({
    name: 'object',
    baseUrl,
    streams: {
      records: {
        schema: record,
        key: 'id',
        ...(cursor === undefined ? {} : { cursor }),
        ...(deletions === undefined ? {} : { deletions }),
        async *pull(ctx) {
          if (typeof news === 'string') {
            for await (const page of ctx.http.pages('list', paging)) {
              yield page;
              const oldest = page.records.at(-1)?.updated;
              if (!ctx.since || oldest === undefined) continue;
              if (stamp.read(String(oldest)) < ctx.since.getTime()) return;
            }
            return;
          }
          // As the records have it, unless the filter wants it otherwise.
          const as = news.as ?? (stamp.toMs ? stamp : undefined);
          const since = ctx.since && as ? as.write(ctx.since.getTime()) : ctx.cursor;
          const until = news.filter === 'between' ? stamp.write(ctx.now.getTime()) : undefined;
          const range = since === undefined ? {} : { since, until };
          if (news.in === 'header') {
            const headers = since === undefined ? {} : { 'if-modified-since': String(since) };
            yield* ctx.http.pages('list', { ...paging, headers });
          } else if (news.in === 'json') {
            yield* ctx.http.pages('list', { ...inJson, json: range });
          } else {
            yield* ctx.http.pages('list', { ...paging, searchParams: range });
          }
        },
      },
    },
  });
}

function deltaConnector({ news }: RemoteObject, baseUrl: string) {
  const folders = ['inbox', 'archive'];
  return defineConnector({
    name: 'object',
    baseUrl,
    streams: {
      records: {
        schema: record,
        key: 'id',
        cursor: 'token',
        ...(news === 'token per folder'
          ? {
              async *partitions() {
                for (const key of folders) yield { key };
              },
            }
          : {}),
        async *pull(ctx) {
          const folder = news === 'token per folder' ? ctx.partition.key : undefined;
          const searchParams = { token: ctx.cursor, folder };
          for await (const page of ctx.http.pages('delta', { ...paging, searchParams })) {
            const { items, token } = delta.parse(page.body);
            yield {
              ...page,
              records: items.filter((item) => 'title' in item),
              deletes: items.filter((item) => 'removed' in item).map(({ id }) => id),
              cursor: token,
            };
          }
        },
      },
    },
  });
}

function cursorOf({ stamp, news, order }: RemoteObject): FieldCursor<Input> | undefined {
  if (news === 'nothing') return undefined;
  const { type, toMs } = stamp;
  return {
    field: toMs === undefined ? 'updated' : (raw) => toMs(raw.updated),
    ...(type === undefined ? {} : { type }),
    ...(order === 'asc' ? { order: 'ascending' } : {}),
    // ClickUp's texts of digits are instants, which only their connector can know.
    ...(type === 'epoch-ms' || type === 'epoch-s' ? { overlap: '1m' } : {}),
  };
}

function deletionsOf({
  gone: kind,
  stamp,
}: RemoteObject): Deletions<Input, unknown, unknown> | undefined {
  if (kind === 'flag') return { kind, when: (raw) => 'deleted' in raw };
  if (kind === 'snapshot') return { kind, every: '1d', maxDeleteRatio: 0.5 };
  if (kind !== 'feed') return undefined;
  return {
    kind,
    async *pull(ctx) {
      const response = await ctx.http.get('gone', { searchParams: { token: ctx.cursor } });
      const { items, token } = await response.json(gone);
      const { toMs } = stamp;
      const deletes = items.map(({ id, at }) => ({ key: id, at: toMs ? toMs(at) : at }));
      yield { deletes, cursor: token };
    },
  };
}
