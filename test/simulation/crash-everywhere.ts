import { describe, expect, it } from 'vitest';
import type { Scene, Story } from './stories.js';
import type { BackendKind } from './world/backend.js';
import { CRASH_WAYS, type CrashWay } from './world/store-server.js';
import { Supervisor } from './world/supervisor.js';
import { World } from './world/world.js';

/** Plays each story with a crash at every write, one after the other, each in its three ways. */
export function crashEverywhere(stories: readonly Story[], store: BackendKind): void {
  describe.each(stories)('$name', (story) => {
    it(`holds in ${store} with a crash at every write: before it, after it, and unheard`, async () => {
      const writes = await play(story, store);
      expect(writes).toBeGreaterThan(10);
      for (let at = 1; at <= writes; at++) {
        for (const way of CRASH_WAYS) await play(story, store, { at, way });
      }
    }, 120_000);
  });
}

/** Plays a story to its end and to rest; returns how many writes it took. */
async function play(
  story: Story,
  store: BackendKind,
  crash?: { readonly at: number; readonly way: CrashWay },
): Promise<number> {
  const world = new World({
    seed: crash ? `${story.name}, dies ${crash.way} write ${crash.at}` : story.name,
    streams: [story.spec],
    store,
    stops: ({ n }) => (n === crash?.at ? crash.way : undefined),
  });
  const supervisor = new Supervisor(world);
  await world.run(async () => {
    const [connection = ''] = world.connections;
    const list = world.list(connection, story.spec.name);
    await supervisor.connect();
    await story.play({ world, supervisor, list, afterPage: afterPageOf(world) });
    await rest(story, world, supervisor);
    await world.mustConverge();
    await supervisor.stop();
  });
  return world.server.writes;
}

function afterPageOf(world: World): Scene['afterPage'] {
  let pages = 0;
  const acts = new Map<number, () => void>();
  world.api.onPage(() => {
    pages += 1;
    acts.get(pages)?.();
    acts.delete(pages);
  });
  return (n, act) => {
    if (n <= pages) act();
    else acts.set(n, act);
  };
}

/** The remote rests, everything has become visible, and one run completes. */
async function rest({ spec }: Story, world: World, supervisor: Supervisor): Promise<void> {
  await world.clock.sleep(120_000);
  const sweeps = spec.deletions.includes('snapshot');
  await supervisor.sync(spec.name, sweeps ? 'full' : 'incremental');
}
