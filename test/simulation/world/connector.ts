import {
  type Connector,
  defineConnector,
  type Deletions,
  type FeedPage,
  type FieldCursor,
  type Page,
  type Pagination,
  type PullContext,
  type Schema,
  type StreamContext,
} from 'syncline';
import { type ApiLimit, declaredLimits, readOwnSignal } from './api-limit.js';
import { isInstant, type Release, startOf, type StreamSpec } from './stream-spec.js';

/** A record as the API serves it. */
export interface Raw {
  readonly id: string;
  /** The number of the list's change that wrote it: tells versions apart. */
  readonly rev: number;
  /** A text; a number is what the schema refuses as long as it is not corrected. */
  readonly name: string | number;
  readonly updated_at?: string | number | null;
  readonly deleted?: boolean;
}

/** A record as the app gets it. */
export interface Item {
  readonly id: string;
  readonly rev: number;
  readonly name: string;
  readonly updated_at: string | number | null;
}

export type Records = Readonly<Record<string, Item>>;

/** What of a record counts as its content. */
export function contentOf({ volatile }: StreamSpec, { id, rev, name, updated_at }: Item): object {
  return volatile === true ? { id, name } : { id, rev, name, updated_at };
}

/** What a valid record becomes. */
export function outputOf({ id, rev, name, updated_at: stamp = null }: Raw): Item {
  return { id, rev, name: String(name), updated_at: stamp };
}

/** Whether the schema refuses a record. */
function isInvalid({ name }: Raw, strict: boolean): boolean {
  return strict && typeof name !== 'string';
}

/** @param strict before its correction the schema takes only texts for names */
function schemaOf(strict: boolean): Schema<Raw, Item> {
  return {
    '~standard': {
      version: 1,
      vendor: 'simulation',
      validate: (value) => {
        const raw = value as Raw;
        return isInvalid(raw, strict)
          ? { issues: [{ message: 'expected a text', path: ['name'] }] }
          : { value: outputOf(raw) };
      },
    },
  };
}

type Ctx = PullContext<unknown, unknown, Records, Raw, never, Partition | undefined>;

type MissingKeys = (
  ctx: Pick<StreamContext<unknown, unknown, object>, 'http'>,
  keys: readonly string[],
) => Promise<readonly string[]>;

type FeedContext = Pick<StreamContext<unknown, unknown, object>, 'http'> & {
  readonly cursor: unknown;
};

interface Partition {
  readonly key: string;
  readonly modified?: number;
}

/** What the app has deployed. */
export interface Deployment {
  readonly specs: readonly StreamSpec[];
  readonly release: Release;
  readonly limit: ApiLimit | undefined;
  readonly auth: object | undefined;
}

/** The connector of a world, as the app has deployed it. */
export function connectorOf({ specs, release, limit, auth }: Deployment): Connector {
  const streams = Object.fromEntries(specs.map((spec) => [spec.name, streamOf(spec, release)]));
  // Streams made by a loop have no types to infer.
  const define = defineConnector as (definition: object) => Connector;
  return define({
    name: 'sim',
    baseUrl: (ctx: { readonly connection: { readonly id: string } }) =>
      `https://api.test/${ctx.connection.id}`,
    limits: declaredLimits(limit),
    ...(limit?.shapes.includes('error-200') === true ? { rateLimit: readOwnSignal } : {}),
    ...(auth ? { auth } : {}),
    streams,
  });
}

function streamOf(spec: StreamSpec, release: Release): object {
  const { invalid, after, modified, volatile, history, fullEveryMs } = spec;
  const cursor = cursorOf(spec, release);
  const deletions = deletionsOf(spec);
  return {
    schema: schemaOf(release === 'first'),
    key: 'id',
    ...(cursor === undefined ? {} : { cursor }),
    ...(deletions.length === 0 ? {} : { deletions }),
    ...(invalid === undefined ? {} : { invalid }),
    ...(after === undefined ? {} : { after: [...after] }),
    ...(modified === true ? { modified: 'updated_at' } : {}),
    ...(volatile === true ? { volatile: ['rev', 'updated_at'] } : {}),
    ...(history === true ? { history } : {}),
    ...(fullEveryMs === undefined ? {} : { full: { every: fullEveryMs } }),
    ...partitionsOf(spec),
    pull: (ctx: Ctx) => (spec.cursor === 'token' ? pullDelta(ctx, spec) : pullPages(ctx, spec)),
  };
}

function partitionsOf({ name, partitions }: StreamSpec): object {
  if (!partitions) return {};
  const { concurrency } = partitions;
  return {
    ...(concurrency === undefined ? {} : { partitionConcurrency: concurrency }),
    partitions: async function* (ctx: Pick<Ctx, 'http'>): AsyncGenerator<Partition> {
      yield* (await ctx.http.get(`${name}/partitions`).json()) as readonly Partition[];
    },
  };
}

/** The list that is read: the partition's own, if there are any. */
function placeOf({ partition }: Ctx, { name }: StreamSpec): string {
  return partition ? `${name}/${partition.key}` : name;
}

function cursorOf(spec: StreamSpec, release: Release): 'token' | FieldCursor<Raw> | undefined {
  const { cursor, overlap } = spec;
  if (cursor === 'none') return undefined;
  if (cursor === 'token') return 'token';
  const { stamps } = spec;
  const start = startOf(spec, release);
  const declared = stamps === 'epoch-s' || stamps === 'epoch-ms' ? { type: stamps } : {};
  const kind = stamps === 'text' ? { type: 'string' as const } : declared;
  return {
    field: 'updated_at',
    ...kind,
    ...(cursor === 'ascending' ? { order: cursor } : {}),
    ...(start === undefined ? {} : { start: written(start, stamps) }),
    ...(overlap === undefined ? {} : { overlap: isInstant(spec) ? `${overlap}ms` : overlap }),
  };
}

/** An instant as the cursor's field has it. */
function written(ms: number, stamps: StreamSpec['stamps']): string | number {
  if (stamps === 'epoch-ms') return ms;
  return stamps === 'epoch-s' ? ms / 1_000 : new Date(ms).toISOString();
}

function deletionsOf(spec: StreamSpec): Deletions<Raw, unknown, unknown>[] {
  const { maxDeleteRatio, confirm, every } = spec;
  const looking = {
    ...(every === undefined ? {} : { every: every as '1h' }),
    ...(maxDeleteRatio === undefined ? {} : { maxDeleteRatio }),
  };
  const ask: MissingKeys = (ctx, keys) => askForMissing(ctx, spec, keys);
  return spec.deletions.map((kind) => {
    switch (kind) {
      case 'flag':
        return { kind, when: (raw) => raw.deleted === true };
      case 'feed':
        return { kind, pull: (ctx) => pullDeletions(ctx, spec) };
      case 'snapshot':
        return { kind, ...looking, ...(confirm === true ? { confirm: ask } : {}) };
      case 'probe':
        return { kind, ...looking, check: ask };
    }
  });
}

async function* pullPages(ctx: Ctx, spec: StreamSpec): AsyncGenerator<Page<Raw>> {
  yield* ctx.http.pages<Raw>(placeOf(ctx, spec), {
    // The API takes no notice of the other two; they tell the checks which reading a page belongs to.
    searchParams: { since: ctx.cursor, until: ctx.until, mode: ctx.mode },
    ...(spec.paging === 'link' || spec.paging === 'page' ? {} : { items: 'items' }),
    pagination: paginationOf(spec),
  });
}

function paginationOf({ paging, pageSize }: StreamSpec): Pagination {
  switch (paging) {
    case 'link':
      return 'link';
    case 'next':
      return { next: 'next' };
    case 'cursor':
      return { cursor: 'next_cursor', param: 'cursor' };
    case 'offset':
      return { offset: 'offset', limit: ['limit', pageSize] };
    case 'page':
      return { page: 'page', size: ['limit', pageSize] };
  }
}

interface Delta {
  readonly items: readonly Raw[];
  readonly deleted: readonly string[];
  readonly token: string;
  readonly next_page: string | null;
}

async function* pullDelta(ctx: Ctx, spec: StreamSpec): AsyncGenerator<Page<Raw>> {
  const begin = { token: ctx.cursor };
  let from = typeof ctx.resume === 'string' ? { page_token: ctx.resume } : begin;
  for (;;) {
    const answer = await ctx.http.get(`${placeOf(ctx, spec)}/delta`, { searchParams: from }).json();
    const { items, deleted, token, next_page: next } = answer as Delta;
    yield {
      records: items,
      deletes: deleted,
      ...(next === null ? { cursor: token } : { resume: next }),
    };
    if (next === null) return;
    from = { page_token: next };
  }
}

interface Deleted {
  readonly deletes: FeedPage['deletes'];
  readonly token: string;
}

/** Three at a time, the token with the last. */
async function* pullDeletions(ctx: FeedContext, { name }: StreamSpec): AsyncGenerator<FeedPage> {
  const searchParams = typeof ctx.cursor === 'string' ? { token: ctx.cursor } : {};
  const answer = await ctx.http.get(`${name}/deletions`, { searchParams }).json();
  const { deletes, token } = answer as Deleted;
  for (let from = 0; from + 3 < deletes.length; from += 3)
    yield { deletes: deletes.slice(from, from + 3) };
  yield { deletes: deletes.slice(deletes.length - (deletes.length % 3 || 3)), cursor: token };
}

async function askForMissing(
  ctx: Pick<StreamContext<unknown, unknown, object>, 'http'>,
  spec: StreamSpec,
  keys: readonly string[],
): Promise<readonly string[]> {
  const answer = await ctx.http.get(`${spec.name}/missing`, { searchParams: { keys: [...keys] } });
  return (await answer.json()) as readonly string[];
}
