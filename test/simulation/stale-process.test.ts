import { describe, expect, it } from 'vitest';
import type { StreamSpec } from './world/stream-spec.js';
import { World } from './world/world.js';

const base: StreamSpec = {
  name: 'things',
  cursor: 'ascending',
  order: 'ascending',
  stamps: 'iso',
  paging: 'link',
  pageSize: 2,
  deletions: ['flag'],
};
const specs: readonly StreamSpec[] = [
  base,
  {
    ...base,
    cursor: 'none',
    order: 'key',
    paging: 'page',
    deletions: ['snapshot'],
    maxDeleteRatio: 1,
  },
];

describe.each(specs)('a process that stands still, under a cursor that is $cursor', (spec) => {
  it('commits nothing after its lease was taken, wherever it stood', async () => {
    const { writes } = await play(spec, undefined);
    let lost = 0;
    for (let at = 1; at <= writes; at++) lost += (await play(spec, at)).lost;
    // Before it has the lease, and after it has given it back, there is nothing to lose.
    expect(lost).toBeGreaterThan(writes / 3);
  });
});

/** The slow process stands still after one of its writes, for longer than its lease, while another goes on in its place. */
async function play(
  spec: StreamSpec,
  at: number | undefined,
): Promise<{ readonly writes: number; readonly lost: number }> {
  let lost = 0;
  let writes = 0;
  const world = new World({
    seed: `${spec.cursor}, stands still after write ${at ?? 'none'}`,
    streams: [spec],
    stops: ({ n, process }) => (process.id === 1 && n === at ? 'pause' : undefined),
  });
  await world.run(async () => {
    const list = world.list('acme', spec.name);
    for (let i = 0; i < 5; i++) world.put(list, `k${i}`, 'first');
    const slow = world.start();
    const quick = world.start();
    slow.syncer.on('run.lost', () => {
      lost += 1;
    });
    const began = slow.process.live(async () => {
      await slow.syncer.connections.create(slow.connector, world.draft('acme'));
      await slow.stream('acme', spec.name).sync({ throws: false });
    });
    if (at === undefined) await began;
    writes = world.server.writes;
    await world.clock.sleep(20_000);
    world.put(list, 'k1', 'second');
    world.remove(list, 'k2');
    const result = await quick.stream('acme', spec.name).sync({ mode: 'full' });
    expect(result.status).toBe('succeeded');
    slow.process.resume();
    await began;
    await quick.stream('acme', spec.name).sync({ mode: 'full' });
    await world.mustConverge();
    await slow.syncer.stop();
    await quick.syncer.stop();
  });
  return { writes, lost };
}
