import { ConfigError, defineConnector } from 'syncline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const schema = z.object({ id: z.string(), updated: z.string() });
const plain = { schema, key: 'id', pull: () => [] };
const cursor = { field: 'updated', order: 'ascending' };
const pull = (): readonly unknown[] => [];
const check = (): readonly string[] => [];

/** What an app without types may write. */
const define = (stream: object) =>
  defineConnector({ name: 'hand', streams: { rows: { ...plain, ...stream } } } as never);

describe('a stream definition that cannot be meant is refused with its place', () => {
  const cases: readonly (readonly [place: string, stream: object])[] = [
    ['streams.rows.key', { key: 'nope' }],
    ['streams.rows.cursor', { cursor: 'updated' }],
    ['streams.rows.cursor.field', { cursor: { field: 'nope' } }],
    ['streams.rows.cursor.order', { cursor: { ...cursor, order: 'descending' } }],
    ['streams.rows.cursor.overlap', { cursor: { ...cursor, overlap: '5 fortnights' } }],
    ['streams.rows.cursor.overlap', { cursor: { ...cursor, type: 'string', overlap: 1 } }],
    ['streams.rows.modified', { modified: 'nope' }],
    ['streams.rows.partitions', { partitions: [{ key: 'a' }] }],
    ['streams.rows.partition', { partition: 5 }],
    ['streams.rows.partitionConcurrency', { partitionConcurrency: 0 }],
    ['streams.rows.partitionConcurrency', { partitionConcurrency: 1.5 }],
    ['streams.rows.full.every', { full: {} }],
    ['streams.rows.full.every', { full: { every: 'weekly' } }],
    ['streams.rows.history', { history: 'yes' }],
    ['streams.rows.fields', { fields: {} }],
    ['streams.rows.volatile', { volatile: 'views' }],
    ['streams.rows.deletions.kind', { deletions: { kind: 'nope' } }],
    ['streams.rows.deletions.when', { deletions: { kind: 'flag' } }],
    ['streams.rows.deletions.pull', { deletions: { kind: 'feed' } }],
    ['streams.rows.deletions.check', { deletions: { kind: 'probe' } }],
    [
      'streams.rows.deletions.maxDeleteRatio',
      { deletions: { kind: 'snapshot', maxDeleteRatio: 2 } },
    ],
    [
      'streams.rows.deletions[1]',
      {
        deletions: [
          { kind: 'feed', pull },
          { kind: 'feed', pull },
        ],
      },
    ],
    [
      'streams.rows.deletions[2]',
      { deletions: [{ kind: 'probe', check }, { kind: 'snapshot' }, { kind: 'probe', check }] },
    ],
  ];
  test.each(cases)('%s %j', (place, stream) => {
    expect(() => define(stream)).toThrow(ConfigError);
    expect(() => define(stream)).toThrow(place);
  });

  test('but a record may say in several ways that it is gone', () => {
    const flag = { kind: 'flag', when: () => false };
    expect(() => define({ deletions: [flag, flag, { kind: 'snapshot' }] })).not.toThrow();
  });
});
