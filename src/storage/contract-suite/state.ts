import assert from 'node:assert/strict';
import { oddTexts, records } from './world.js';
import type { ContractTests } from './world.js';

export const stateTests: ContractTests = {
  'state and positions are there with the commit that brought them': async (world) => {
    const { store, other } = world;
    const ref = await world.stream();
    assert.equal(await store.getStreamState({ ref }), undefined);
    const lease = await world.lease(ref);
    assert.equal(await store.getStreamState({ ref }), undefined);
    assert.equal(await store.getPosition({ ref, partition: '' }), undefined);
    const state = JSON.parse('{"cursor":"2020","__proto__":{"a":[1,null]}}') as { a: string };
    await world.commit(ref, records('a'), {
      ...{ lease, state, positions: [{ partition: '', position: { resume: ['x'] } }] },
    });
    assert.equal(JSON.stringify(await other.getStreamState({ ref })), JSON.stringify(state));
    assert.deepEqual(await other.getPosition({ ref, partition: '' }), { resume: ['x'] });
    await world.commit(ref, records('b'), { lease });
    assert.equal(JSON.stringify(await other.getStreamState({ ref })), JSON.stringify(state));
    await world.commit(ref, [], { lease, state: null });
    assert.equal(await other.getStreamState({ ref }), null);
    const elsewhere = { ...ref, stream: 'pulls' };
    assert.equal(await store.getPosition({ ref: elsewhere, partition: '' }), undefined);
  },

  'a position is replaced by a new one and removed by null': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const put = (partition: string, position: string | null) =>
      world.commit(ref, [], { lease, positions: [{ partition, position }] });
    await put('a', 'first');
    await put('b', 'other');
    await put('a', 'second');
    assert.equal(await world.store.getPosition({ ref, partition: 'a' }), 'second');
    await put('a', null);
    await put('none', null);
    assert.equal(await world.store.getPosition({ ref, partition: 'a' }), undefined);
    assert.equal(await world.store.getPosition({ ref, partition: 'b' }), 'other');
  },

  'positions are listed by the bytes of their partition, in pages': async (world) => {
    const ref = await world.stream();
    const lease = await world.lease(ref);
    const names = ['', ...oddTexts];
    const positions = names.map((partition) => ({ partition, position: { at: partition } }));
    await world.commit(ref, [], { lease, positions: [...positions].reverse() });
    const seen: unknown[] = [];
    let after: string | undefined;
    for (;;) {
      const from = after === undefined ? {} : { after };
      const page = await world.store.listPositions({ ref, ...from, limit: 4 });
      seen.push(...page);
      if (page.length < 4) break;
      after = page.at(-1)?.partition;
    }
    assert.deepEqual(seen, positions);
  },
};
