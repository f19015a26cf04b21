import { statSync } from 'node:fs';
import { AbortedError, defineConnector, sqlite } from 'syncline';
import { memory } from 'syncline/memory';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { rejection, storeKinds, tempFile, testSyncer } from '../support/syncer.js';

type Row = Readonly<Record<string, unknown>>;

function connectorOf(name: string, pages: () => { records: readonly Row[]; deletes: string[] }) {
  const schema = z.looseObject({ id: z.string(), n: z.number() });
  const stream = {
    schema,
    key: (raw: Row) => String(raw['id']),
    async *pull() {
      const { records, deletes } = pages();
      yield { records: records as { id: string; n: number }[], deletes };
    },
  } as const;
  return defineConnector({ name, streams: { a: stream, b: stream } });
}

const bytesOf = (...rows: readonly Row[]): number =>
  rows.reduce((sum, row) => sum + Buffer.byteLength(JSON.stringify(row)), 0);

describe.each(storeKinds)('%s', (kind) => {
  test('what is stored, by connector, connection and stream', async () => {
    const file = tempFile();
    let page: { records: readonly Row[]; deletes: string[] } = { records: [], deletes: [] };
    const hub = connectorOf('hub', () => page);
    const lab = connectorOf('lab', () => page);
    const store = kind === 'memory' ? memory() : sqlite(file);
    const { syncer } = testSyncer([lab, hub], { store });
    for (const connector of [hub, lab]) {
      await syncer.connections.create(connector, { id: 'x' });
      await syncer.connections.create(connector, { id: 'y' });
    }
    const good = [1, 2, 3].map((n) => ({ id: `k${n}`, n, name: 'ü' }));
    const bad = { id: 'bad', n: 'no number' };
    page = { records: [...good, bad], deletes: [] };
    const stream = syncer.connection(hub, 'x').stream('a');
    await stream.sync();
    page = { records: [], deletes: ['k2'] };
    await stream.sync();
    page = { records: good.slice(0, 1), deletes: [] };
    await syncer.connection(hub, 'x').stream('b').sync();
    await syncer.connection(lab, 'y').stream('a').sync();

    const a = { records: 2, tombstones: 1, versions: 0, rejected: 1, bytes: bytesOf(...good, bad) };
    const one = { records: 1, tombstones: 0, versions: 0, rejected: 0, bytes: bytesOf(good[0]!) };
    expect(await stream.stats()).toEqual({ connector: 'hub', connection: 'x', stream: 'a', ...a });

    const x = { records: 3, tombstones: 1, versions: 0, rejected: 1, bytes: a.bytes + one.bytes };
    const ofHub = await syncer.connection(hub, 'x').stats();
    expect(ofHub).toMatchObject({ connector: 'hub', connection: 'x', ...x });
    expect(ofHub.streams.map(({ stream: name }) => name)).toEqual(['a', 'b']);

    const all = await syncer.stats();
    expect(all).toMatchObject({ ...x, records: 4, bytes: x.bytes + one.bytes });
    expect(
      all.connectors.map(({ connector, records, connections }) => [
        connector,
        records,
        connections.map(({ connection }) => connection),
      ]),
    ).toEqual([
      ['hub', 3, ['x']],
      ['lab', 1, ['y']],
    ]);
    if (kind === 'memory') expect(all.storeBytes).toBeNull();
    else expect(all.storeBytes).toBeGreaterThanOrEqual(statSync(file).size);

    await syncer.connections.delete(hub, 'x');
    expect(await syncer.stats()).toMatchObject(one);
  });

  test('before anything is stored all of it is nothing, and a signal ends the waiting', async () => {
    const hub = connectorOf('hub', () => ({ records: [], deletes: [] }));
    const { syncer } = testSyncer([hub], { store: kind });
    const nothing = { records: 0, tombstones: 0, versions: 0, rejected: 0, bytes: 0 };
    expect(await syncer.stats()).toMatchObject({ ...nothing, connectors: [] });
    const handle = syncer.connection(hub, 'nobody');
    expect(await handle.stats()).toMatchObject({ ...nothing, streams: [] });
    expect(await handle.stream('a').stats()).toMatchObject(nothing);
    const signal = AbortSignal.abort(new Error('enough'));
    for (const asked of [syncer.stats({ signal }), handle.stats({ signal })]) {
      const error = await rejection(asked);
      expect(error).toBeInstanceOf(AbortedError);
      expect(error).toMatchObject({ cause: { message: 'enough' } });
    }
  });
});
