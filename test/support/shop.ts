import type { Deletions, FieldCursor, HttpClient, HttpPage, InvalidPolicy } from 'syncline';
import { defineConnector } from 'syncline';
import { z } from 'zod';
import type { Sort, TestApi } from './api.js';

/** What a row of the test API has to have; whatever else it has is kept. */
export const rowSchema = z.looseObject({
  id: z.string(),
  title: z.string(),
  updated: z.union([z.string(), z.number()]).nullish(),
});

export type RowInput = z.input<typeof rowSchema>;

export const pagingStyles = ['link', 'next', 'cursor', 'offset', 'page', 'graphql'] as const;
export type PagingStyle = (typeof pagingStyles)[number];

export interface Query {
  readonly since?: string | number | undefined;
  readonly sort?: Sort;
  readonly limit?: number;
  readonly conditional?: boolean;
}

/** All pages of the API's list, in one of its styles. */
function rowPages(
  http: HttpClient<RowInput>,
  style: PagingStyle,
  { since, sort = 'asc', limit = 100, conditional = false }: Query,
): AsyncIterable<HttpPage<RowInput>> {
  const searchParams = { since, sort, limit };
  switch (style) {
    case 'link':
      return http.pages('link', { searchParams, pagination: 'link', conditional });
    case 'next':
      return http.pages('next', {
        searchParams,
        items: 'items',
        pagination: { next: 'links.next' },
        conditional,
      });
    case 'cursor':
      return http.pages('cursor', {
        searchParams,
        items: 'items',
        pagination: { cursor: 'next', param: 'after' },
        conditional,
      });
    case 'offset':
      return http.pages('offset', {
        searchParams: { since, sort },
        items: 'items',
        pagination: { offset: 'offset', limit: ['limit', limit], total: 'total' },
        conditional,
      });
    case 'page':
      return http.pages('page', {
        searchParams: { since, sort },
        items: 'items',
        pagination: { page: 'page', size: ['limit', limit] },
        conditional,
      });
    case 'graphql':
      return http.pages('graphql', {
        method: 'POST',
        json: { query: '{ rows }', variables: { since: since ?? null, sort, limit } },
        pagination: { graphql: 'data.rows' },
      });
  }
}

export type RowCursor = FieldCursor<RowInput>;
export type RowDeletions = Deletions<RowInput, unknown, unknown>;

export interface ShopOptions {
  readonly style?: PagingStyle;
  readonly sort?: Sort;
  readonly limit?: number;
  /** Beside the field, which is `updated`. `false`: a stream without a cursor. */
  readonly cursor?: Omit<RowCursor, 'field'> | false;
  readonly deletions?: RowDeletions | readonly RowDeletions[];
  readonly invalid?: InvalidPolicy;
  readonly volatile?: readonly string[];
  readonly conditional?: boolean;
  readonly check?: () => Promise<unknown>;
}

/** A connector of one stream, `rows`, which reads the test API's list. */
export function shop(api: TestApi, options: ShopOptions = {}) {
  const { style = 'link', sort = 'asc', limit = 100, cursor = {}, deletions, invalid } = options;
  const { conditional = false } = options;
  const type = api.kind.type;
  return defineConnector({
    name: 'shop',
    baseUrl: api.origin,
    ...(options.check === undefined ? {} : { check: options.check }),
    streams: {
      rows: {
        schema: rowSchema,
        key: 'id',
        ...(cursor === false
          ? {}
          : { cursor: { field: 'updated', ...(type === undefined ? {} : { type }), ...cursor } }),
        ...(deletions === undefined ? {} : { deletions }),
        ...(invalid === undefined ? {} : { invalid }),
        ...(options.volatile === undefined ? {} : { volatile: options.volatile }),
        async *pull(ctx) {
          const since = ctx.cursor ?? undefined;
          yield* rowPages(ctx.http, style, { since, sort, limit, conditional });
        },
      },
    },
  });
}
