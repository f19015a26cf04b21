import { bearer, defineConnector } from 'syncline';
import { z } from 'zod';

/** The API writes 'Jun 12 1998'; the app gets '1998-06-12'. */
const releaseDate = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(`${text} UTC`)), 'no date')
  .transform((text) => new Date(`${text} UTC`).toISOString().slice(0, 10))
  .refine((date) => date < '2012', 'after 2011: a two-digit year, misread');

const film = z.object({
  id: z.int(),
  title: z.string(),
  release_date: releaseDate,
  director: z.string().nullable(),
  mpaa_rating: z
    .enum(['G', 'PG', 'PG-13', 'R', 'NC-17', 'Not Rated'], 'no rating of the MPAA')
    .nullable(),
  imdb_rating: z.number().min(0).max(10).nullable(),
  us_gross: z.int(),
  updated_at: z.iso.datetime(),
});

/** A film as the app gets it. */
export type Film = z.output<typeof film>;

export const films = defineConnector({
  name: 'films',
  baseUrl: ({ config }) => config.url,
  config: z.object({ url: z.url() }),
  auth: bearer(),
  async check(ctx) {
    await ctx.http.get('films', { searchParams: { per_page: 1 } });
  },
  streams: {
    films: {
      schema: film,
      key: 'id',
      // The API sorts by this field, so every page moves the cursor.
      cursor: { field: 'updated_at', order: 'ascending' },
      // The API does not tell what was removed: a full reading shows what is missing.
      deletions: { kind: 'snapshot' },
      async *pull(ctx) {
        yield* ctx.http.pages('films', {
          searchParams: { since: ctx.cursor, per_page: 100 },
          pagination: 'link',
        });
      },
    },
  },
});
