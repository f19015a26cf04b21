import assert from 'node:assert/strict';
import type { Store } from '../contract.js';
import type { PermitGrant, PermitReport, PermitRule } from '../permits.js';
import { oddTexts } from './world.js';
import type { ContractTests } from './world.js';

const window: PermitRule = { kind: 'window', tokens: 10, perMs: 1_000 };
const bucket: PermitRule = { kind: 'bucket', size: 10, refillPerMs: 0.01, delayMs: 0 };
const slots: PermitRule = { kind: 'concurrency', slots: 3 };
const LEASE_MS = 20;

interface Asked {
  readonly need: number;
  readonly want?: number;
  readonly keep?: number;
  readonly ahead?: number;
  readonly held?: number;
  readonly answered?: PermitReport['answered'];
  readonly rule?: PermitRule;
  readonly key?: string;
  readonly place?: number;
  readonly since?: number;
}

function reportOf(asked: Omit<Asked, 'need'>): PermitReport {
  const { key = 'k', rule = window, held = 0, answered = [] } = asked;
  return { key, rule, held, answered, useMs: LEASE_MS / 2, leaseMs: LEASE_MS };
}

/** One limit, one group. */
async function take(
  store: Store,
  holder: string,
  now: number,
  asked: Asked,
): Promise<PermitGrant | undefined> {
  const { key = 'k', need, want = need, keep = 0, ahead = need, place = 3, since = 0 } = asked;
  const grants = await store.takePermits({
    ...{ holder, now, reports: [reportOf(asked)] },
    groups: [{ place, since, takes: [{ key, need, want, keep, ahead }] }],
  });
  assert.equal(grants.length, 1);
  return grants[0];
}

async function granted(
  store: Store,
  holder: string,
  now: number,
  asked: Asked,
): Promise<number | undefined> {
  const grant = await take(store, holder, now, asked);
  return grant && 'granted' in grant ? grant.granted[0] : undefined;
}

export const permitTests: ContractTests = {
  'what is wanted is given as far as there is some, and never more than the limit': async ({
    store,
    other,
  }) => {
    assert.equal(await granted(store, 'a', 1_000, { need: 1, want: 6 }), 6);
    assert.equal(await granted(other, 'b', 1_001, { need: 1, want: 6 }), 4);
    const grant = await take(store, 'c', 1_002, { need: 1 });
    assert.ok(grant && 'short' in grant);
    assert.deepEqual(grant.short, ['k']);
    assert.ok(grant.retryAt !== null && grant.retryAt > 1_002);
  },

  'all of a group or nothing': async ({ store }) => {
    await granted(store, 'a', 1_000, { need: 10, key: 'full' });
    const asked = [reportOf({ key: 'full' }), reportOf({ key: 'free' })];
    const [grant] = await store.takePermits({
      ...{ holder: 'b', now: 1_001, reports: asked },
      groups: [
        {
          ...{ place: 3, since: 0 },
          takes: [
            { key: 'free', need: 1, want: 1, keep: 0, ahead: 1 },
            { key: 'full', need: 1, want: 1, keep: 0, ahead: 1 },
          ],
        },
      ],
    });
    assert.deepEqual(grant && 'short' in grant && grant.short, ['full']);
    assert.equal(await granted(store, 'c', 1_002, { need: 10, key: 'free' }), 10);
  },

  'what was answered counts for the window from then on': async ({ store, other }) => {
    await granted(store, 'a', 1_000, { need: 10 });
    await store.returnPermits({
      ...{ holder: 'a', now: 1_300 },
      reports: [reportOf({ answered: [[1_200, 10]] })],
    });
    assert.equal(await granted(other, 'b', 2_199, { need: 1 }), undefined);
    assert.equal(await granted(other, 'b', 2_200, { need: 1 }), undefined, 'a closed window');
    assert.equal(await granted(other, 'b', 2_221, { need: 10 }), 10);
  },

  'what is returned unused is free at once': async ({ store, other }) => {
    await granted(store, 'a', 1_000, { need: 10 });
    await store.returnPermits({ holder: 'a', now: 1_005, reports: [reportOf({})] });
    assert.equal(await granted(other, 'b', 1_005, { need: 10 }), 10);
  },

  'what a dead process had comes back a window after its lease': async ({ store, other }) => {
    await granted(store, 'a', 1_000, { need: 10 });
    assert.equal(await granted(other, 'b', 2_000 + LEASE_MS, { need: 1 }), undefined);
    assert.equal(await granted(other, 'b', 2_011 + LEASE_MS, { need: 10 }), 10);
  },

  'what is still under way is kept by reporting it': async ({ store, other }) => {
    await granted(store, 'a', 1_000, { need: 10 });
    for (const now of [1_500, 2_000, 2_500]) {
      await store.returnPermits({ holder: 'a', now, reports: [reportOf({ held: 10 })] });
    }
    assert.equal(await granted(other, 'b', 3_500 + LEASE_MS, { need: 1 }), undefined);
    assert.equal(await granted(other, 'b', 3_511 + LEASE_MS, { need: 10 }), 10);
  },

  'a bucket flows out while it is not reported': async ({ store, other }) => {
    const answered = [[1_000, 10]] as const;
    await granted(store, 'a', 1_000, { need: 10, rule: bucket });
    await store.returnPermits({
      ...{ holder: 'a', now: 1_000 },
      reports: [reportOf({ rule: bucket, answered })],
    });
    assert.equal(await granted(other, 'b', 1_050, { need: 1, rule: bucket }), undefined);
    assert.equal(await granted(other, 'b', 1_250, { need: 1, want: 5, rule: bucket }), 2);
  },

  'slots come back with the report, or the end of the lease': async ({ store, other }) => {
    await granted(store, 'a', 1_000, { need: 3, rule: slots });
    assert.equal(await granted(other, 'b', 1_001, { need: 1, rule: slots }), undefined);
    await store.returnPermits({
      ...{ holder: 'a', now: 1_002 },
      reports: [reportOf({ rule: slots, held: 1 })],
    });
    assert.equal(await granted(other, 'b', 1_003, { need: 1, want: 5, rule: slots }), 2);
    const later = 1_003 + LEASE_MS;
    assert.equal(await granted(store, 'c', later, { need: 3, rule: slots }), 3);
  },

  'a reserve is left to who may use it': async ({ store }) => {
    assert.equal(await granted(store, 'a', 1_000, { need: 1, want: 10, keep: 3 }), 7);
    assert.equal(await granted(store, 'a', 1_001, { need: 1, keep: 3, held: 7 }), undefined);
    assert.equal(await granted(store, 'b', 1_002, { need: 3, place: 0 }), 3);
  },

  'who was short goes before later ones and lower places, not before higher ones': async ({
    store,
    other,
  }) => {
    await granted(store, 'a', 1_000, { need: 8 });
    const held = { held: 8 } as const;
    assert.equal(await granted(other, 'b', 1_001, { need: 4, place: 2, since: 50 }), undefined);
    assert.equal(await granted(store, 'a', 1_002, { need: 1, place: 3, ...held }), undefined);
    assert.equal(
      await granted(store, 'a', 1_003, { need: 1, place: 2, since: 60, ...held }),
      undefined,
    );
    assert.equal(await granted(store, 'c', 1_004, { need: 1, place: 2, since: 40 }), 1);
    assert.equal(await granted(store, 'd', 1_005, { need: 1, place: 1, since: 90 }), 1);
  },

  'higher places are left all that they wait for, older ones of the same place what they need now':
    async ({ store, other }) => {
      await granted(store, 'a', 1_000, { need: 10 });
      const asked = { need: 1, ahead: 3, place: 2, since: 50 };
      assert.equal(await granted(other, 'b', 1_001, asked), undefined);
      await store.returnPermits({ holder: 'a', now: 1_002, reports: [reportOf({ held: 7 })] });
      assert.equal(await granted(store, 'c', 1_003, { need: 1, place: 3 }), undefined);
      assert.equal(await granted(store, 'd', 1_004, { need: 2, place: 2, since: 60 }), 2);
      assert.equal(await granted(other, 'b', 1_005, asked), 1);
    },

  'of many at once nobody gets what another has': async ({ store, other }) => {
    const grants = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        granted(i % 2 ? store : other, `p${i}`, 1_000, { need: 1, want: 3 }),
      ),
    );
    assert.equal(
      grants.reduce<number>((sum, amount) => sum + (amount ?? 0), 0),
      10,
    );
  },

  'limits and holders are told apart by any text': async ({ store }) => {
    for (const key of oddTexts) {
      assert.equal(await granted(store, key, 1_000, { need: 10, key }), 10, JSON.stringify(key));
    }
    for (const key of oddTexts) {
      assert.equal(await granted(store, 'b', 1_001, { need: 1, key }), undefined);
      await store.returnPermits({ holder: key, now: 1_002, reports: [reportOf({ key })] });
      assert.equal(await granted(store, 'b', 1_003, { need: 10, key }), 10, JSON.stringify(key));
    }
  },
};

export const blockTests: ContractTests = {
  'blocks are told until they end, the longest of a scope': async ({ store, other }) => {
    await store.reportBlocked({ scope: 's', until: 2_000, now: 1_000 });
    await other.reportBlocked({ scope: 's', until: 1_500, now: 1_001 });
    await store.reportBlocked({ scope: 'over', until: 1_000, now: 1_002 });
    const { blocks } = await other.readBlocks({ now: 1_003, after: 0 });
    assert.deepEqual(blocks, [{ scope: 's', until: 2_000 }]);
    assert.deepEqual((await store.readBlocks({ now: 2_000, after: 0 })).blocks, []);
  },

  'a reader is told only what is new to it': async ({ store, other }) => {
    await store.reportBlocked({ scope: 'a', until: 9_000, now: 1_000 });
    const first = await other.readBlocks({ now: 1_001, after: 0 });
    assert.equal(first.blocks.length, 1);
    const none = await other.readBlocks({ now: 1_002, after: first.after });
    assert.deepEqual(none.blocks, []);
    await store.reportBlocked({ scope: 'b', until: 9_000, now: 1_003 });
    await store.reportBlocked({ scope: 'a', until: 9_500, now: 1_004 });
    const { blocks, after } = await other.readBlocks({ now: 1_005, after: none.after });
    assert.deepEqual(
      [...blocks].sort((x, y) => (x.scope < y.scope ? -1 : 1)),
      [
        { scope: 'a', until: 9_500 },
        { scope: 'b', until: 9_000 },
      ],
    );
    await store.reportBlocked({ scope: 'c', until: 99_000, now: 20_000 });
    const last = await other.readBlocks({ now: 20_001, after });
    assert.deepEqual(last.blocks, [{ scope: 'c', until: 99_000 }]);
  },
};
