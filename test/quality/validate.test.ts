import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { validate } from '../../src/quality/validate.js';

const schemas: readonly (readonly [string, StandardSchemaV1<unknown, unknown>])[] = [
  ['zod', z.object({ id: z.string(), list: z.array(z.object({ n: z.number() })) })],
  ['valibot', v.object({ id: v.string(), list: v.array(v.object({ n: v.number() })) })],
  ['arktype', type({ id: 'string', list: type({ n: 'number' }).array() })],
];

describe.each(schemas)('%s', (_name, schema) => {
  test('what satisfies it is put out', async () => {
    const value = { id: '1', list: [{ n: 1 }] };
    expect(await validate(schema, value)).toEqual({ ok: true, value });
  });

  test('what does not has its reasons, with their places', async () => {
    const result = await validate(schema, { id: '1', list: [{ n: 1 }, { n: 'two' }] });
    expect(result).toMatchObject({ ok: false, issues: [{ path: ['list', 1, 'n'] }] });
    if (!result.ok) expect(result.issues[0]?.message).not.toBe('');
  });

  test.each([null, undefined, 7, 'text', [], () => 1])('%s is refused', async (value) => {
    expect(await validate(schema, value)).toMatchObject({ ok: false });
  });
});

test('output is what the schema makes of it', async () => {
  const schema = z.object({
    n: z.coerce.number().default(3),
    at: z.string().transform((text) => text.length),
  });
  expect(await validate(schema, { at: 'four' })).toEqual({ ok: true, value: { n: 3, at: 4 } });
});

/** A schema by hand, which does anything. */
function odd(run: () => unknown): StandardSchemaV1 {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: run as () => StandardSchemaV1.Result<unknown>,
    },
  };
}

test.each([
  [
    'throws an error',
    () => {
      throw new Error('broken');
    },
    'broken',
  ],
  [
    'throws a text',
    () => {
      throw 'broken';
    },
    'broken',
  ],
  ['rejects', () => Promise.reject(new Error('broken')), 'broken'],
  [
    'runs out of stack',
    function deep(): unknown {
      return [deep()];
    },
    'stack',
  ],
])('a schema that %s refuses the value', async (_name, run, reason) => {
  const result = await validate(odd(run), {});
  expect(result).toMatchObject({ ok: false, issues: [{ path: [] }] });
  if (!result.ok) expect(result.issues[0]?.message).toContain(reason);
});

test('paths of segments, symbols and numbers become names and positions', async () => {
  const issues = [{ message: 'no', path: ['a', { key: 1 }, { key: Symbol('s') }, 2] }];
  expect(
    await validate(
      odd(() => ({ issues })),
      {},
    ),
  ).toEqual({
    ok: false,
    issues: [{ message: 'no', path: ['a', 1, 'Symbol(s)', 2] }],
  });
});

test('it answers at once unless the schema is asynchronous', () => {
  expect(
    validate(
      odd(() => ({ value: 1 })),
      {},
    ),
  ).not.toBeInstanceOf(Promise);
  expect(
    validate(
      odd(async () => Promise.resolve({ value: 1 })),
      {},
    ),
  ).toBeInstanceOf(Promise);
});
