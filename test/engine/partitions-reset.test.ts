import { ConfigError } from 'syncline';
import { expect, test } from 'vitest';
import { row } from '../support/by-hand.js';
import { PartitionedRemote } from '../support/partitioned.js';
import { rejection, testSyncer } from '../support/syncer.js';

const at = (n: number): string => new Date(Date.UTC(2025, 0, 1, 0, 0, n)).toISOString();

async function begin() {
  const remote = new PartitionedRemote();
  for (const part of ['a', 'b'])
    for (let n = 0; n < 4; n++) remote.put(part, row(`${part}${n}`, at(n)));
  const connector = remote.connector();
  const { syncer } = testSyncer([connector]);
  await syncer.connections.create(connector, { id: 'acme' });
  const rows = syncer.connection(connector, 'acme').stream('rows');
  const cursors = async (): Promise<Record<string, unknown>> => {
    remote.asked();
    await rows.sync().catch(() => undefined);
    return Object.fromEntries(remote.asked().map(({ partition, cursor }) => [partition, cursor]));
  };
  return { remote, rows, cursors };
}

test('a stream that was never read begins at the cursor that it is reset to, in every partition', async () => {
  const { rows, cursors } = await begin();
  await rows.reset({ cursor: at(2) });
  expect(await cursors()).toEqual({ a: at(2), b: at(2) });
  expect(await rows.count()).toBe(4);
});

test('so does a partition that is new in the first reading after it; one that comes later is read from the start', async () => {
  const { remote, rows, cursors } = await begin();
  await rows.sync();
  await rows.reset({ cursor: at(2) });
  remote.put('c', row('c0', at(3)));
  remote.parts.get('c')!.fails = new Error('c is down');
  expect(await cursors()).toEqual({ a: at(2), b: at(2), c: at(2) });
  delete remote.parts.get('c')!.fails;
  expect(await cursors()).toEqual({ a: at(3), b: at(3), c: at(2) });
  remote.put('d', row('d0', at(0)));
  expect(await cursors()).toMatchObject({ c: at(3), d: undefined });
});

test('without a cursor all begin at the start again, and a wrong one changes nothing', async () => {
  const { rows, cursors } = await begin();
  await rows.reset({ cursor: at(2) });
  await rows.reset();
  expect(await rejection(rows.reset({ cursor: 'yesterday' }))).toBeInstanceOf(ConfigError);
  expect(await cursors()).toEqual({ a: undefined, b: undefined });
});
