import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineConnector, type Pagination } from 'syncline';

/** A row of the API that is read while processes are killed. */
export interface ChaosRow {
  readonly id: string;
  readonly updated: string;
  readonly title: string;
  /** The number of the answer that brought it. */
  readonly served: number;
}

/** By hand, so that the processes need not load a library before they can be killed. */
const schema: StandardSchemaV1<ChaosRow> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as ChaosRow }) },
};

export interface ChaosStyle {
  readonly sort: 'asc' | 'desc' | 'id';
  readonly paging: 'cursor' | 'page';
  readonly limit: number;
}

/** The connector that every process reads with. */
export function chaosConnector(baseUrl: string, { sort, paging, limit }: ChaosStyle) {
  const pagination: Pagination =
    paging === 'cursor'
      ? { cursor: 'next', param: 'after' }
      : { page: 'page', size: ['limit', limit] };
  return defineConnector({
    name: 'chaos',
    baseUrl,
    streams: {
      rows: {
        schema,
        key: 'id',
        cursor: { field: 'updated', order: sort === 'asc' ? 'ascending' : 'unordered' },
        volatile: ['served'],
        // Newest first, a row that changes while the pass goes on is not met in it.
        deletions: { kind: 'snapshot', maxDeleteRatio: 1, stable: sort === 'asc' },
        async *pull(ctx) {
          const searchParams = { since: ctx.cursor, sort, limit };
          yield* ctx.http.pages(paging, { searchParams, items: 'items', pagination });
        },
      },
    },
  });
}
