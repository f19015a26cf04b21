import type { FakeList } from 'syncline/testing';
import type { StreamSpec } from './world/stream-spec.js';
import type { Supervisor } from './world/supervisor.js';
import type { World } from './world/world.js';

/** A small world with a plot, to be played with a crash at every write. */
export interface Story {
  readonly name: string;
  readonly spec: StreamSpec;
  readonly play: (scene: Scene) => Promise<void>;
}

export interface Scene {
  readonly world: World;
  readonly supervisor: Supervisor;
  readonly list: FakeList;
  /** Does something at the remote right after the n-th page was read, once. */
  afterPage(n: number, act: () => void): void;
}

const STREAM = 'things';
const base: StreamSpec = {
  name: STREAM,
  cursor: 'ascending',
  order: 'ascending',
  stamps: 'iso',
  paging: 'link',
  pageSize: 3,
  deletions: ['flag'],
};

async function fill({ world, list }: Scene, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    world.put(list, `k${i}`, `name ${i}`);
    // Two of one instant, then the next one.
    if (i % 2 === 0) await world.clock.sleep(1_500);
  }
}

/** How a stream is read, and what its pages do. */
export const readingStories: readonly Story[] = [
  {
    name: 'ascending pages with ties, edits and flagged removals, read in between',
    spec: base,
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 5);
      scene.afterPage(1, () => {
        world.put(list, 'k1', 'edited after its page');
        world.remove(list, 'k4');
      });
      await supervisor.sync(STREAM);
      world.put(list, 'k2', 'edited');
      scene.afterPage(3, () => {
        world.remove(list, 'k2');
        world.put(list, 'k4', 'back again');
      });
      await supervisor.sync(STREAM);
    },
  },
  {
    name: 'an unordered list with late records, a future date and one without a date',
    spec: { ...base, cursor: 'unordered', order: 'key', paging: 'cursor', stamps: 'iso-seconds' },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 3);
      world.put(list, 'future', 'not yet', { stamp: world.clock.now() + 600_000 });
      world.put(list, 'undated', 'never', { stamp: null });
      world.put(list, 'late', 'on the other replica', { visibleAfterMs: 30_000 });
      scene.afterPage(1, () => {
        world.put(list, 'k0', 'edited after its page');
        world.put(list, 'a-new-one', 'before the place of reading');
      });
      await supervisor.sync(STREAM);
    },
  },
  {
    name: 'a delta token with removals, which expires',
    spec: { ...base, cursor: 'token', deletions: [], pageSize: 6 },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 11);
      scene.afterPage(1, () => {
        world.remove(list, 'k2');
        world.remove(list, 'k3');
        world.put(list, 'k2', 'back again');
      });
      await supervisor.sync(STREAM);
      world.remove(list, 'k4');
      world.api.expire(list.path, 'cursor');
      await supervisor.sync(STREAM);
    },
  },
  {
    name: 'page tokens and cursors that expire on the way',
    spec: { ...base, cursor: 'unordered', paging: 'next', pageSize: 2 },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 4);
      scene.afterPage(1, () => {
        world.api.expire(list.path, 'page');
      });
      await supervisor.trySync(STREAM);
      await supervisor.sync(STREAM);
      world.remove(list, 'k0');
      world.api.expire(list.path, 'cursor');
      await supervisor.sync(STREAM);
    },
  },
  {
    name: 'an API that breaks its word about the order',
    spec: { ...base, order: 'key', pageSize: 2 },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 5);
      world.put(list, 'k1', 'edited last, served first');
      scene.afterPage(2, () => {
        world.put(list, 'k0', 'edited after its page');
      });
      await supervisor.sync(STREAM);
    },
  },
  {
    name: 'records that the schema refuses until it is corrected',
    spec: { ...base, stamps: 'epoch-ms' },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 3);
      world.put(list, 'bad', 1);
      world.put(list, 'k1', 2);
      await supervisor.sync(STREAM);
      world.put(list, 'worse', 3);
      world.put(list, 'bad', 'good now');
      await supervisor.sync(STREAM);
      await supervisor.stop();
      world.release = 'last';
      const [connection = ''] = world.connections;
      await supervisor.step((app) => app.stream(connection, STREAM).replayRejected());
    },
  },
  {
    name: 'pages larger than a commit takes at once',
    spec: { ...base, pageSize: 505, paging: 'next' },
    play: async (scene) => {
      await fill(scene, 510);
      await scene.supervisor.sync(STREAM);
    },
  },
];

/** How deletions are found. */
export const deletionStories: readonly Story[] = [
  {
    name: 'full passes over pages that shift',
    spec: { ...base, cursor: 'none', order: 'key', paging: 'page', deletions: ['snapshot'] },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 5);
      await supervisor.sync(STREAM);
      world.remove(list, 'k0');
      scene.afterPage(4, () => {
        world.put(list, 'new', 'while the pass is under way');
      });
      await supervisor.sync(STREAM);
    },
  },
  {
    name: 'a guard that holds, and is approved after one has come back',
    spec: { ...base, cursor: 'none', order: 'key', paging: 'cursor', deletions: ['snapshot'] },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 5);
      await supervisor.sync(STREAM);
      for (const key of ['k1', 'k2', 'k3']) world.remove(list, key);
      await supervisor.sync(STREAM);
      world.put(list, 'k2', 'back again');
      await supervisor.sync(STREAM);
      const [connection = ''] = world.connections;
      await supervisor.step(async (app) => ({
        deleted: await app.stream(connection, STREAM).approveDeletions(),
      }));
    },
  },
  {
    name: 'a probe whose finds are held, and approved',
    spec: { ...base, deletions: ['probe'] },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 4);
      await supervisor.sync(STREAM);
      for (const key of ['k1', 'k2']) world.remove(list, key);
      await supervisor.sync(STREAM);
      const [connection = ''] = world.connections;
      await supervisor.step(async (app) => ({
        deleted: await app.stream(connection, STREAM).approveDeletions(),
      }));
    },
  },
  {
    name: 'a cursor with full passes by links, confirmed by the API',
    spec: { ...base, deletions: ['snapshot'], maxDeleteRatio: 1, confirm: true },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 4);
      await supervisor.sync(STREAM);
      world.remove(list, 'k1');
      scene.afterPage(3, () => {
        world.put(list, 'k3', 'edited in the pass');
        world.put(list, 'k1', 'back again');
        world.remove(list, 'k0');
      });
      await supervisor.sync(STREAM, 'full');
    },
  },
  {
    name: 'offsets under which the list moves',
    spec: {
      ...base,
      order: 'key',
      cursor: 'unordered',
      paging: 'offset',
      deletions: ['snapshot'],
      maxDeleteRatio: 1,
    },
    play: async (scene) => {
      const { world, supervisor, list } = scene;
      await fill(scene, 6);
      scene.afterPage(1, () => {
        world.remove(list, 'k0');
      });
      await supervisor.sync(STREAM);
      world.remove(list, 'k5');
      await supervisor.sync(STREAM, 'full');
    },
  },
];
