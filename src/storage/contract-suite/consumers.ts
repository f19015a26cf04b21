import assert from 'node:assert/strict';
import type { ConsumerClaim } from '../consumers.js';
import type { Store } from '../contract.js';
import { LEASE_MS, records, refused, refusedAsLost } from './world.js';
import type { ContractTests } from './world.js';

function claim(
  store: Store,
  owner: string,
  now: number,
  startAt: number | 'now' = 0,
  name = 'index',
): Promise<ConsumerClaim | undefined> {
  return store.claimConsumer({
    ...{ name, connector: 'github', stream: 'issues', startAt, owner, now, leaseMs: LEASE_MS },
  });
}

export const consumerTests: ContractTests = {
  'a consumer begins where it is told to, once': async ({ store, other }) => {
    assert.equal(await store.getConsumer({ name: 'index' }), undefined);
    const first = await claim(store, 'a', 1, 42);
    assert.deepEqual(first, {
      ...{ name: 'index', token: first?.token, offset: 42 },
      ...{ anew: 0, reset: false },
    });
    assert.deepEqual(await other.getConsumer({ name: 'index' }), { offset: 42 });
    const again = await claim(store, 'a', 2, 7);
    assert.equal(again?.offset, 42);
  },

  "'now' is the store's latest number": async (world) => {
    const ref = await world.stream();
    assert.equal((await claim(world.store, 'a', 1, 'now', 'early'))?.offset, 0);
    const { seq } = await world.commit(ref, records('a', 'b', 'c'));
    assert.equal((await claim(world.store, 'a', 1, 'now', 'late'))?.offset, seq);
  },

  'it knows what was there when it began at the beginning, and that it had to begin anew': async (
    world,
  ) => {
    const { store, other } = world;
    const ref = await world.stream();
    const { seq } = await world.commit(ref, records('a', 'b'));
    const first = await claim(store, 'a', 1);
    assert.ok(first);
    assert.deepEqual([first.anew, first.reset], [seq, false]);
    await store.moveConsumer({ name: 'index', token: first.token, offset: 1 });
    const later = (await world.commit(ref, records('c'))).seq;
    await store.moveConsumer({ name: 'index', token: first.token, offset: 0, reset: true });
    const again = await claim(store, 'a', 2);
    assert.deepEqual([again?.offset, again?.anew, again?.reset], [0, later, true]);
    await store.releaseConsumer({ name: 'index', token: first.token });
    const taken = await claim(other, 'b', 3);
    assert.deepEqual([taken?.anew, taken?.reset], [later, true]);
    await other.moveConsumer({ name: 'index', token: taken?.token ?? 0, offset: 2 });
    const moved = await claim(other, 'b', 4);
    assert.deepEqual([moved?.anew, moved?.reset], [later, false]);
  },

  'one owner at a time; the same one renews and keeps its token': async ({ store, other }) => {
    const first = await claim(store, 'a', 1_000);
    assert.equal(await claim(other, 'b', 1_000 + LEASE_MS - 1), undefined);
    const renewed = await claim(store, 'a', 1_000 + LEASE_MS - 1);
    assert.equal(renewed?.token, first?.token);
    assert.equal(await claim(other, 'b', 1_000 + LEASE_MS), undefined);
    const taken = await claim(other, 'b', 1_000 + 2 * LEASE_MS);
    assert.ok(first && taken && taken.token > first.token);
    assert.equal(await claim(store, 'a', 1_001 + 2 * LEASE_MS), undefined);
  },

  'of many who claim at once one gets it': async ({ store, other }) => {
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, i) => claim(i % 2 ? store : other, `o${i}`, 1)),
    );
    assert.equal(claims.filter(Boolean).length, 1);
  },

  'the offset is moved by the holder of the latest token only': async ({ store, other }) => {
    const slow = await claim(store, 'a', 1);
    assert.ok(slow);
    await store.moveConsumer({ name: 'index', token: slow.token, offset: 10 });
    const fast = await claim(other, 'b', 1 + LEASE_MS);
    assert.equal(fast?.offset, 10);
    await other.moveConsumer({ name: 'index', token: fast.token, offset: 20 });
    await refusedAsLost(store.moveConsumer({ name: 'index', token: slow.token, offset: 11 }));
    assert.deepEqual(await store.getConsumer({ name: 'index' }), { offset: 20 });
    await other.moveConsumer({ name: 'index', token: fast.token, offset: 5 });
    assert.deepEqual(await store.getConsumer({ name: 'index' }), { offset: 5 });
    await refusedAsLost(store.moveConsumer({ name: 'none', token: 1, offset: 1 }));
  },

  'a released consumer is free at once, and the old token is worth nothing': async ({
    store,
    other,
  }) => {
    const first = await claim(store, 'a', 1);
    assert.ok(first);
    await store.releaseConsumer({ name: 'index', token: first.token });
    const second = await claim(other, 'b', 2);
    assert.ok(second && second.token > first.token);
    await store.releaseConsumer({ name: 'index', token: first.token });
    assert.equal(await claim(store, 'a', 3), undefined, 'an old token releases nothing');
    await refusedAsLost(store.moveConsumer({ name: 'index', token: first.token, offset: 1 }));
    await store.releaseConsumer({ name: 'none', token: 1 });
  },

  'consumers are told apart by their names, and a name belongs to one feed': async ({ store }) => {
    const names = ['index', "it's", '__proto__', '😀', 'INDEX'];
    for (const [offset, name] of names.entries()) {
      assert.equal((await claim(store, name, 1, offset, name))?.offset, offset);
    }
    await refused(
      store.claimConsumer({
        ...{ name: 'index', connector: 'github', stream: 'pulls', startAt: 0 },
        ...{ owner: 'index', now: 2, leaseMs: LEASE_MS },
      }),
      /github\/issues/,
    );
  },
};
