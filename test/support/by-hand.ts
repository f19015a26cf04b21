import { defineConnector, type JsonValue, type Page } from 'syncline';
import type { z } from 'zod';
import { type RowCursor, type RowDeletions, type RowInput, rowSchema } from './shop.js';

/** What a test's own `pull` gets of its context. */
export interface HandContext {
  readonly cursor: unknown;
  readonly since: Date | undefined;
  readonly resume: JsonValue | undefined;
  readonly mode: 'incremental' | 'full';
  readonly signal: AbortSignal;
}

export type HandPages = AsyncIterable<Page<RowInput> | readonly RowInput[]>;

export interface HandOptions {
  readonly cursor?: RowCursor | 'token';
  readonly deletions?: RowDeletions | readonly RowDeletions[];
  readonly modified?: 'updated';
  readonly schema?: typeof rowSchema;
}

/** A connector of one stream, `rows`, whose pages the test makes itself. */
export function byHand(pull: (ctx: HandContext) => HandPages, options: HandOptions = {}) {
  const { cursor, deletions, modified, schema = rowSchema } = options;
  return defineConnector({
    name: 'hand',
    streams: {
      rows: {
        schema,
        key: 'id',
        ...(cursor === undefined ? {} : { cursor }),
        ...(deletions === undefined ? {} : { deletions }),
        ...(modified === undefined ? {} : { modified }),
        pull,
      },
    },
  });
}

/** A row as it comes from an API. */
export function row(
  id: string,
  updated?: string | number | null,
  more: Partial<z.input<typeof rowSchema>> = {},
): RowInput {
  return { id, title: `row ${id}`, ...(updated === undefined ? {} : { updated }), ...more };
}

/** A `pull` that yields the pages which `next` holds at the time. */
export function scripted(): {
  pages: readonly (Page<RowInput> | readonly RowInput[])[];
  readonly asked: HandContext[];
  readonly pull: (ctx: HandContext) => HandPages;
} {
  const script = {
    pages: [] as readonly (Page<RowInput> | readonly RowInput[])[],
    asked: [] as HandContext[],
    async *pull(ctx: HandContext): HandPages {
      script.asked.push(ctx);
      yield* script.pages;
    },
  };
  return script;
}
