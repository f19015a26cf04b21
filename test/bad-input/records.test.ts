import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineConnector } from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { testApi } from '../support/api.js';
import { noStrays } from '../support/strays.js';
import { collect, storeKinds, testSyncer, type StoreKind } from '../support/syncer.js';

noStrays();

/** A schema that lets everything through, as a careless one does. */
const anything = z.custom<Readonly<Record<string, unknown>>>(() => true);

async function stream(
  records: () => readonly unknown[],
  store: StoreKind = 'memory',
  schema: StandardSchemaV1<Readonly<Record<string, unknown>>> = anything,
) {
  const connector = defineConnector({
    name: 'odd',
    streams: {
      rows: {
        schema,
        key: (raw: Readonly<Record<string, unknown>>) => raw['id'] as string,
        async *pull() {
          yield records() as Readonly<Record<string, unknown>>[];
        },
      },
    },
  });
  const { syncer } = testSyncer([connector], { store });
  await syncer.connections.create(connector, { id: 'acme' });
  return syncer.connection(connector, 'acme').stream('rows');
}

function nested(depth: number): string {
  return `{"id":"deep","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
}

class Money {
  constructor(readonly amount: number) {}
}

const cyclic: Record<string, unknown> = { id: 'cyclic' };
cyclic['self'] = cyclic;

const noJson: readonly (readonly [string, () => unknown])[] = [
  ['a record that contains itself', () => cyclic],
  ['a bigint', () => ({ id: '1', n: 10n ** 40n })],
  ['a date', () => ({ id: '1', at: new Date(0) })],
  ['a date that is none', () => ({ id: '1', at: new Date(NaN) })],
  ['a map', () => ({ id: '1', map: new Map([['a', 1]]) })],
  ['a set', () => ({ id: '1', set: new Set([1]) })],
  ['an instance of a class', () => ({ id: '1', price: new Money(3) })],
  ['a function', () => ({ id: '1', f: () => 1 })],
  ['a symbol', () => ({ id: '1', s: Symbol('s') })],
  ['NaN', () => ({ id: '1', n: NaN })],
  ['Infinity', () => ({ id: '1', n: -Infinity })],
  ['undefined in a list', () => ({ id: '1', list: [1, undefined] })],
  ['a hole in a list', () => ({ id: '1', list: [1, , 3] })],
  ['a toJSON method', () => ({ id: '1', toJSON: () => 'other' })],
  ['bytes', () => ({ id: '1', bytes: new Uint8Array(3) })],
  ['a regular expression', () => ({ id: '1', re: /a/ })],
  ['a promise', () => ({ id: '1', p: Promise.resolve(1) })],
  [
    'a getter that throws',
    () => ({
      id: '1',
      get bad() {
        throw new Error('no');
      },
    }),
  ],
  [
    'a proxy that throws',
    () => ({
      id: '1',
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    }),
  ],
];

describe.each(storeKinds)('%s', (store) => {
  test.each(noJson)(
    'what is no plain JSON is kept as rejected, by its key: %s',
    async (_name, make) => {
      const rows = await stream(() => [{ id: 'good' }, make(), { id: 'good too' }], store);
      expect((await rows.sync()).counts).toMatchObject({ inserted: 2, rejected: 1 });
      const [kept] = await collect(rows.rejected());
      expect(kept?.key).toBe(kept?.key === 'cyclic' ? 'cyclic' : '1');
      expect(kept?.issues.length).toBeGreaterThan(0);
      expect(kept?.raw).toMatchObject({ id: kept?.key });
      expect(await collect(rows.records())).toEqual([{ id: 'good' }, { id: 'good too' }]);
    },
  );

  test('a record of 5 MB is stored exactly', async () => {
    const text = Array.from({ length: 5_000_000 / 20 }, (_, i) => `${i}`.padStart(20, 'ä€😀')).join(
      '',
    );
    const record = { id: 'large', text, list: Array.from({ length: 10_000 }, (_, i) => i) };
    let records: readonly unknown[] = [record];
    const rows = await stream(() => records, store);
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1 });
    const back = await rows.get('large');
    expect(back?.['text'] === text).toBe(true);
    expect(back?.['list']).toEqual(record.list);
    expect((await rows.sync()).counts).toMatchObject({ unchanged: 1 });
    // Another order of keys, at that size.
    records = [{ list: record.list, text, id: 'large' }];
    expect((await rows.sync()).counts).toMatchObject({ unchanged: 1, updated: 0 });
  });

  test('__proto__ in data is data, or is rejected; it never becomes a prototype', async () => {
    const texts = [
      '{"id":"1","__proto__":{"admin":true}}',
      '{"id":"2","deep":{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}}',
      '{"id":"3","toString":"x","hasOwnProperty":1,"valueOf":null}',
    ];
    for (const schema of [
      anything,
      z.looseObject({ id: z.string() }),
      z.record(z.string(), z.unknown()),
    ]) {
      const rows = await stream(
        () => texts.map((text) => JSON.parse(text) as unknown),
        store,
        schema,
      );
      const { counts } = await rows.sync();
      expect(counts.inserted + counts.rejected).toBe(3);
      expect(({} as { readonly admin?: boolean }).admin).toBeUndefined();
      for (const record of await collect(rows.records())) {
        expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
        expect((record as { readonly admin?: boolean }).admin).toBeUndefined();
      }
      // Nothing is lost: what is not stored as it came is kept raw.
      const rejected = await collect(rows.rejected());
      expect(rejected).toHaveLength(counts.rejected);
      expect(JSON.stringify(await collect(rows.records()))).not.toContain('"__proto__":{}');
      expect((await rows.sync()).counts).toMatchObject({ updated: 0 });
    }
  });

  test('texts of any characters come back as they were', async () => {
    const odd = [
      '\0',
      '\uD800',
      '\uDFFF\uD800',
      '\u2028\u2029',
      '\\u0000',
      '\u0001',
      '😀'.repeat(3),
      '',
    ];
    const record = {
      id: '1',
      odd,
      [odd[1]!]: 'a lone surrogate as a name',
      '': 'no name',
      '\0': 'NUL',
    };
    const rows = await stream(() => [record], store);
    expect((await rows.sync()).counts).toMatchObject({ inserted: 1 });
    expect(await rows.get('1')).toEqual(record);
    expect((await rows.sync()).counts).toMatchObject({ unchanged: 1 });
  });
});

// From where the engine's own recursion could still do to where JSON.parse is the only one that can.
const depths = [
  100, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 10_000, 20_000, 50_000, 100_000,
  200_000,
];

test.each(depths)(
  'JSON nested %i deep is stored or rejected, and does not end the run',
  async (depth) => {
    let texts = [nested(depth), '{"id":"flat"}'];
    for (const schema of [anything, z.looseObject({ id: z.string() })]) {
      const rows = await stream(
        () => texts.map((text) => JSON.parse(text) as unknown),
        'sqlite',
        schema,
      );
      texts = [nested(depth), '{"id":"flat"}'];
      const first = await rows.sync();
      expect(first.counts.inserted + first.counts.rejected).toBe(2);
      expect(await rows.get('flat')).toBeDefined();
      const rejected = await collect(rows.rejected());
      expect(rejected.map(({ key }) => key)).toEqual(first.counts.rejected === 1 ? ['deep'] : []);
      // Compared with what is stored, its keys in another order.
      texts = [
        nested(depth).replace('{"id":"deep",', '{').replace(/\}$/, ',"id":"deep"}'),
        '{"id":"flat"}',
      ];
      const second = await rows.sync();
      expect(second.counts).toMatchObject({
        updated: 0,
        inserted: 0,
        rejected: first.counts.rejected,
      });
    }
  },
);

describe('over HTTP', () => {
  test('JSON nested 100,000 deep, and integers beyond 2^53', async () => {
    const api = await testApi();
    const connector = defineConnector({
      name: 'odd',
      baseUrl: api.origin,
      streams: {
        rows: {
          schema: z.looseObject({ id: z.union([z.string(), z.number()]) }),
          key: 'id',
          async *pull(ctx) {
            yield* ctx.http.pages('list', { pagination: 'link' });
          },
        },
      },
    });
    const { syncer } = testSyncer([connector]);
    await syncer.connections.create(connector, { id: 'acme' });
    const rows = syncer.connection(connector, 'acme').stream('rows');
    const body = `[{"id":9007199254740993,"n":-123456789012345678901234567890},{"id":9007199254740992},${nested(100_000)},{"id":"flat","n":0.1}]`;
    api.intercept = (_asked, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(body);
      return undefined;
    };
    const { counts } = await rows.sync();
    expect(counts).toMatchObject({ inserted: 3, rejected: 1 });
    // Two neighbours that one JavaScript number would make the same.
    expect(await rows.get('9007199254740993')).toEqual({
      id: '9007199254740993',
      n: '-123456789012345678901234567890',
    });
    expect(await rows.get('9007199254740992')).toBeDefined();
    expect((await collect(rows.rejected())).map(({ key }) => key)).toEqual(['deep']);
  });
});

test('a schema that throws, or rejects, on one record rejects that record', async () => {
  const throwing = z.custom<Readonly<Record<string, unknown>>>((value) => {
    if ((value as { readonly id: string }).id === 'bad') throw new Error('the schema is broken');
    return true;
  });
  const rows = await stream(() => [{ id: 'good' }, { id: 'bad' }], 'memory', throwing);
  expect((await rows.sync()).counts).toMatchObject({ inserted: 1, rejected: 1 });
  // A schema of nobody's, that answers later.
  const later: StandardSchemaV1<Readonly<Record<string, unknown>>> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) => {
        await Promise.resolve();
        const record = value as Readonly<Record<string, unknown>>;
        if (record['id'] === 'bad') throw new Error('the schema is broken');
        return { value: record };
      },
    },
  };
  const slow = await stream(() => [{ id: 'good' }, { id: 'bad' }], 'memory', later);
  expect((await slow.sync()).counts).toMatchObject({ inserted: 1, rejected: 1 });
});

test('a schema that puts out no object rejects the record', async () => {
  const outputs: Readonly<Record<string, unknown>> = {
    a: null,
    b: 7,
    c: [1],
    d: 'text',
    e: undefined,
  };
  const schema = z
    .custom<Readonly<Record<string, unknown>>>(() => true)
    .transform((raw) => outputs[raw['id'] as string] as Readonly<Record<string, unknown>>);
  const rows = await stream(() => Object.keys(outputs).map((id) => ({ id })), 'memory', schema);
  expect((await rows.sync()).counts).toMatchObject({ inserted: 0, rejected: 5 });
});
