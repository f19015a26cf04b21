import type { SnapshotDeletions } from 'syncline';
import { memory } from 'syncline/memory';
import { describe, expect, test } from 'vitest';
import { byHand, row } from '../support/by-hand.js';
import { rejection, testSyncer } from '../support/syncer.js';

const at = (n: number): string => new Date(Date.UTC(2025, 0, 1, 0, 0, n)).toISOString();
const ten = Array.from({ length: 10 }, (_, n) => row(`r${n}`, at(n)));
const snapshot: SnapshotDeletions<unknown, unknown> = { kind: 'snapshot', stable: true };

/** Deployments of one stream after another, with a remote whose full reading breaks off in the middle as long as it is told to. */
function deployments() {
  const store = memory();
  const remote = { rows: ten, breaks: false };
  return {
    remote,
    async deploy({ deletions, start }: { deletions?: typeof snapshot; start?: string } = {}) {
      const connector = byHand(
        async function* (ctx) {
          await Promise.resolve();
          const since = typeof ctx.cursor === 'string' ? ctx.cursor : '';
          const rows = remote.rows.filter(({ updated }) => String(updated) >= since);
          const half = Math.ceil(rows.length / 2);
          if (ctx.resume === undefined) yield { records: rows.slice(0, half), resume: half };
          if (remote.breaks) throw new Error('it is down');
          yield rows.slice(half);
        },
        {
          cursor: {
            field: 'updated',
            order: 'ascending',
            overlap: 0,
            type: 'iso',
            ...(start === undefined ? {} : { start }),
          },
          ...(deletions === undefined ? {} : { deletions }),
        },
      );
      const tested = testSyncer([connector], { store });
      if (!(await tested.syncer.connections.get(connector, 'acme')))
        await tested.syncer.connections.create(connector, { id: 'acme' });
      return { ...tested, rows: tested.syncer.connection(connector, 'acme').stream('rows') };
    },
  };
}

describe('while a pass is open, a deployment', () => {
  test('that no longer looks for deletions deletes nothing', async () => {
    const { remote, deploy } = deployments();
    const before = await deploy({ deletions: snapshot });
    await before.rows.sync();
    remote.breaks = true;
    await rejection(before.rows.sync({ mode: 'full' }));
    remote.breaks = false;
    remote.rows = ten.slice(0, 9);
    const after = await deploy();
    expect((await after.rows.sync({ mode: 'full' })).counts.deleted).toBe(0);
    expect(await after.rows.count()).toBe(10);
  });

  test('that moves the start back does not take what the pass has not asked for as gone', async () => {
    const { remote, deploy } = deployments();
    await (await deploy({ deletions: snapshot })).rows.sync();
    const later = await deploy({ deletions: snapshot, start: at(2) });
    remote.breaks = true;
    await rejection(later.rows.sync({ mode: 'full' }));
    remote.breaks = false;
    const earlier = await deploy({ deletions: snapshot, start: at(0) });
    expect((await earlier.rows.sync({ mode: 'full' })).counts.deleted).toBe(0);
    expect(await earlier.rows.count()).toBe(10);
  });
});
