import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyEvent, Connector, EventName, EventOf, SyncerOptions } from 'syncline';
import { createSyncer, sqlite, type Store, type Syncer } from 'syncline';
import { memory } from 'syncline/memory';
import { onTestFinished } from 'vitest';
import { TestClock } from './clock.js';

export type StoreKind = 'memory' | 'sqlite';
export const storeKinds: readonly StoreKind[] = ['memory', 'sqlite'];

/** A directory that is gone after the test. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'syncline-test-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** The path of a database that is gone after the test. */
export function tempFile(): string {
  return join(tempDir(), 'sync.db');
}

export interface TestSyncer {
  readonly syncer: Syncer;
  readonly clock: TestClock;
  /** Everything that was told, in order. */
  readonly events: readonly AnyEvent[];
  /** The events of one name. */
  told<Name extends EventName>(name: Name): readonly EventOf<Name>[];
  /** Resolves with the next event of that name. */
  next<Name extends EventName>(name: Name): Promise<EventOf<Name>>;
}

export interface TestSyncerOptions extends Omit<
  Partial<SyncerOptions>,
  'store' | 'connectors' | 'clock'
> {
  readonly store?: StoreKind | Store;
  readonly clock?: TestClock;
}

function openStore(store: StoreKind | Store): Store {
  if (store === 'memory') return memory();
  return store === 'sqlite' ? sqlite(tempFile()) : store;
}

/** A syncer on a clock that stands still, stopped at the end of the test. */
export function testSyncer(
  connectors: readonly Connector[],
  { store = 'memory', clock = new TestClock(), ...options }: TestSyncerOptions = {},
): TestSyncer {
  const syncer = createSyncer({ connectors, store: openStore(store), clock, ...options });
  const events: AnyEvent[] = [];
  syncer.onAny((event) => {
    events.push(event);
  });
  onTestFinished(() => syncer.stop({ drain: 0 }));
  return {
    syncer,
    clock,
    events,
    told: <Name extends EventName>(name: Name) =>
      events.filter((event): event is EventOf<Name> => event.type === name),
    next: <Name extends EventName>(name: Name) =>
      new Promise<EventOf<Name>>((resolve) => {
        const off = syncer.onAny((event) => {
          if (event.type !== name) return;
          off();
          resolve(event as EventOf<Name>);
        });
      }),
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What a promise rejects with; fails when it does not. */
export async function rejection(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}
