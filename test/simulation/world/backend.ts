import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Store } from 'syncline';
import { memory } from 'syncline/memory';
import { sqlite } from 'syncline/sqlite';

/** What survives the processes: a store that each of them opens for itself. */
export interface Backend {
  /** The store as one process opens it; what it does on `close` is the process's own. */
  connect(): Store;
  /** Every file that there is by now, by its name. */
  bytes(): readonly (readonly [name: string, Buffer])[];
  remove(): void;
}

export type BackendKind = 'memory' | 'sqlite';

export function backend(kind: BackendKind): Backend {
  return kind === 'memory' ? inMemory() : inSqlite();
}

function inMemory(): Backend {
  const store = memory();
  return { connect: () => store, bytes: () => [], remove: () => undefined };
}

function inSqlite(): Backend {
  const directory = mkdtempSync(join(tmpdir(), 'syncline-simulation-'));
  const handles: Database.Database[] = [];
  return {
    // A handle of its own, as a process has one; opened here, since loading the driver takes real time.
    connect: () => {
      const handle = new Database(join(directory, 'world.db'));
      handles.push(handle);
      return sqlite(handle);
    },
    bytes: () =>
      readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))] as const),
    remove: () => {
      for (const handle of handles) handle.close();
      rmSync(directory, { recursive: true });
    },
  };
}
