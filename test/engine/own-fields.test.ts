import { defineConnector } from 'syncline';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { rejection, collect, storeKinds, testSyncer } from '../support/syncer.js';

type Fields = Readonly<Record<string, z.ZodType>>;

/** A tracker whose customers add fields of their own; `custom` is what its field API lists now. */
async function tracker(
  store: (typeof storeKinds)[number],
  schema: z.ZodType<{ id: string }, { id: string }>,
) {
  const control = {
    custom: (): Fields => ({}),
    pages: [] as readonly (readonly { id: string }[])[],
    asked: [] as string[],
  };
  const connector = defineConnector({
    name: 'tracker',
    streams: {
      issues: {
        schema,
        fields: async (ctx) => {
          control.asked.push(`${ctx.connection.id}/${ctx.stream}`);
          return Promise.resolve(control.custom());
        },
        key: 'id',
        async *pull() {
          yield* control.pages;
        },
      },
      events: {
        schema: z.object({ id: z.string() }),
        key: 'id',
        async *pull() {
          yield { also: control.pages.map((records) => ({ stream: 'issues', records })) };
        },
      },
    },
  });
  const tested = testSyncer([connector], { store });
  await tested.syncer.connections.create(connector, { id: 'acme' });
  const acme = tested.syncer.connection(connector, 'acme');
  return { ...tested, control, acme, issues: acme.stream('issues') };
}

const loose = z.looseObject({ id: z.string() });
const strict = z.strictObject({ id: z.string() });
const closed = z.object({ id: z.string() });

test.each([
  ['loose', loose],
  ['closed', closed],
  ['strict', strict],
])("a customer's own fields are validated and stored beside a %s schema", async (_, schema) => {
  const { control, issues } = await tracker('sqlite', schema);
  control.custom = () => ({ points: z.number(), team: z.string().trim().nullish() });
  control.pages = [
    [
      { id: '1', points: 3, team: ' red ' } as { id: string },
      { id: '2', points: 5 } as { id: string },
      { id: '3', points: 'many' } as { id: string },
    ],
  ];
  expect((await issues.sync()).counts).toMatchObject({ inserted: 2, rejected: 1 });
  expect(await issues.get('1')).toEqual({ id: '1', points: 3, team: 'red' });
  expect(await issues.get('2')).toEqual({ id: '2', points: 5 });
  const [rejected] = await collect(issues.rejected());
  expect(rejected).toMatchObject({ key: '3', issues: [{ path: ['points'] }] });
});

test('they are asked for once in a run, and a difference is told once', async () => {
  const { control, issues, told } = await tracker('memory', loose);
  control.custom = () => ({ points: z.number(), team: z.string().optional() });
  control.pages = [
    [{ id: '1', points: 3 } as { id: string }],
    [{ id: '2', points: 4 } as { id: string }],
  ];
  await issues.sync();
  await issues.sync();
  expect(control.asked).toEqual(['acme/issues', 'acme/issues']);
  expect(told('schema.drift')).toEqual([]);

  control.custom = () => ({ points: z.string().or(z.number()), due: z.string().optional() });
  await issues.sync();
  await issues.sync();
  expect(told('schema.drift')).toEqual([
    expect.objectContaining({
      ...{ connection: 'acme', stream: 'issues', source: 'fields' },
      ...{ added: ['due'], removed: ['team'], changed: ['points'] },
    }),
  ]);
});

test('a stream that is fed by another one, and a replay, know them too', async () => {
  const { control, acme, issues } = await tracker('sqlite', closed);
  control.custom = () => ({ points: z.number() });
  control.pages = [
    [{ id: '1', points: 3 } as { id: string }],
    [{ id: '2', points: 'x' } as { id: string }],
  ];
  await acme.stream('events').sync();
  expect(control.asked).toEqual(['acme/issues']);
  expect(await issues.get('1')).toEqual({ id: '1', points: 3 });
  expect(await issues.get('2')).toBeUndefined();

  control.custom = () => ({ points: z.union([z.number(), z.string()]) });
  expect(await issues.replayRejected()).toEqual({ settled: 1, rejected: 0 });
  expect(await issues.get('2')).toEqual({ id: '2', points: 'x' });
});

test('fields that cannot be had fail the run, and what is no schema is named', async () => {
  const { control, issues } = await tracker('memory', loose);
  control.custom = () => {
    throw new Error('the field API is down');
  };
  await expect(issues.sync()).rejects.toThrow('the field API is down');
  control.custom = () => ({ points: 'number' }) as unknown as Fields;
  expect(await rejection(issues.sync())).toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining("streams.issues.fields: 'points'") as string,
  });
});

test('names that objects have by themselves are fields like others', async () => {
  const { control, issues } = await tracker('memory', loose);
  control.custom = () =>
    Object.fromEntries([
      ['__proto__', z.number()],
      ['constructor', z.number().optional()],
    ]);
  control.pages = [[JSON.parse('{"id":"1","__proto__":3}') as { id: string }, { id: '2' }]];
  expect((await issues.sync()).counts).toMatchObject({ inserted: 1, rejected: 1 });
  expect(JSON.stringify(await issues.get('1'))).toBe('{"id":"1","__proto__":3}');
});
